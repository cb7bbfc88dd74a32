//! Protection rules as a client sees them: what is shown can be sent back, problems lie at their place, and an asset explains itself.

use serde_json::{Value, json};

use super::Stage;

const OPERATIONS: &str = "operations: [{ assetKind: EBS_VOLUME, frequencies: [
    { every: { unit: HOUR, value: 12 }, keep: { unit: DAY, value: 2 } }] }]";

/// All members of a condition and of those in it, so many levels deep.
fn members(depth: usize) -> String {
    let own = "assetKind awsAccount region organizationalUnit name nameContains hasTag anyTag { key value }
        allTags { key value } tagContains { key value }";
    if depth == 0 {
        return own.to_owned();
    }
    let inner = members(depth - 1);
    format!("{own} allOf {{ {inner} }} anyOf {{ {inner} }} not {{ {inner} }}")
}

/// What was shown, as an input: nulls left out, names unquoted.
fn sent_back(shown: &Value, is_kind: bool) -> String {
    match shown {
        Value::Object(members) => {
            let given = members.iter().filter(|(_, value)| !value.is_null());
            let given = given
                .map(|(name, value)| format!("{name}: {}", sent_back(value, name == "assetKind")));
            format!("{{ {} }}", given.collect::<Vec<_>>().join(", "))
        }
        Value::Array(all) => {
            let all = all.iter().map(|value| sent_back(value, is_kind));
            format!("[{}]", all.collect::<Vec<_>>().join(", "))
        }
        Value::String(name) if is_kind => name.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => shown.to_string(),
    }
}

async fn policy(stage: &Stage, caller: &app::Ctx) -> String {
    let document = format!(
        "mutation {{ createPolicy(input: {{ draft: {{ name: \"Daily\", {OPERATIONS} }} }}) {{ policy {{ id }} }} }}"
    );
    let data = stage.data(caller, &document).await;
    data["createPolicy"]["policy"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_condition_can_be_sent_back_as_it_is_shown() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let policy = policy(&stage, &caller).await;
    let (account, root) = (
        stage.world.account(&caller).await.id,
        stage.world.root().await,
    );
    let condition = format!(
        r#"{{ allOf: [
            {{ assetKind: [EBS_VOLUME, EC2_INSTANCE] }}, {{ awsAccount: ["{account}"] }}, {{ region: ["eu-west-1"] }},
            {{ organizationalUnit: ["{root}"] }}, {{ not: {{ name: ["a", "b"] }} }},
            {{ anyOf: [{{ nameContains: "c" }}, {{ hasTag: "d" }}, {{ allOf: [{{ tagContains: {{ key: "e", value: "f" }} }}] }}] }},
            {{ anyTag: [{{ key: "g", value: "" }}, {{ key: "g", value: "h" }}] }}, {{ allTags: [{{ key: "i", value: "j" }}] }} ] }}"#
    );
    let shown = members(2);
    let rule = format!(
        "protectionRule {{ id version condition {{ {shown} }} conditionInput conditionText }} userErrors {{ message field }}"
    );
    let create = format!(
        r#"mutation {{ createProtectionRule(input: {{ draft: {{ name: "r", policyId: "{policy}", condition: {condition} }} }}) {{ {rule} }} }}"#
    );
    let made = stage.data(&caller, &create).await["createProtectionRule"].take();
    assert_eq!(made["userErrors"], json!([]));
    let first = &made["protectionRule"];
    let again = sent_back(&first["conditionInput"], false);
    let flat = sent_back(&first["condition"]["allOf"][5]["anyOf"][0], false);
    assert_eq!(
        flat, r#"{ nameContains: "c" }"#,
        "the typed tree says the same"
    );
    let id = first["id"].as_str().unwrap();
    let update = format!(
        r#"mutation {{ updateProtectionRule(input: {{ id: "{id}", expectedVersion: 1, draft: {{
            name: "r", policyId: "{policy}", condition: {again} }} }}) {{ {rule} }} }}"#
    );
    let changed = stage.data(&caller, &update).await["updateProtectionRule"].take();
    assert_eq!(changed["userErrors"], json!([]), "{again}");
    let second = &changed["protectionRule"];
    assert_eq!(second["version"], 2);
    assert_eq!(second["condition"], first["condition"]);
    assert_eq!(second["conditionInput"], first["conditionInput"]);
    // A stale version shows the rule as it is.
    let stale = stage.data(&caller, &update).await["updateProtectionRule"].take();
    assert_eq!(stale["protectionRule"]["version"], 2);
    assert_eq!(
        stale["userErrors"][0]["field"],
        json!(["input", "expectedVersion"])
    );
}

#[tokio::test]
async fn a_problem_of_a_condition_lies_at_its_place_in_the_tree() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let policy = policy(&stage, &caller).await;
    let create = format!(
        r#"mutation {{ createProtectionRule(input: {{ draft: {{ name: "r", policyId: "{policy}", condition:
            {{ allOf: [{{ hasTag: "a" }}, {{ not: {{ awsAccount: ["nobody"] }} }}] }} }} }}) {{
            protectionRule {{ id }} task {{ id }} userErrors {{ code field }} }} }}"#
    );
    let made = stage.data(&caller, &create).await["createProtectionRule"].take();
    let field = [
        "input",
        "draft",
        "condition",
        "allOf",
        "1",
        "not",
        "awsAccount",
    ];
    let wanted = json!({ "protectionRule": null, "task": null,
        "userErrors": [{ "code": "NOT_FOUND", "field": field }] });
    assert_eq!(made, wanted);
}

#[tokio::test]
async fn an_asset_says_why_it_is_protected_and_which_test_failed() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let policy = policy(&stage, &caller).await;
    let account = stage.world.account(&caller).await;
    let asset = stage.world.volumes(&caller, &account, 1).await.remove(0);
    for (name, condition) in [
        ("tag", r#"{ hasTag: "x" }"#),
        ("all", "{ assetKind: [EBS_VOLUME] }"),
    ] {
        let create = format!(
            r#"mutation {{ createProtectionRule(input: {{ draft: {{ name: "{name}", policyId: "{policy}", condition: {condition} }} }}) {{
                task {{ kind }} userErrors {{ message }} }} }}"#
        );
        let made = stage.data(&caller, &create).await;
        assert_eq!(
            made["createProtectionRule"]["task"]["kind"],
            "APPLY_PROTECTION"
        );
    }
    let read = format!(
        r#"{{ asset(id: "{}") {{ protection {{ policy {{ name }} source isPending assignedPolicy {{ name }} rule {{ name }}
            trace {{ source outcome rule {{ name }} failedTest {{ path text }} }} }} }}
            protectionOrder {{ entries {{ kind rule {{ name }} }} viewerCanChange }} }}"#,
        asset.id
    );
    let data = stage.data(&caller, &read).await;
    assert_eq!(
        data["asset"]["protection"],
        json!({ "policy": null, "source": "NONE", "isPending": true, "assignedPolicy": null, "rule": null, "trace": [
            { "source": "DIRECT", "outcome": "NOT_ASSIGNED", "rule": null, "failedTest": null },
            { "source": "RULE", "outcome": "NOT_MATCHED", "rule": { "name": "tag" },
              "failedTest": { "path": ["hasTag"], "text": "has the tag \"x\"" } },
            { "source": "RULE", "outcome": "MATCHED", "rule": { "name": "all" }, "failedTest": null } ] })
    );
    assert_eq!(
        data["protectionOrder"],
        json!({ "viewerCanChange": true, "entries": [
            { "kind": "DIRECT_ASSIGNMENTS", "rule": null }, { "kind": "CHILD_UNITS", "rule": null },
            { "kind": "RULE", "rule": { "name": "tag" } }, { "kind": "RULE", "rule": { "name": "all" } } ] })
    );
    let assign = format!(
        r#"mutation {{ assignPolicy(input: {{ policyId: "{policy}", assetIds: ["{}"] }}) {{
            assets {{ protection {{ source isPending trace {{ outcome }} }} }} userErrors {{ message }} }} }}"#,
        asset.id
    );
    let data = stage.data(&caller, &assign).await;
    assert_eq!(
        data["assignPolicy"]["assets"][0]["protection"],
        json!({ "source": "DIRECT", "isPending": false, "trace": [{ "outcome": "MATCHED" }] })
    );
}
