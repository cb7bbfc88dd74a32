//! T-51: every mutation of the schema leaves its record in the audit log, in the transaction of its change.

use std::collections::BTreeSet;

use app::Ctx;
use app::testing::{PASSWORD, contents, refuse_audit};
use serde_json::Value;

use super::documents::everything;
use super::stage;
use super::world::{DRAFT, Tenant};
use crate::checks::sample::Sdl;
use crate::checks::{Stage, codes};
use crate::matrix::camel;

/// Inputs with which each mutation succeeds, one after the other in the world of [`Tenant`]. `@policy` and the like stand for an
/// id of that kind, `@policy2` for the second one.
pub(super) const EXAMPLES: &[(&str, &str)] = &[
    (
        "createSession",
        r#"{ email: "admin@a.test", password: "@password" }"#,
    ),
    ("createApiToken", r#"{ name: "t", days: 3 }"#),
    ("deleteApiToken", r#"{ id: "@token" }"#),
    ("createPolicy", r#"{ draft: { name: "new", @draft } }"#),
    (
        "assignPolicy",
        r#"{ policyId: "@policy", assetIds: ["@asset"] }"#,
    ),
    ("acknowledgeAlert", r#"{ id: "@alert", note: "on it" }"#),
    ("clonePolicy", r#"{ id: "@policy", name: "copy" }"#),
    ("pausePolicy", r#"{ id: "@policy" }"#),
    ("resumePolicy", r#"{ id: "@policy" }"#),
    (
        "updatePolicy",
        r#"{ id: "@policy2", expectedVersion: 1, draft: { name: "other", @draft } }"#,
    ),
    ("unassignPolicy", r#"{ assetIds: ["@asset"] }"#),
    (
        "createProtectionRule",
        r#"{ draft: { name: "new", policyId: "@policy", condition: { hasTag: "a" } }, before: { place: CHILD_UNITS } }"#,
    ),
    (
        "updateProtectionRule",
        r#"{ id: "@rule", expectedVersion: 1, draft: { name: "other", policyId: "@policy", condition: { awsAccount: ["@awsaccount"] } } }"#,
    ),
    (
        "moveProtectionRule",
        r#"{ id: "@rule", before: { ruleId: "@rule2" } }"#,
    ),
    ("moveProtectionPlace", "{ place: DIRECT_ASSIGNMENTS }"),
    ("pauseProtectionRule", r#"{ id: "@rule" }"#),
    ("resumeProtectionRule", r#"{ id: "@rule" }"#),
    ("deleteProtectionRule", r#"{ id: "@rule2" }"#),
    (
        "assignPolicyToMatching",
        r#"{ policyId: "@policy", filter: { kind: [EBS_VOLUME] }, idempotencyKey: "k5" }"#,
    ),
    (
        "unassignPolicyFromMatching",
        r#"{ filter: { kind: [EBS_VOLUME] }, idempotencyKey: "k6" }"#,
    ),
    ("deletePolicy", r#"{ id: "@policy2" }"#),
    (
        "startBackup",
        r#"{ assetIds: ["@asset3"], idempotencyKey: "k1" }"#,
    ),
    (
        "startVerification",
        r#"{ recoveryPointId: "@point", idempotencyKey: "k2" }"#,
    ),
    (
        "restoreImage",
        r#"{ recoveryPointId: "@point", fileName: "a.img", idempotencyKey: "k3" }"#,
    ),
    (
        "restoreEbsVolume",
        r#"{ recoveryPointId: "@point", awsAccountId: "@awsaccount", region: "eu-west-1", availabilityZone: "eu-west-1a", idempotencyKey: "k4" }"#,
    ),
    ("abortTask", r#"{ id: "@task" }"#),
    ("retryTask", r#"{ id: "@task" }"#),
    ("refreshInventory", r#"{ awsAccountId: "@awsaccount" }"#),
    ("verifyAwsAccount", r#"{ id: "@awsaccount" }"#),
    (
        "updateAwsAccount",
        r#"{ id: "@awsaccount", expectedVersion: 1, name: "other" }"#,
    ),
    ("exportRecoveryKit", r#"{ assetId: "@asset" }"#),
    (
        "connectAwsAccount",
        r#"{ accountId: "210987654321", name: "two", regions: ["eu-west-1"], access: { role: { roleArn: "arn:aws:iam::210987654321:role/X" } } }"#,
    ),
    ("disconnectAwsAccount", r#"{ id: "@awsaccount" }"#),
    ("claimDomain", r#"{ domain: "own.example" }"#),
    (
        "createIdentityProvider",
        r#"{ name: "new", settings: { oidc: { issuer: "https://idp.example", clientId: "c" } } }"#,
    ),
    (
        "updateIdentityProvider",
        r#"{ id: "@idp", expectedVersion: 1, name: "other" }"#,
    ),
    ("createScimToken", r#"{ identityProviderId: "@idp" }"#),
    ("deleteScimToken", r#"{ identityProviderId: "@idp" }"#),
    ("deleteIdentityProvider", r#"{ id: "@idp" }"#),
    (
        "updateUserGrants",
        r#"{ id: "@user", add: [{ roleId: "@role", organizationalUnitId: "@unit" }] }"#,
    ),
    ("suspendUser", r#"{ id: "@user" }"#),
    ("deleteUserSessions", r#"{ id: "@user" }"#),
    ("resumeUser", r#"{ id: "@user" }"#),
    ("removeUser", r#"{ id: "@user" }"#),
    (
        "createOrganizationalUnit",
        r#"{ parentId: "@unit2", name: "new" }"#,
    ),
    (
        "renameOrganizationalUnit",
        r#"{ id: "@unit2", expectedVersion: 1, name: "other" }"#,
    ),
    (
        "moveOrganizationalUnit",
        r#"{ id: "@unit2", expectedVersion: 2, parentId: "@unit" }"#,
    ),
    ("deleteOrganizationalUnit", r#"{ id: "@unit3" }"#),
    ("createRole", r#"{ name: "new", permissions: [READ] }"#),
    (
        "updateRole",
        r#"{ id: "@role2", expectedVersion: 1, name: "other" }"#,
    ),
    ("deleteRole", r#"{ id: "@role3" }"#),
    (
        "updateOrganizationSettings",
        "{ expectedVersion: 2, sessionIdleMinutes: 20 }",
    ),
    (
        "updateComplianceControls",
        "{ expectedVersion: 1, protected: { enabled: true, ignoreDeactivated: true } }",
    ),
    (
        "createServiceToken",
        r#"{ name: "new", grants: [{ roleId: "@role", organizationalUnitId: "@unit" }] }"#,
    ),
    ("deleteServiceToken", r#"{ id: "@token4" }"#),
    (
        "inviteUser",
        r#"{ email: "new@own.test", grants: [{ roleId: "@role", organizationalUnitId: "@unit" }] }"#,
    ),
    ("resendInvitation", r#"{ id: "@invitation" }"#),
    ("revokeInvitation", r#"{ id: "@invitation2" }"#),
    ("updateProfile", r#"{ name: "Ann Other" }"#),
    ("requestEmailChange", r#"{ email: "ann@other.example" }"#),
    (
        "createLegalHold",
        r#"{ name: "new", reason: "x", recoveryPointIds: ["@point"] }"#,
    ),
    ("releaseLegalHold", r#"{ id: "@legalhold", reason: "x" }"#),
    (
        "deleteRecoveryPoints",
        r#"{ ids: ["@point2"], reason: "x" }"#,
    ),
    (
        "shortenRecoveryPointRetention",
        r#"{ ids: ["@point2"], until: "2100-01-01T00:00:00Z", reason: "x" }"#,
    ),
    (
        "applyVaultLock",
        r#"{ mode: GOVERNANCE, minimumRetentionDays: 3, reason: "x" }"#,
    ),
    ("removeVaultLock", r#"{ reason: "x" }"#),
    ("cancelApprovalRequest", r#"{ id: "@approval" }"#),
    ("deleteOtherSessions", "{ }"),
    ("deleteSession", "{ }"),
    (
        "changePassword",
        r#"{ currentPassword: "@password", newPassword: "Another-Horse-8-Battery" }"#,
    ),
    ("switchOrganization", r#"{ organizationId: "@org" }"#),
];

/// Mutations that cannot succeed in the world of [`Tenant`] or write no record, each with the test that shows what they do.
pub(super) const ELSEWHERE: &[(&str, &str)] = &[
    // It needs the hash of a preview.
    (
        "applyProtection",
        "app::protection_plans::tests::each_change_and_the_plan_leave_a_record",
    ),
    // These need an identity provider, a DNS or a browser that answer.
    (
        "activateIdentityProvider",
        "app::identity_providers::tests::a_provider_is_made_changed_and_removed_and_its_secret_is_sealed",
    ),
    (
        "deactivateIdentityProvider",
        "app::sign_on::tests::arrivals::enforced_sign_on_keeps_passwords_out_but_never_all_of_them",
    ),
    (
        "enforceSignOn",
        "app::sign_on::tests::arrivals::enforced_sign_on_keeps_passwords_out_but_never_all_of_them",
    ),
    (
        "linkIdentity",
        "app::sign_on::tests::a_linked_person_signs_on_and_nobody_else_does",
    ),
    (
        "unlinkIdentity",
        "app::sign_on::tests::linking_needs_the_password_and_the_person_who_began",
    ),
    ("testIdentityProvider", "tests/sso/journey.mjs"),
    (
        "proveDomain",
        "app::domain_proofs::tests::a_domain_is_proven_by_its_record_and_by_one_organization",
    ),
    (
        "releaseDomain",
        "app::domain_proofs::tests::a_domain_is_proven_by_its_record_and_by_one_organization",
    ),
    // These need a point with an end, one in its undo window, or an unforeseen one.
    (
        "extendRecoveryPointRetention",
        "app::approvals::tests::a_retention_is_extended_by_one_person_and_only_so_far",
    ),
    (
        "undoRecoveryPointExpiry",
        "app::approvals::tests::an_ending_point_is_taken_back_and_a_brake_released",
    ),
    (
        "releaseExpiryBrake",
        "app::approvals::tests::an_ending_point_is_taken_back_and_a_brake_released",
    ),
    // It needs a vault on a bucket with Object Lock.
    (
        "withdrawVaultLock",
        "app::vault_locks::tests::a_compliance_lock_is_taken_back_for_three_days_and_never_again",
    ),
    // These need a second person.
    (
        "approveApprovalRequest",
        "app::approvals::tests::a_second_person_agrees_and_it_is_done_once",
    ),
    (
        "denyApprovalRequest",
        "app::approvals::tests::a_denied_request_is_never_carried_out",
    ),
    // Nobody is known yet, so there is no log; what follows from the mail has its record.
    (
        "requestPasswordReset",
        "app::passwords::tests::known_and_unknown_addresses_are_answered_alike",
    ),
    (
        "signUp",
        "app::sign_up::tests::known_and_unknown_addresses_are_answered_alike",
    ),
    (
        "requestConfirmation",
        "app::sign_up::tests::links_end_after_an_hour_and_another_one_can_be_asked_for",
    ),
    // These need an authenticator.
    (
        "beginPasskey",
        "app::passkeys::tests::a_passkey_signs_in_proves_and_is_told_by_mail",
    ),
    (
        "beginPasskeyProof",
        "app::passkeys::tests::a_passkey_signs_in_proves_and_is_told_by_mail",
    ),
    (
        "createPasskey",
        "app::passkeys::tests::a_passkey_signs_in_proves_and_is_told_by_mail",
    ),
    (
        "renamePasskey",
        "app::passkeys::tests::passkeys_are_ones_own_to_name_and_remove_and_codes_go_with_the_last_factor",
    ),
    (
        "deletePasskey",
        "app::passkeys::tests::passkeys_are_ones_own_to_name_and_remove_and_codes_go_with_the_last_factor",
    ),
    // These need the code of an app.
    (
        "beginTotp",
        "app::second_factors::tests::an_app_is_set_up_by_its_code_and_asked_for_at_the_next_sign_in",
    ),
    (
        "confirmTotp",
        "app::second_factors::tests::an_app_is_set_up_by_its_code_and_asked_for_at_the_next_sign_in",
    ),
    (
        "completeSession",
        "app::second_factors::tests::an_app_is_set_up_by_its_code_and_asked_for_at_the_next_sign_in",
    ),
    (
        "createRecoveryCodes",
        "app::second_factors::tests::a_recovery_code_works_once_and_its_owner_is_told",
    ),
    (
        "deleteTotp",
        "app::second_factors::tests::a_dangerous_action_needs_a_recent_proof_by_the_strongest_means",
    ),
    (
        "proveSession",
        "app::second_factors::tests::a_dangerous_action_needs_a_recent_proof_by_the_strongest_means",
    ),
    (
        "resetSecondFactors",
        "app::second_factors::tests::a_super_admin_removes_the_factors_of_an_own_member_and_of_nobody_else",
    ),
    // Their secrets are in mails only.
    (
        "confirmEmailChange",
        "app::email_changes::tests::a_person_signs_in_with_the_new_address_and_the_old_mailbox_is_told",
    ),
    (
        "acceptInvitation",
        "app::invitations::tests::a_new_person_joins_once_with_what_they_were_granted",
    ),
    (
        "confirmSignUp",
        "app::sign_up::tests::a_stranger_becomes_super_admin_of_an_organization_of_their_own",
    ),
    (
        "resetPassword",
        "app::passwords::tests::a_change_is_recorded_in_every_organization_of_the_person",
    ),
];

/// The example with ids in it.
pub(super) fn input(example: &str, own: &Tenant) -> String {
    let mut text = example
        .replace("@draft", DRAFT)
        .replace("@password", PASSWORD);
    for (kind, ids) in &own.ids {
        for (place, id) in ids.iter().enumerate().skip(1).rev() {
            text = text.replace(&format!("@{kind}{}\"", place + 1), &format!("{id}\""));
        }
        text = text.replace(&format!("@{kind}\""), &format!("{}\"", ids[0]));
    }
    assert!(!text.contains("\"@"), "{text}");
    text
}

/// How many records there are, and what the newest ones tell of.
async fn newest(stage: &Stage, ctx: &Ctx) -> (u64, Vec<String>) {
    let read = "{ auditEvents(first: 3) { totalCount nodes { action } } }";
    let read = stage.data(ctx, read).await;
    let log = &read["auditEvents"];
    let actions = log["nodes"].as_array().unwrap().iter();
    let actions = actions.map(|node| camel(node["action"].as_str().unwrap()));
    (log["totalCount"].as_u64().unwrap(), actions.collect())
}

/// Runs every example with everything of its payload; `before` gets the document first.
pub(super) async fn run_all(
    stage: &Stage,
    own: &Tenant,
    sdl: &Sdl,
    before: impl AsyncFn(&str, &str),
) {
    for (name, example) in EXAMPLES {
        let fields = sdl.fields("Mutation");
        let field = fields.iter().find(|one| one.name.node == *name).unwrap();
        let selection = everything(sdl, field.ty.node.to_string().trim_end_matches('!'), 1);
        let document = format!(
            "mutation {{ {name}(input: {}) {selection} }}",
            input(example, own)
        );
        before(name, &document).await;
        // The clock stands still, and the newest of equal times could be another.
        stage
            .world
            .clock
            .advance(jiff::SignedDuration::from_secs(2));
        let (count, _) = newest(stage, &own.ctx).await;
        let answer = stage.ask(Some(&own.ctx), &document).await;
        assert_eq!(codes(&answer), Vec::<String>::new(), "{document}: {answer}");
        let problems = &answer["data"][*name]["userErrors"];
        assert_eq!(*problems, Value::Array(Vec::new()), "{document}");
        let (after, mut actions) = newest(stage, &own.ctx).await;
        actions.truncate(usize::try_from(after - count).unwrap());
        assert!(
            actions.iter().any(|action| action == name),
            "{name} left no record, but {actions:?}"
        );
    }
}

#[tokio::test]
async fn every_mutation_has_an_example() {
    let listed: BTreeSet<&str> = EXAMPLES
        .iter()
        .chain(ELSEWHERE)
        .map(|(name, _)| *name)
        .collect();
    let sdl = Sdl::new();
    let mutations = sdl.fields("Mutation");
    for mutation in mutations {
        let name = mutation.name.node.as_str();
        assert!(
            listed.contains(name),
            "add an example of {name} to EXAMPLES in checks/tenants/audited.rs"
        );
    }
}

#[tokio::test]
async fn a_mutation_whose_record_cannot_be_written_changes_nothing() {
    let (stage, _) = stage().await;
    let sdl = Sdl::new();
    let own = Tenant::new(&stage, stage.world.admin().await, "own").await;
    let store = &stage.world.services.store;
    run_all(&stage, &own, &sdl, async |name, document| {
        let before = contents(store).await;
        refuse_audit(store, true).await;
        let answer = stage.ask(Some(&own.ctx), document).await;
        refuse_audit(store, false).await;
        assert_eq!(
            codes(&answer),
            ["INTERNAL_SERVER_ERROR"],
            "{name}: {answer}"
        );
        let after = contents(store).await;
        for (table, rows) in &before {
            assert_eq!(after.get(table), Some(rows), "{name} changed {table}");
        }
    })
    .await;
}
