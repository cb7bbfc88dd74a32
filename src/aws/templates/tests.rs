//! The policies grant what the crate calls, no more, and only where it is ours.

use std::collections::BTreeSet;

use super::*;
use crate::sdk::call::{CUSTOMER_CALLS, Call, OWN_CALLS};

fn request() -> RoleRequest {
    RoleRequest {
        role_name: "HoldfastBackup".into(),
        principal_arn: "arn:aws:iam::999999999999:role/holdfast".into(),
        external_id: "hf-4f0c2f6e".into(),
        purposes: Purpose::ALL.to_vec(),
    }
}

fn statements(policy: &Value) -> &Vec<Value> {
    policy["Statement"].as_array().unwrap()
}

fn actions(policy: &Value) -> BTreeSet<String> {
    let statements = statements(policy).iter();
    let actions = statements.flat_map(|statement| statement["Action"].as_array().unwrap());
    actions
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

fn called(calls: &[Call]) -> BTreeSet<String> {
    let actions = calls.iter().flat_map(|call| call.actions.iter());
    actions.map(|action| (*action).to_owned()).collect()
}

#[test]
fn the_role_may_do_exactly_what_the_crate_calls() {
    assert_eq!(
        actions(&permissions_policy(Purpose::ALL)),
        called(CUSTOMER_CALLS)
    );
}

#[test]
fn the_installation_may_do_exactly_what_the_crate_calls() {
    let key = "arn:aws:kms:eu-west-1:999999999999:key/1";
    let policy = installation_policy("HoldfastBackup", Some("vault"), Some(key));
    assert_eq!(actions(&policy), called(OWN_CALLS));
    let small = installation_policy("HoldfastBackup", None, None);
    assert_eq!(
        actions(&small),
        BTreeSet::from(["sts:AssumeRole".to_owned()])
    );
}

#[test]
fn nothing_that_writes_is_allowed_without_a_condition() {
    let policy = permissions_policy(Purpose::ALL);
    for statement in statements(&policy) {
        let sid = statement["Sid"].as_str().unwrap();
        let acts = statement["Action"].as_array().unwrap().iter();
        let reads = acts.map(|a| a.as_str().unwrap()).all(|action| {
            action.contains(":Describe")
                || action.starts_with("kms:Decrypt")
                || action.starts_with("kms:GenerateDataKey")
                || action.starts_with("kms:ReEncrypt")
        });
        // The volume side of CreateSnapshot: taking a picture of any volume is the purpose.
        let wanted = sid == "SnapshotVolumes";
        assert!(
            reads || wanted || statement.get("Condition").is_some(),
            "{sid}"
        );
    }
}

#[test]
fn a_role_for_less_may_do_less() {
    let inventory = actions(&permissions_policy(&[Purpose::Inventory]));
    assert!(
        inventory
            .iter()
            .all(|action| action.starts_with("ec2:Describe"))
    );
    let reading = actions(&permissions_policy(&[Purpose::ReadBlocks]));
    assert!(!reading.contains("ec2:CreateSnapshot"));
    assert!(statements(&permissions_policy(&[])).is_empty());
}

#[test]
fn the_trust_policy_names_us_and_the_external_id() {
    let policy = request().trust_policy().unwrap();
    let statement = &policy["Statement"][0];
    assert_eq!(
        statement["Principal"]["AWS"],
        "arn:aws:iam::999999999999:role/holdfast"
    );
    let condition = &statement["Condition"]["StringEquals"];
    assert_eq!(condition["sts:ExternalId"], "hf-4f0c2f6e");
}

#[test]
fn templates_hold_the_policies_unchanged() {
    let request = request();
    for text in [
        request.cloudformation().unwrap(),
        request.terraform().unwrap(),
    ] {
        assert!(!text.contains('@'), "a placeholder is left");
        assert!(text.contains("\"HoldfastBackup\""));
        for policy in [
            request.trust_policy().unwrap(),
            request.permissions_policy(),
        ] {
            let found = text.match_indices('\n').any(|(at, _)| {
                let rest = text.split_at(at).1;
                let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
                values.next().and_then(Result::ok).as_ref() == Some(&policy)
            });
            assert!(found, "the policy is not in the template");
        }
    }
}

#[test]
fn values_that_could_break_out_of_a_template_are_refused() {
    for bad in ["", "x", "a\"b", "a b", "a\nb", "a${b}"] {
        let role = RoleRequest {
            role_name: bad.into(),
            ..request()
        };
        assert!(role.cloudformation().is_err(), "{bad:?}");
        let id = RoleRequest {
            external_id: bad.into(),
            ..request()
        };
        assert!(id.terraform().is_err(), "{bad:?}");
        let principal = RoleRequest {
            principal_arn: bad.into(),
            ..request()
        };
        assert!(principal.trust_policy().is_err(), "{bad:?}");
    }
}
