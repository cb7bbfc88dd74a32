//! What a client sees: ids, pages, problems, conflicts, joins and streams.

use futures_util::StreamExt as _;
use serde_json::json;

use super::{Stage, codes, streamed};

const DRAFT: &str = r#"{ name: "Daily", operations: [{ assetKind: EBS_VOLUME, frequencies: [
    { every: { unit: HOUR, value: 12 }, keep: { unit: DAY, value: 2 } }] }] }"#;

async fn policy(stage: &Stage, caller: &app::Ctx) -> String {
    let document = format!(
        "mutation {{ createPolicy(input: {{ draft: {DRAFT} }}) {{ policy {{ id }} userErrors {{ message }} }} }}"
    );
    let data = stage.data(caller, &document).await;
    data["createPolicy"]["policy"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn malformed_foreign_and_unknown_ids_read_as_null() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let stranger = stage.world.stranger().await;
    let mine = policy(&stage, &caller).await;
    let theirs = policy(&stage, &stranger).await;
    let unknown = format!("policy_{}", "0".repeat(26));
    let wrong_kind = mine.replace("policy_", "asset_");
    let document = format!(
        r#"{{ nodes(ids: ["{mine}", "{theirs}", "{unknown}", "{wrong_kind}", "x", ""]) {{
            __typename id ... on Policy {{ name }} }}
            policy(id: "{theirs}") {{ id }} node(id: "{wrong_kind}") {{ id }} }}"#
    );
    let data = stage.data(&caller, &document).await;
    assert_eq!(
        data["nodes"],
        json!([{ "__typename": "Policy", "id": mine, "name": "Daily" }, null, null, null, null, null])
    );
    assert_eq!(
        (&data["policy"], &data["node"]),
        (&json!(null), &json!(null))
    );
    for id in [theirs.as_str(), &unknown, "x"] {
        let document = format!(
            r#"mutation {{ deletePolicy(input: {{ id: "{id}" }}) {{
                deletedPolicyId userErrors {{ code field message }} }} }}"#
        );
        let data = stage.data(&caller, &document).await;
        assert_eq!(
            data["deletePolicy"],
            json!({ "deletedPolicyId": null, "userErrors": [{ "code": "NOT_FOUND",
                "field": ["input", "id"], "message": "There is no such policy." }] })
        );
    }
}

#[tokio::test]
async fn compliance_is_counted_by_control_for_whoever_asks_however_it_is_written() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let account = stage.world.account(&caller).await;
    stage.world.volumes(&caller, &account, 2).await;
    let documents = [
        "{ complianceSummary { overall { unknown } controls { counts { unknown } } } }",
        "{ complianceSummary { overall { unknown } controls: controls { counts { unknown } } } }",
        "{ complianceSummary { overall { unknown } ... on ComplianceSummary { controls { counts { unknown } } } } }",
        "query { complianceSummary { ...All } } fragment All on ComplianceSummary { overall { unknown } controls { counts { unknown } } }",
    ];
    for document in documents {
        let summary = stage.data(&caller, document).await["complianceSummary"].take();
        assert_eq!(summary["overall"]["unknown"], 2, "{document}");
        let all = vec![json!({ "counts": { "unknown": 2 } }); 4];
        assert_eq!(summary["controls"], json!(all), "{document}");
    }
}

#[tokio::test]
async fn whoever_ends_points_early_learns_how_long_there_is_time_to_think_twice() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let document = "{ recoveryPointEndTerms { approvalDays undoDays } }";
    let data = stage.data(&caller, document).await;
    let (approval, undo) = (
        domain::approval::APPROVAL_DAYS,
        stage.world.services.settings.expiry_undo_days,
    );
    assert_eq!(
        data["recoveryPointEndTerms"],
        json!({ "approvalDays": approval, "undoDays": undo })
    );
}

#[tokio::test]
async fn a_stale_version_is_a_conflict_that_shows_the_policy_as_it_is() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let id = policy(&stage, &caller).await;
    let update = |version: i32| {
        format!(
            r#"mutation {{ updatePolicy(input: {{ id: "{id}", expectedVersion: {version}, draft: {DRAFT} }}) {{
                policy {{ version }} userErrors {{ code field }} }} }}"#
        )
    };
    let first = stage.data(&caller, &update(1)).await;
    assert_eq!(first["updatePolicy"]["policy"]["version"], 2);
    let second = stage.data(&caller, &update(1)).await;
    assert_eq!(
        second["updatePolicy"],
        json!({ "policy": { "version": 2 },
            "userErrors": [{ "code": "CONFLICT", "field": ["input", "expectedVersion"] }] })
    );
}

#[tokio::test]
async fn a_page_of_assets_shows_policy_and_last_point_whichever_way_they_were_read() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let account = stage.world.account(&caller).await;
    let assets = stage.world.volumes(&caller, &account, 3).await;
    stage.world.point(&caller, &assets[1]).await;
    let id = policy(&stage, &caller).await;
    let assign = format!(
        r#"mutation {{ assignPolicy(input: {{ policyId: "{id}", assetIds: ["{}"] }}) {{
            assets {{ policy {{ name }} }} userErrors {{ message }} }} }}"#,
        assets[0].id
    );
    let assigned = stage.data(&caller, &assign).await;
    assert_eq!(
        assigned["assignPolicy"]["assets"][0]["policy"]["name"],
        "Daily"
    );
    // Plain fields come with the join, the deeper ones through loaders; `asset` never joins.
    let fields = "policy { id name isActive version operations { placement } }
        lastRecoveryPoint { id takenAt proof placement status sizeBytes addedBytes viewerCan { restore } }";
    let document = format!("{{ assets(first: 10) {{ nodes {{ id name {fields} }} totalCount }} }}");
    let data = stage.data(&caller, &document).await;
    assert_eq!(data["assets"]["totalCount"], 3);
    let nodes = data["assets"]["nodes"].as_array().unwrap();
    assert_eq!(nodes[0]["policy"]["operations"][0]["placement"], "VAULT");
    assert_eq!(nodes[0]["lastRecoveryPoint"], json!(null));
    assert_eq!(nodes[1]["policy"], json!(null));
    assert_eq!(nodes[1]["lastRecoveryPoint"]["proof"], "CHECKSUMS_MATCH");
    assert_eq!(nodes[1]["lastRecoveryPoint"]["sizeBytes"], "8589934592");
    for node in nodes {
        let id = node["id"].as_str().unwrap();
        let document = format!(r#"{{ asset(id: "{id}") {{ id name {fields} }} }}"#);
        let single = stage.data(&caller, &document).await;
        assert_eq!(single["asset"], *node);
    }
}

#[tokio::test]
async fn pages_go_on_from_their_cursors_in_both_directions() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let account = stage.world.account(&caller).await;
    stage.world.volumes(&caller, &account, 5).await;
    let page = async |arguments: &str| {
        let document = format!(
            "{{ assets({arguments}) {{ nodes {{ name }} edges {{ cursor }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        );
        stage.data(&caller, &document).await["assets"].take()
    };
    let first = page("first: 2").await;
    assert_eq!(
        first["nodes"],
        json!([{ "name": "disk 000" }, { "name": "disk 001" }])
    );
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = first["pageInfo"]["endCursor"].as_str().unwrap();
    let second = page(&format!(r#"first: 2, after: "{after}""#)).await;
    assert_eq!(second["nodes"][0]["name"], "disk 002");
    assert_eq!(second["pageInfo"]["hasPreviousPage"], true);
    let last = page("last: 2, orderBy: { field: NAME, direction: DESC }").await;
    assert_eq!(
        last["nodes"],
        json!([{ "name": "disk 001" }, { "name": "disk 000" }])
    );
    for bad in [
        "first: 0",
        "first: 101",
        "first: 1, last: 1",
        r#"after: "x""#,
    ] {
        let document = format!("{{ assets({bad}) {{ nodes {{ name }} }} }}");
        let answer = stage.ask(Some(&caller), &document).await;
        assert_eq!(codes(&answer), ["BAD_USER_INPUT"], "{bad}");
    }
    let filtered =
        page(r#"filter: { search: "DISK 00", tag: { key: "Name", value: "disk 004" } }"#);
    assert_eq!(filtered.await["nodes"], json!([{ "name": "disk 004" }]));
    let nothing = page(r#"filter: { id: ["policy_x"] }"#).await;
    assert_eq!(nothing["nodes"], json!([]));
}

#[tokio::test]
async fn work_is_started_once_and_can_be_watched() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let account = stage.world.account(&caller).await;
    let assets = stage.world.volumes(&caller, &account, 1).await;
    let cursor = stage.data(&caller, "{ eventCursor }").await["eventCursor"].clone();
    let backup = format!(
        r#"mutation {{ startBackup(input: {{ assetIds: ["{}"], keep: {{ value: 1, unit: DAY }},
            idempotencyKey: "k" }}) {{ tasks {{ id kind status progress bytesDone bytesTotal steps {{ name }}
            actor {{ __typename ... on User {{ email }} }} asset {{ name }} failure {{ code }}
            viewerCan {{ abort retry }} }} userErrors {{ message }} }} }}"#,
        assets[0].id
    );
    let first = stage.data(&caller, &backup).await;
    assert_eq!(first, stage.data(&caller, &backup).await);
    let task = &first["startBackup"]["tasks"][0];
    assert_eq!(task["kind"], "BACKUP_EBS");
    assert_eq!(
        task["actor"],
        json!({ "__typename": "User", "email": "admin@a.test" })
    );
    assert_eq!(task["asset"]["name"], "disk 000");
    assert_eq!(
        (&task["bytesDone"], &task["bytesTotal"]),
        (&json!("0"), &json!(null))
    );
    let document = format!(
        "subscription {{ taskEvents(after: {cursor}, filter: {{ kind: [BACKUP_EBS] }}) {{
            cursor kind task {{ id status asset {{ name }} }} }} }}"
    );
    let mut stream = stage
        .schema
        .execute_stream(stage.request(Some(&caller), &document));
    let deadline = std::time::Duration::from_secs(10);
    let next = tokio::time::timeout(deadline, stream.next()).await;
    let told = streamed(next.unwrap().unwrap().data);
    assert_eq!(told["taskEvents"]["kind"], "CREATED");
    assert_eq!(told["taskEvents"]["task"]["id"], task["id"]);
    assert_eq!(told["taskEvents"]["task"]["asset"]["name"], "disk 000");
}

#[tokio::test]
async fn signing_in_shows_the_viewer_and_a_wrong_password_is_data() {
    let stage = Stage::new().await;
    let sign_in = |password: &str| {
        format!(
            r#"mutation {{ createSession(input: {{ email: "Admin@a.test", password: "{password}" }}) {{
                viewer {{ id user {{ email }} organization {{ name }} permissions
                    memberships {{ organizationName state }} }}
                userErrors {{ code field }} }} }}"#
        )
    };
    let answer = stage.ask(None, &sign_in(app::testing::PASSWORD)).await;
    assert_eq!(codes(&answer), Vec::<String>::new(), "{answer}");
    let viewer = &answer["data"]["createSession"]["viewer"];
    assert!(viewer["id"].as_str().unwrap().starts_with("session_"));
    assert_eq!(
        viewer["memberships"],
        json!([{ "organizationName": "Example", "state": "ACTIVE" }])
    );
    let permissions = viewer["permissions"].as_array().unwrap();
    assert_eq!(permissions.len(), domain::permission::Permission::ALL.len());
    assert_eq!(viewer["organization"]["name"], "Example");
    for attempt in 0..5 {
        let answer = stage.ask(None, &sign_in("wrong")).await;
        if attempt < 4 {
            assert_eq!(
                answer["data"]["createSession"]["userErrors"],
                json!([{ "code": "INVALID", "field": ["input", "password"] }])
            );
        } else {
            assert_eq!(codes(&answer), ["RATE_LIMITED"]);
            assert_eq!(answer["errors"][0]["extensions"]["retryAfterSeconds"], 1);
        }
    }
}

#[tokio::test]
async fn a_document_over_the_limits_is_refused() {
    let stage = Stage::new().await;
    let caller = stage.world.admin().await;
    let dear = "{ assets(first: 100) { nodes { recoveryPoints(first: 100) { nodes {
        id takenAt proof provenAt status placement sizeBytes addedBytes isFull expiresAt } } } } }";
    let answer = stage.ask(Some(&caller), dear).await;
    assert!(
        answer["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("complex")
    );
    let dashboard = "{ assets(first: 100) { nodes { id name kind region policy { id name isActive }
        lastRecoveryPoint { id takenAt proof expiresAt } awsAccount { name } viewerCan { backUp } }
        totalCount pageInfo { hasNextPage endCursor } } }";
    stage.data(&caller, dashboard).await;
}
