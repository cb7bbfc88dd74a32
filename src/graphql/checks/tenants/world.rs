//! A tenant with one of everything, each of which can be told from what any other tenant has.

use std::collections::BTreeMap;

use app::Ctx;

use crate::checks::Stage;

/// Stands in every name that the foreign tenant gave.
pub(super) const CANARY: &str = "CANARY";
/// E-mail address of the foreign tenant's Super Admin.
pub(super) const FOREIGN_EMAIL: &str = "admin@b.test";
/// A policy.
pub(super) const DRAFT: &str = "operations: [{ assetKind: EBS_VOLUME, frequencies: [
    { every: { unit: HOUR, value: 12 }, keep: { unit: DAY, value: 2 } }] }]";

/// What there is of a tenant.
pub(super) struct Tenant {
    pub(super) ctx: Ctx,
    /// Prefix of a kind of id, and the ids of that kind.
    pub(super) ids: BTreeMap<String, Vec<String>>,
    /// Cursors of its lists and streams.
    pub(super) cursors: Vec<String>,
}

impl Tenant {
    /// A tenant whose things are called `name`.
    #[expect(clippy::too_many_lines, reason = "one of everything")]
    pub(super) async fn new(stage: &Stage, ctx: Ctx, name: &str) -> Self {
        let account = stage.world.account(&ctx).await;
        let assets = stage.world.volumes(&ctx, &account, 4).await;
        let mut ids = vec![account.id.to_string(), ctx.organization().to_string()];
        for asset in &assets {
            ids.push(asset.id.to_string());
            let point = stage.world.point(&ctx, asset).await;
            ids.push(point.id.to_string());
            let verification = stage.world.verification(&ctx, &point).await;
            ids.push(verification.to_string());
            let alert = stage.world.alert(&ctx, Some(asset.id)).await;
            ids.push(alert.to_string());
        }
        for number in 0..3 {
            let policy = format!(
                "mutation {{ createPolicy(input: {{ draft: {{ name: \"{name} {number}\", {DRAFT} }} }}) {{ policy {{ id }} }} }}"
            );
            let made = stage.data(&ctx, &policy).await;
            ids.push(text(&made["createPolicy"]["policy"]["id"]));
            let token = format!(
                "mutation {{ createApiToken(input: {{ name: \"{name} {number}\" }}) {{ apiToken {{ id }} }} }}"
            );
            let made = stage.data(&ctx, &token).await;
            ids.push(text(&made["createApiToken"]["apiToken"]["id"]));
        }
        for asset in assets.iter().take(2) {
            let backup = format!(
                "mutation {{ startBackup(input: {{ assetIds: [\"{0}\"], idempotencyKey: \"{0}\" }}) {{ tasks {{ id }} }} }}",
                asset.id
            );
            let made = stage.data(&ctx, &backup).await;
            ids.push(text(&made["startBackup"]["tasks"][0]["id"]));
        }
        for number in 0..2 {
            let policy = ids.iter().find(|id| id.starts_with("policy_"));
            let rule = format!(
                "mutation {{ createProtectionRule(input: {{ draft: {{ name: \"{name} {number}\", policyId: \"{}\", condition: {{
                    anyOf: [{{ hasTag: \"{name}\" }}, {{ awsAccount: [\"{}\"] }}] }} }} }}) {{ protectionRule {{ id }} }} }}",
                policy.unwrap(),
                account.id,
            );
            let made = stage.data(&ctx, &rule).await;
            ids.push(text(&made["createProtectionRule"]["protectionRule"]["id"]));
        }
        let provider = format!(
            "mutation {{ createIdentityProvider(input: {{ name: \"{name}\", settings: {{ oidc: {{ issuer: \"https://idp.example\", clientId: \"{name}\" }} }}, rules: [{{
                name: \"{name}\", operator: ANY_OF, values: [\"{name}\"], roleId: \"{}\", organizationalUnitIds: [\"{}\"] }}] }}) {{
                identityProvider {{ id }} }} }}",
            domain::role::BuiltInRole::BackupAdmin.id(),
            ctx.access().root(),
        );
        let made = stage.data(&ctx, &provider).await;
        ids.push(text(
            &made["createIdentityProvider"]["identityProvider"]["id"],
        ));
        ids.push(claimed(stage, &ctx, name).await);
        ids.extend(access(stage, &ctx, name).await);
        stage.world.judge().await;
        ids.extend(kept(stage, &ctx, name, &ids).await);
        let read = "{ viewer { id user { id } } eventCursor assets { edges { cursor } }
            auditEvents { nodes { id } edges { cursor } } policies { edges { cursor } } }";
        let read = stage.data(&ctx, read).await;
        ids.push(text(&read["viewer"]["id"]));
        ids.push(text(&read["viewer"]["user"]["id"]));
        ids.push(text(&read["auditEvents"]["nodes"][0]["id"]));
        let mut by_kind: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for id in ids {
            let (prefix, _) = id.split_once('_').unwrap();
            by_kind.entry(prefix.to_owned()).or_default().push(id);
        }
        let cursors = [
            &read["eventCursor"],
            &read["assets"]["edges"][0]["cursor"],
            &read["auditEvents"]["edges"][0]["cursor"],
            &read["policies"]["edges"][0]["cursor"],
        ];
        Self {
            ctx,
            ids: by_kind,
            cursors: cursors.into_iter().map(text).collect(),
        }
    }

    /// The id of its own that belongs into an argument of a root field: by the name of the argument, else of the field.
    pub(super) fn fitting(&self, field: &str, argument: &str) -> String {
        let hint = if argument == "id" || argument == "ids" {
            field
        } else {
            argument
        };
        let hint = hint.to_lowercase();
        let kinds = [
            ("alert", "alert"),
            ("apitoken", "token"),
            ("legalhold", "legalhold"),
            ("approval", "approval"),
            ("awsaccount", "account"),
            ("recoverypoint", "point"),
            ("verification", "verification"),
            ("policy", "policy"),
            ("rule", "rule"),
            ("asset", "asset"),
            ("task", "task"),
            ("session", "session"),
            ("user", "user"),
        ];
        let found = kinds
            .iter()
            .filter(|(word, _)| hint.contains(word))
            .find_map(|(_, kind)| self.of(kind));
        found.unwrap_or_else(|| "x".to_owned())
    }

    /// One of its ids whose prefix ends so.
    fn of(&self, kind: &str) -> Option<String> {
        let found = self.ids.iter().find(|(prefix, _)| prefix.contains(kind));
        found.and_then(|(_, ids)| ids.first().cloned())
    }
}

/// A domain of its own, and settings that were changed once.
async fn claimed(stage: &Stage, ctx: &Ctx, name: &str) -> String {
    let claim = format!(
        "mutation {{ claimDomain(input: {{ domain: \"claimed.{}.example\" }}) {{ domainClaim {{ id }} userErrors {{ message }} }} }}",
        name.to_lowercase()
    );
    let settings =
        "mutation { updateOrganizationSettings(input: { expectedVersion: 1, sessionHours: 12 }) {
        organization { version } userErrors { message } } }";
    let changed = stage.data(ctx, settings).await;
    assert_eq!(
        changed["updateOrganizationSettings"]["organization"]["version"],
        2
    );
    let made = stage.data(ctx, &claim).await;
    text(&made["claimDomain"]["domainClaim"]["id"])
}

/// A legal hold, and a request that waits for a second person.
async fn kept(stage: &Stage, ctx: &Ctx, name: &str, ids: &[String]) -> Vec<String> {
    // Somebody who could decide, or nothing could be asked for.
    let others = app::testing::Harness {
        services: stage.world.services.clone(),
        clock: stage.world.clock.clone(),
        organization: app::organizations::own(ctx).await.unwrap().unwrap(),
        admin: ctx.user().unwrap().clone(),
        records: stage.world.records.clone(),
    };
    others.person(domain::role::BuiltInRole::SuperAdmin).await;
    let points: Vec<&String> = ids.iter().filter(|id| id.starts_with("point_")).collect();
    let (held, asked) = (points[3], points[2]);
    let documents = [
        (
            "createLegalHold",
            "legalHold",
            format!("name: \"{name}\", reason: \"{name}\", recoveryPointIds: [\"{held}\"]"),
        ),
        (
            "deleteRecoveryPoints",
            "approvalRequest",
            format!("ids: [\"{asked}\"], reason: \"{name}\""),
        ),
    ];
    let mut made = Vec::new();
    for (mutation, field, input) in documents {
        let document = format!(
            "mutation {{ {mutation}(input: {{ {input} }}) {{ {field} {{ id }} userErrors {{ message }} }} }}"
        );
        let answer = stage.data(ctx, &document).await;
        made.push(text(&answer[mutation][field]["id"]));
    }
    made
}

/// Units, roles, a service token and invitations; of our own organization another member as well.
async fn access(stage: &Stage, ctx: &Ctx, name: &str) -> Vec<String> {
    let root = ctx.access().root();
    let grant = format!(
        "grants: [{{ roleId: \"{}\", organizationalUnitId: \"{root}\" }}]",
        domain::role::BuiltInRole::BackupAdmin.id()
    );
    let mut made = Vec::new();
    for number in 0..3 {
        let inputs = [
            (
                "createOrganizationalUnit",
                "organizationalUnit",
                format!("parentId: \"{root}\", name: \"{name} {number}\""),
            ),
            (
                "createRole",
                "role",
                format!("name: \"{name} {number}\", permissions: [READ]"),
            ),
            (
                "inviteUser",
                "invitation",
                format!("email: \"{number}@{}.test\", {grant}", name.to_lowercase()),
            ),
        ];
        for (mutation, field, input) in inputs {
            let document = format!(
                "mutation {{ {mutation}(input: {{ {input} }}) {{ {field} {{ id }} userErrors {{ message }} }} }}"
            );
            let answer = stage.data(ctx, &document).await;
            made.push(text(&answer[mutation][field]["id"]));
        }
    }
    let document = format!(
        "mutation {{ createServiceToken(input: {{ name: \"{name}\", {grant} }}) {{ serviceToken {{ id }} }} }}"
    );
    let answer = stage.data(ctx, &document).await;
    // Its ids have the prefix of all tokens; the examples want it by a name of its own.
    made.push(text(&answer["createServiceToken"]["serviceToken"]["id"]));
    if ctx.organization() == stage.world.admin().await.organization() {
        let member = stage
            .world
            .person(domain::role::BuiltInRole::BackupAdmin)
            .await;
        made.extend(member.user().map(|user| user.id.to_string()));
    }
    made
}

fn text(value: &serde_json::Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}
