//! Policies as code over HTTP: export, edit, look, apply, look again; and what happens when somebody else was faster.

use aws::fake::SeedVolume;
use serde_json::{Value, json};
use server::cli::protection::{Consent, Outcome, Remote, apply_text, export_text};
use tests::TestApp;

const ACCOUNT: &str = "111111111111";
const REGION: &str = "eu-west-1";
const ROLE: &str = "arn:aws:iam::111111111111:role/Holdfast";

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("{pointer} in {value}"))
}

/// A linked account whose volumes are known.
async fn fleet(app: &TestApp, tags: &[&str]) {
    for (number, tag) in tags.iter().enumerate() {
        let seed = SeedVolume::blank(1)
            .tagged("Name", &format!("disk {number}"))
            .tagged("Holdfast", tag);
        app.aws.add_volume(ACCOUNT, REGION, seed);
    }
    let query = "mutation($input: ConnectAwsAccountInput!) { connectAwsAccount(input: $input) {
        awsAccount { id externalId } userErrors { message field } } }";
    let input = json!({ "input": {
        "accountId": ACCOUNT, "name": "Production", "regions": [REGION],
        "access": { "role": { "roleArn": ROLE } } } });
    let data = app.graphql(query, input).await.unwrap();
    app.aws.add_role(
        ROLE,
        Some(text(&data, "/connectAwsAccount/awsAccount/externalId")),
    );
    let id = text(&data, "/connectAwsAccount/awsAccount/id").to_owned();
    let query = "mutation($id: ID!) { verifyAwsAccount(input: { id: $id }) { task { id } } }";
    let data = app.graphql(query, json!({ "id": id })).await.unwrap();
    let task = text(&data, "/verifyAwsAccount/task/id").to_owned();
    app.wait_for_task(&task).await.unwrap();
    app.wait_until("the volumes", || async {
        let data = app.graphql("{ assets { totalCount } }", json!({})).await?;
        Ok((data.pointer("/assets/totalCount") == Some(&json!(tags.len()))).then_some(()))
    })
    .await
    .unwrap();
}

/// Who asks by token, as a pipeline does.
async fn remote(app: &TestApp) -> Remote {
    let query = "mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) {
        secret userErrors { message field } } }";
    let input = json!({ "input": { "name": "pipeline", "days": 1 } });
    let data = app.graphql(query, input).await.unwrap();
    Remote::new(&app.url(""), text(&data, "/createApiToken/secret")).unwrap()
}

async fn apply(remote: &Remote, document: &str, consent: Consent) -> (Outcome, String) {
    let mut out = Vec::new();
    let outcome = apply_text(remote, document, consent, &mut out).await;
    let shown = String::from_utf8(out).unwrap();
    (
        outcome.unwrap_or_else(|error| panic!("{error:#}\n{shown}")),
        shown,
    )
}

/// Names of the volumes with their policies.
async fn protected(app: &TestApp) -> Vec<(String, Option<String>)> {
    let query = "{ assets(first: 100) { nodes { name policy { name } } } }";
    let data = app.graphql(query, json!({})).await.unwrap();
    let nodes = data.pointer("/assets/nodes").and_then(Value::as_array);
    let pair = |node: &Value| {
        let policy = node.pointer("/policy/name").and_then(Value::as_str);
        (text(node, "/name").to_owned(), policy.map(str::to_owned))
    };
    nodes.unwrap().iter().map(pair).collect()
}

async fn wait_for(app: &TestApp, wanted: &[(&str, Option<&str>)]) {
    let wanted: Vec<(String, Option<String>)> = wanted
        .iter()
        .map(|(name, policy)| ((*name).to_owned(), policy.map(str::to_owned)))
        .collect();
    app.wait_until("the policies", || async {
        Ok((protected(app).await == wanted).then_some(()))
    })
    .await
    .unwrap();
}

const DOCUMENT: &str = r"
isComplete: true
policies:
  - name: Gold
    operations:
      - assetKind: EBS_VOLUME
        start: { hour: 22, zone: Europe/Berlin }
        proof: { level: RESTORED, within: { value: 2, unit: DAY }, sample: { kind: PERCENT, percent: 5 } }
        frequencies:
          - every: { unit: DAY }
            keep: { value: 30, unit: DAY }
          - every: { unit: WEEK, weekdays: [SUNDAY, WEDNESDAY] }
            keep: { value: 2, unit: MONTH }
          - every: { unit: MONTH, dayOfMonth: 31 }
            keep: { value: 1, unit: YEAR }
  - name: Silver
    description: |
      Two lines
      of text
    isActive: false
    operations:
      - assetKind: EBS_VOLUME
        placement: IN_ACCOUNT
        window: { opens: { hour: 22 }, closes: { hour: 4, minute: 30 } }
        catchUp: NONE
        frequencies:
          - every: { unit: DAY }
            keep: { value: 7, unit: DAY }
rules:
  - name: gold
    policy: Gold
    condition: { anyTag: [{ key: Holdfast, value: Gold }] }
  - name: silver
    policy: Silver
    isActive: true
    condition:
      allOf:
        - assetKind: [EBS_VOLUME]
        - region: [eu-west-1]
        - anyOf:
            - tagContains: { key: Holdfast, value: ilve }
            - allTags: [{ key: Holdfast, value: Silver }, { key: Name, value: x }]
        - not: { nameContains: scratch }
        - hasTag: Holdfast
ruleOrder: [silver, DIRECT_ASSIGNMENTS, gold]
";

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_exported_edited_looked_at_and_applied() {
    let app = TestApp::start().await.unwrap();
    fleet(&app, &["Gold", "Silver", "None"]).await;
    let remote = remote(&app).await;
    let (outcome, _) = apply(&remote, DOCUMENT, Consent::DryRun).await;
    assert_eq!(outcome, Outcome::Pending);
    assert!(
        protected(&app)
            .await
            .iter()
            .all(|(_, policy)| policy.is_none())
    );
    let (outcome, shown) = apply(&remote, DOCUMENT, Consent::Given).await;
    assert_eq!(outcome, Outcome::Applied);
    assert!(
        shown.contains("+ policy Gold") && shown.contains("2 gain a policy"),
        "{shown}"
    );
    let gold = [
        ("disk 0", Some("Gold")),
        ("disk 1", Some("Silver")),
        ("disk 2", None),
    ];
    wait_for(&app, &gold).await;
    let (outcome, shown) = apply(&remote, DOCUMENT, Consent::DryRun).await;
    assert_eq!(outcome, Outcome::Unchanged, "{shown}");

    // What exists says the same, and is a document like any other.
    let exported = export_text(&remote).await.unwrap();
    let (outcome, shown) = apply(&remote, &exported, Consent::DryRun).await;
    assert_eq!(outcome, Outcome::Unchanged, "{exported}\n{shown}");

    // Without its rule the volume loses its policy, and the dry run says so.
    let edited = exported.replace("value: Gold", "value: Golden");
    assert_ne!(edited, exported);
    let (outcome, shown) = apply(&remote, &edited, Consent::DryRun).await;
    assert_eq!(outcome, Outcome::Pending);
    assert!(shown.contains("1 lose theirs"), "{shown}");
    assert!(shown.contains("Gold (rule gold) -> nothing"), "{shown}");
    wait_for(&app, &gold).await;
    let (outcome, _) = apply(&remote, &edited, Consent::Given).await;
    assert_eq!(outcome, Outcome::Applied);
    let (outcome, _) = apply(&remote, &edited, Consent::DryRun).await;
    assert_eq!(outcome, Outcome::Unchanged);
    wait_for(&app, &[("disk 0", None), gold[1], gold[2]]).await;

    // A document of one part leaves the rest alone.
    let part = "removedRules: [silver, never there]\nremovedPolicies: [Silver]\n";
    let (outcome, shown) = apply(&remote, part, Consent::Given).await;
    assert_eq!(outcome, Outcome::Applied);
    assert!(
        shown.contains("- policy Silver") && !shown.contains("Gold"),
        "{shown}"
    );
    wait_for(&app, &[("disk 0", None), ("disk 1", None), gold[2]]).await;
    app.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_a_world_that_has_moved_is_refused_and_a_bad_document_says_where() {
    let app = TestApp::start().await.unwrap();
    fleet(&app, &["Gold"]).await;
    let remote = remote(&app).await;
    let policies = json!([{ "name": "Gold", "operations": [{
        "assetKind": "EBS_VOLUME",
        "frequencies": [{ "every": { "unit": "DAY" }, "keep": { "value": 7, "unit": "DAY" } }] }] }]);
    let draft = json!({ "policies": policies });
    let query =
        "query($draft: ProtectionDraftInput!) { protectionPreview(input: { draft: $draft }) {
        plan { hash } userErrors { message field } } }";
    let seen = app.graphql(query, json!({ "draft": draft })).await.unwrap();
    let (outcome, _) = apply(&remote, DOCUMENT, Consent::Given).await;
    assert_eq!(outcome, Outcome::Applied);
    let query = "mutation($input: ApplyProtectionInput!) { applyProtection(input: $input) {
        plan { hash } userErrors { code message field } } }";
    let hash = text(&seen, "/protectionPreview/plan/hash");
    let input = json!({ "input": { "draft": draft, "planHash": hash } });
    let refused = app.graphql(query, input).await.unwrap();
    let problem = refused.pointer("/applyProtection/userErrors/0").unwrap();
    assert_eq!(text(problem, "/code"), "CONFLICT");
    let told = refused
        .pointer("/applyProtection/userErrors")
        .unwrap()
        .to_string();
    assert!(
        told.contains("A policy was") && told.contains("A rule was"),
        "{told}"
    );

    let mut out = Vec::new();
    let bad = "rules:\n  - { name: x, policy: Platinum, condition: { region: [eu-west-1] } }\n";
    let error = apply_text(&remote, bad, Consent::DryRun, &mut out)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "document: rules.0.policy: There is no such policy."
    );
    let stranger = Remote::new(&app.url(""), "hf_wrong").unwrap();
    let error = apply_text(&stranger, "policies: []", Consent::DryRun, &mut out).await;
    let error = format!("{:#}", error.unwrap_err());
    assert!(!error.contains("hf_wrong"), "{error}");
    app.stop().await.unwrap();
}
