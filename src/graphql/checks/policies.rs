//! Policies as a client meets them: what one shows can be sent back, what is wrong names its field, and what runs when.

use app::Ctx;
use async_graphql::Variables;
use serde_json::{Value, json};

use super::Stage;

const OPERATIONS: &str = "operations { assetKind placement targetRegion storageTier catchUp
    frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } start { hour minute zone }
    window { opens { hour minute } closes { hour minute } } proof { level within { value unit } sample { kind percent } } }";

/// Makes a policy of this draft; the payload.
async fn create(stage: &Stage, caller: &Ctx, draft: Value) -> Value {
    let document = format!(
        "mutation($input: CreatePolicyInput!) {{ createPolicy(input: $input) {{
            policy {{ id name {OPERATIONS} }} userErrors {{ field }} }} }}"
    );
    let variables = json!({ "input": { "draft": draft } });
    asked(stage, caller, &document, variables).await["createPolicy"].clone()
}

/// The data of an answer to a document with variables.
async fn asked(stage: &Stage, caller: &Ctx, document: &str, variables: Value) -> Value {
    let variables = Variables::from_json(variables);
    let request = stage.request(Some(caller), document).variables(variables);
    let answer = serde_json::to_value(stage.schema.execute(request).await).unwrap();
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"].clone()
}

fn fields(payload: &Value) -> Vec<String> {
    let errors = payload["userErrors"].as_array().unwrap().iter();
    let path = |error: &Value| {
        let steps = error["field"].as_array().unwrap().iter();
        let steps: Vec<&str> = steps.map(|step| step.as_str().unwrap()).collect();
        steps.join(".")
    };
    errors.map(path).collect()
}

fn nightly() -> Value {
    json!({
        "name": "Nightly",
        "operations": [{
            "assetKind": "EBS_VOLUME",
            "frequencies": [
                { "every": { "value": 1, "unit": "DAY" }, "keep": { "value": 30, "unit": "DAY" } },
                { "every": { "unit": "WEEK", "weekdays": ["MONDAY"] }, "keep": { "value": 1, "unit": "YEAR" } },
            ],
            "start": { "zone": "Europe/Berlin" },
            "window": { "opens": { "hour": 22 }, "closes": { "hour": 6, "minute": 30 } },
            "catchUp": "NONE",
            "proof": { "level": "RESTORED", "within": { "value": 2, "unit": "WEEK" }, "sample": { "kind": "PERCENT", "percent": 10 } },
        }],
    })
}

/// The same operation as snapshots in the archive of another region.
fn far(mut operation: Value) -> Value {
    operation["placement"] = json!("IN_ACCOUNT");
    operation["targetRegion"] = json!("eu-central-1");
    operation["storageTier"] = json!("ARCHIVE");
    operation["proof"] = Value::Null;
    operation["frequencies"][0]["keep"] = json!({ "value": 90, "unit": "DAY" });
    operation
}

#[tokio::test]
async fn what_a_policy_or_a_template_shows_can_be_sent_back_and_shows_the_same() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let document = format!("{{ policyTemplates {{ name description {OPERATIONS} }} }}");
    let data = stage.data(&caller, &document).await;
    let mut drafts = data["policyTemplates"].as_array().unwrap().clone();
    assert_eq!(drafts.len(), 3);
    let payload = create(&stage, &caller, nightly()).await;
    let shown = &payload["policy"]["operations"];
    assert_eq!(shown[0]["start"]["hour"], 22, "that of the opening");
    drafts.push(json!({ "name": "Again", "operations": shown }));
    drafts.push(json!({ "name": "Far", "operations": [far(shown[0].clone())] }));
    for draft in drafts {
        let payload = create(&stage, &caller, draft.clone()).await;
        assert_eq!(fields(&payload), [""; 0], "{draft}");
        assert_eq!(payload["policy"]["operations"], draft["operations"]);
    }
}

#[tokio::test]
async fn what_does_not_fit_a_window_or_a_target_names_its_field() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let changed = async |path: &str, value: Value| {
        let mut draft = nightly();
        *draft.pointer_mut(path).unwrap() = value;
        fields(&create(&stage, &caller, draft).await)
    };
    let start = json!({ "hour": 12, "zone": "UTC" });
    assert_eq!(
        changed("/operations/0/start", start).await,
        ["input.draft.operations.0.start"]
    );
    let hourly = json!({ "value": 6, "unit": "HOUR" });
    assert_eq!(
        changed("/operations/0/frequencies/0/every", hourly).await,
        ["input.draft.operations.0.window"]
    );
    assert_eq!(
        changed("/operations/0/window/closes/hour", json!(24)).await,
        ["input.draft.operations.0.window.closes.hour"]
    );
    assert_eq!(
        changed("/operations/0/proof/sample/percent", json!(null)).await,
        ["input.draft.operations.0.proof.sample.percent"]
    );
    assert_eq!(
        changed("/operations/0/proof/level", json!("NONE")).await,
        ["input.draft.operations.0.proof.level"]
    );
}

#[tokio::test]
async fn a_target_region_or_tier_that_aws_or_the_vault_does_not_have_names_its_field() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let shown = create(&stage, &caller, nightly()).await["policy"]["operations"][0].clone();
    let changed = async |member: &str, value: Value| {
        let mut operation = far(shown.clone());
        operation[member] = value;
        let draft = json!({ "name": "Far", "operations": [operation] });
        fields(&create(&stage, &caller, draft).await)
    };
    let at = |member: &str| format!("input.draft.operations.0.{member}");
    for bad in ["", "Frankfurt", "eu-central-1 ", "eu_central_1"] {
        let told = changed("targetRegion", json!(bad)).await;
        assert_eq!(told, [at("targetRegion")], "{bad}");
    }
    let told = changed("placement", json!("VAULT")).await;
    assert_eq!(told, [at("targetRegion"), at("storageTier")]);
    let daily = json!([{ "every": { "unit": "DAY" }, "keep": { "value": 89, "unit": "DAY" } }]);
    let told = changed("frequencies", daily).await;
    assert_eq!(told, [at("frequencies.0.keep")]);
}

#[tokio::test]
async fn next_runs_say_when_for_how_long_and_until_when() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let payload = create(&stage, &caller, nightly()).await;
    let id = payload["policy"]["id"].as_str().unwrap();
    let runs = async |arguments: &str| {
        let document = format!(
            r#"{{ policy(id: "{id}") {{ nextRuns({arguments}) {{ nominalAt assetKind placement keep {{ value unit }} closesAt }} }} }}"#
        );
        stage.data(&caller, &document).await["policy"]["nextRuns"].take()
    };
    // 2026-01-05 is a Monday, and Berlin is an hour ahead.
    let shown = runs(r#"first: 2, after: "2026-01-04T12:00:00Z""#).await;
    let run = |day: u8, value: u8, unit: &str| {
        json!({
            "nominalAt": format!("2026-01-0{day}T21:00:00Z"),
            "assetKind": "EBS_VOLUME",
            "placement": "VAULT",
            "keep": { "value": value, "unit": unit },
            "closesAt": format!("2026-01-0{}T05:30:00Z", day + 1),
        })
    };
    assert_eq!(shown, json!([run(4, 30, "DAY"), run(5, 1, "YEAR")]));
    assert_eq!(runs("first: 100").await.as_array().unwrap().len(), 100);
    let pause = format!(
        r#"mutation {{ pausePolicy(input: {{ id: "{id}" }}) {{ userErrors {{ code }} }} }}"#
    );
    stage.data(&caller, &pause).await;
    assert_eq!(runs("first: 2").await, json!([]));
}

#[tokio::test]
async fn a_draft_shows_the_runs_that_its_policy_would_have() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let shown = "nominalAt assetKind placement keep { value unit } closesAt";
    let payload = create(&stage, &caller, nightly()).await;
    let id = payload["policy"]["id"].as_str().unwrap();
    let kept = format!(r#"{{ policy(id: "{id}") {{ nextRuns(first: 9) {{ {shown} }} }} }}"#);
    let kept = stage.data(&caller, &kept).await["policy"]["nextRuns"].take();
    let document = format!(
        "query ($operations: [PolicyOperationInput!]!) {{ policyDraftRuns(operations: $operations, first: 9) {{ {shown} }} }}"
    );
    let drafted = async |operations: Value| {
        let variables = json!({ "operations": operations });
        asked(&stage, &caller, &document, variables).await["policyDraftRuns"].take()
    };
    let operations = nightly()["operations"].clone();
    assert_eq!(drafted(operations.clone()).await, kept);
    assert_eq!(kept.as_array().unwrap().len(), 9);
    let mut wrong = operations;
    wrong[0]["start"] = json!({ "zone": "Mars/Olympus" });
    assert_eq!(drafted(wrong).await, json!(null));
}

#[tokio::test]
async fn a_clone_does_the_same_under_another_name_and_shares_nothing() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let original = create(&stage, &caller, nightly()).await;
    let id = original["policy"]["id"].as_str().unwrap();
    let clone = async |caller: &Ctx, id: &str, name: &str| {
        let document = format!(
            r#"mutation {{ clonePolicy(input: {{ id: "{id}", name: "{name}" }}) {{
                policy {{ id name isActive version {OPERATIONS} }} userErrors {{ field }} }} }}"#
        );
        stage.data(caller, &document).await["clonePolicy"].take()
    };
    let copy = clone(&caller, id, "Copy").await;
    assert_eq!(
        copy["policy"]["operations"],
        original["policy"]["operations"]
    );
    assert_eq!(copy["policy"]["name"], "Copy");
    assert_eq!(
        (&copy["policy"]["isActive"], &copy["policy"]["version"]),
        (&json!(true), &json!(1))
    );
    assert_ne!(copy["policy"]["id"], original["policy"]["id"]);
    for name in ["Copy", ""] {
        assert_eq!(fields(&clone(&caller, id, name).await), ["input.name"]);
    }
    let stranger = stage.world.stranger().await;
    assert_eq!(fields(&clone(&stranger, id, "Theirs").await), ["input.id"]);
}

#[tokio::test]
async fn the_calendar_has_every_hour_of_its_range() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let document = r#"{ calendar(from: "2026-01-01T00:30:00Z", until: "2026-01-01T03:00:00Z") {
        startsAt runs { assetKind placement count } } }"#;
    let data = stage.data(&caller, document).await;
    let hour = |at: &str| json!({ "startsAt": format!("2026-01-01T0{at}:00Z"), "runs": [] });
    assert_eq!(
        data["calendar"],
        json!([hour("0:30"), hour("1:30"), hour("2:30")])
    );
}
