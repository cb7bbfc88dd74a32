//! Plans through the schema: all of a preview, page by page, and a document that changes nothing.

use serde_json::{Value, json};

use super::Stage;

const GOLD: &str = r#"policies: [{ name: "Gold", operations: [{ assetKind: EBS_VOLUME, frequencies: [
    { every: { unit: DAY }, keep: { unit: DAY, value: 30 } },
    { every: { unit: WEEK, weekdays: [SUNDAY] }, keep: { unit: MONTH, value: 2 } }] }] }],
    rules: [{ name: "all", policy: "Gold", condition: { anyOf: [
        { nameContains: "disk" }, { not: { hasTag: "Name" } }] } }]"#;

const PLAN: &str = "userErrors { code message field } plan {
    hash changeCount changes { action noun name differenceCount differences { path before after } }
    assetsGainedCount assetsLostCount assetsChangedCount
    assetChanges(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes {
        effect asset { name } before { policy { name } source ruleName }
        after { policy { id name operations { assetKind } } source ruleName } } }
    recoveryPointsToShorten { totalCount nodes { wouldExpireAt recoveryPoint { id } } }
    forecastBefore { tasksPerDay } forecastAfter { tasksPerDay runsInLast30Days recoveryPointsKept
        vaultBytes snapshotBytes costUsdPerMonth }
    forecasts { assetKind before { tasksPerDay } after { tasksPerDay } } }";

async fn preview(stage: &Stage, caller: &app::Ctx, draft: &str) -> Value {
    let document =
        format!("{{ protectionPreview(input: {{ draft: {{ {draft} }} }}) {{ {PLAN} }} }}");
    let data = stage.data(caller, &document).await;
    let preview = &data["protectionPreview"];
    assert_eq!(preview["userErrors"], json!([]), "{draft}");
    preview["plan"].clone()
}

async fn apply(stage: &Stage, caller: &app::Ctx, draft: &str, hash: &str) -> Value {
    let document = format!(
        "mutation {{ applyProtection(input: {{ draft: {{ {draft} }}, planHash: \"{hash}\" }}) {{ {PLAN} task {{ kind }} }} }}"
    );
    stage.data(caller, &document).await["applyProtection"].take()
}

#[tokio::test]
async fn a_preview_tells_everything_and_an_apply_does_it() {
    let stage = Stage::new().await;
    let admin = stage.world.admin().await;
    let account = stage.world.account(&admin).await;
    stage.world.volumes(&admin, &account, 3).await;
    let plan = preview(&stage, &admin, GOLD).await;
    assert_eq!(plan["changeCount"], 2);
    assert_eq!(plan["assetsGainedCount"], 3);
    let changes = &plan["assetChanges"];
    assert_eq!(changes["totalCount"], 3);
    assert_eq!(changes["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(changes["pageInfo"]["hasNextPage"], true);
    let first = &changes["nodes"][0];
    assert_eq!(first["effect"], "GAINED");
    assert_eq!(
        first["before"],
        json!({ "policy": null, "source": "NONE", "ruleName": null })
    );
    assert_eq!(first["after"]["policy"]["name"], "Gold");
    assert_eq!(
        (&first["after"]["source"], &first["after"]["ruleName"]),
        (&json!("RULE"), &json!("all"))
    );
    assert_eq!(plan["forecastBefore"]["tasksPerDay"], 0.0);
    assert_eq!(
        plan["forecastAfter"]["tasksPerDay"], 3.0,
        "the weekly ones are daily ones, too"
    );
    assert_eq!(plan["forecastAfter"]["runsInLast30Days"], "90");
    assert_eq!(plan["forecasts"][0]["assetKind"], "EBS_VOLUME");
    let cursor = changes["pageInfo"]["endCursor"].as_str().unwrap();
    let rest = format!(
        "{{ protectionPreview(input: {{ draft: {{ {GOLD} }} }}) {{ plan {{
            assetChanges(effects: [GAINED], after: \"{cursor}\") {{ nodes {{ asset {{ id }} }} }}
            lost: assetChanges(effects: [LOST]) {{ totalCount }} }} }} }}"
    );
    let rest = stage.data(&admin, &rest).await;
    let rest = &rest["protectionPreview"]["plan"];
    assert_eq!(rest["assetChanges"]["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(rest["lost"]["totalCount"], 0);

    let hash = plan["hash"].as_str().unwrap();
    let applied = apply(&stage, &admin, GOLD, hash).await;
    assert_eq!(applied["userErrors"], json!([]));
    assert_eq!(applied["task"]["kind"], "APPLY_PROTECTION");
    let again = apply(&stage, &admin, GOLD, hash).await;
    assert_eq!(again["userErrors"][0]["code"], "CONFLICT");
    assert_eq!(
        again["userErrors"][0]["field"],
        json!(["input", "planHash"])
    );
    assert_eq!(again["plan"], Value::Null);
    let shorter = GOLD.replace("value: 30", "value: 7");
    let plan = preview(&stage, &admin, &shorter).await;
    let difference = &plan["changes"][0]["differences"][0];
    assert_eq!(
        difference["path"],
        json!(["operations", "0", "frequencies", "0", "keep", "value"])
    );
    assert_eq!(
        (&difference["before"], &difference["after"]),
        (&json!("30"), &json!("7"))
    );
}

#[tokio::test]
async fn the_document_of_what_there_is_changes_nothing_when_it_is_sent_back() {
    let stage = Stage::new().await;
    let admin = stage.world.admin().await;
    let order = format!("{GOLD}, ruleOrder: [\"all\", \"DIRECT_ASSIGNMENTS\"]");
    let plan = preview(&stage, &admin, &order).await;
    let applied = apply(&stage, &admin, &order, plan["hash"].as_str().unwrap()).await;
    assert_eq!(applied["userErrors"], json!([]));
    let document = stage.data(&admin, "{ protectionDocument }").await;
    let draft: Value =
        serde_json::from_str(document["protectionDocument"].as_str().unwrap()).unwrap();
    assert_eq!(draft["isComplete"], true);
    assert_eq!(
        draft["ruleOrder"],
        json!(["all", "CHILD_UNITS", "DIRECT_ASSIGNMENTS"])
    );
    let query = "query($draft: ProtectionDraftInput!) { protectionPreview(input: { draft: $draft }) {
        plan { changeCount changes { name differences { path } } } userErrors { message field } } }";
    let mut request = stage.request(Some(&admin), query);
    request = request.variables(async_graphql::Variables::from_json(
        json!({ "draft": draft }),
    ));
    let answer = serde_json::to_value(stage.schema.execute(request).await).unwrap();
    assert_eq!(
        answer["data"]["protectionPreview"]["plan"]["changeCount"], 0,
        "{answer}"
    );
    let stranger = stage.world.stranger().await;
    let theirs = stage.data(&stranger, "{ protectionDocument }").await;
    assert!(!theirs.to_string().contains("Gold"), "{theirs}");
}
