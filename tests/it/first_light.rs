//! First light: an account is linked, volumes are found, a policy fires, bytes are backed up, proven and restored; all of it
//! through HTTP and GraphQL alone.

use aws::fake::{SeedVolume, block_of};
use serde_json::{Value, json};
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

/// Links the account and waits until it is proven and its inventory is read.
async fn connect(app: &TestApp) -> String {
    let query = "mutation($input: ConnectAwsAccountInput!) { connectAwsAccount(input: $input) {
        awsAccount { id externalId } task { id } userErrors { message field } } }";
    let input = json!({ "input": {
        "accountId": ACCOUNT, "name": "Production", "regions": [REGION],
        "access": { "role": { "roleArn": ROLE } } } });
    let data = app.graphql(query, input).await.unwrap();
    assert_eq!(
        data.pointer("/connectAwsAccount/userErrors").unwrap(),
        &json!([])
    );
    let id = text(&data, "/connectAwsAccount/awsAccount/id").to_owned();
    // As the administrator of the account does, with the id that we made.
    app.aws.add_role(
        ROLE,
        Some(text(&data, "/connectAwsAccount/awsAccount/externalId")),
    );
    let query = "mutation($id: ID!) { verifyAwsAccount(input: { id: $id }) {
        task { id } userErrors { message } } }";
    let data = app.graphql(query, json!({ "id": id })).await.unwrap();
    let task = app
        .wait_for_task(text(&data, "/verifyAwsAccount/task/id"))
        .await
        .unwrap();
    assert_eq!(text(&task, "/status"), "COMPLETED", "{task}");
    id
}

async fn asset(app: &TestApp, native_id: &str) -> String {
    let query = "query($filter: AssetFilter) { assets(filter: $filter) { nodes { id nativeId } } }";
    app.wait_until("the asset", || async {
        let data = app
            .graphql(query, json!({ "filter": { "search": native_id } }))
            .await?;
        Ok(data
            .pointer("/assets/nodes/0/id")
            .and_then(Value::as_str)
            .map(str::to_owned))
    })
    .await
    .unwrap()
}

async fn back_up(app: &TestApp, asset: &str, key: &str) -> Value {
    let query = "mutation($input: StartBackupInput!) { startBackup(input: $input) {
        tasks { id } userErrors { message field } } }";
    let input = json!({ "input": { "assetIds": [asset], "idempotencyKey": key } });
    let data = app.graphql(query, input).await.unwrap();
    app.wait_for_task(text(&data, "/startBackup/tasks/0/id"))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_volume_is_backed_up_proven_and_restored() {
    let app = TestApp::start().await.unwrap();
    let seed = SeedVolume::blank(1)
        .tagged("Name", "orders")
        .with_block(3, 3)
        .with_block(800, 8);
    let volume = app.aws.add_volume(ACCOUNT, REGION, seed);
    let account = connect(&app).await;
    let asset = asset(&app, &volume).await;
    let first = back_up(&app, &asset, "first").await;
    assert_eq!(text(&first, "/status"), "COMPLETED", "{first}");
    assert_eq!(text(&first, "/recoveryPoint/proof"), "CHECKSUMS_MATCH");
    let before = app.aws.bytes_read();
    app.aws.write(&volume, 3, Some(block_of(33)));
    let second = back_up(&app, &asset, "second").await;
    assert_eq!(text(&second, "/status"), "COMPLETED", "{second}");
    assert_eq!(
        app.aws.bytes_read() - before,
        524_288,
        "an increment reads what changed"
    );
    let query = "mutation($input: RestoreEbsVolumeInput!) { restoreEbsVolume(input: $input) {
        task { id } userErrors { message field } } }";
    let input = json!({ "input": {
        "recoveryPointId": text(&second, "/recoveryPoint/id"), "awsAccountId": account,
        "region": REGION, "availabilityZone": format!("{REGION}a"), "idempotencyKey": "restore",
        "tags": [{ "key": "Name", "value": "restored" }] } });
    let data = app.graphql(query, input).await.unwrap();
    let task = app
        .wait_for_task(text(&data, "/restoreEbsVolume/task/id"))
        .await
        .unwrap();
    assert_eq!(text(&task, "/status"), "COMPLETED", "{task}");
    let restored = text(&task, "/restoredVolumeNativeId");
    assert_eq!(
        app.aws.blocks_of_volume(restored),
        app.aws.blocks_of_volume(&volume)
    );
    app.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_fires_by_itself() {
    let app = TestApp::start().await.unwrap();
    let volume = app
        .aws
        .add_volume(ACCOUNT, REGION, SeedVolume::blank(1).with_block(1, 1));
    connect(&app).await;
    let asset = asset(&app, &volume).await;
    let query = "mutation($input: CreatePolicyInput!) { createPolicy(input: $input) {
        policy { id } userErrors { message field } } }";
    let draft = json!({ "name": "Every minute", "operations": [{
        "assetKind": "EBS_VOLUME", "placement": "VAULT",
        "frequencies": [{ "every": { "unit": "MINUTE", "value": 1 }, "keep": { "unit": "DAY", "value": 7 } }] }] });
    let data = app
        .graphql(query, json!({ "input": { "draft": draft } }))
        .await
        .unwrap();
    let policy = text(&data, "/createPolicy/policy/id").to_owned();
    let query = "mutation($input: AssignPolicyInput!) { assignPolicy(input: $input) {
        userErrors { message field } } }";
    let input = json!({ "input": { "assetIds": [asset], "policyId": policy } });
    app.graphql(query, input).await.unwrap();
    let query =
        "query($id: ID!) { asset(id: $id) { lastRecoveryPoint { id proof policy { id } } } }";
    // The next minute is at most a minute away; two looks of the deadline are enough.
    let look = || async {
        let data = app.graphql(query, json!({ "id": asset })).await?;
        Ok(data
            .pointer("/asset/lastRecoveryPoint")
            .filter(|point| point.is_object())
            .cloned())
    };
    let found = match app.wait_until("the first point", look).await {
        Ok(found) => found,
        Err(_) => app.wait_until("the first point", look).await.unwrap(),
    };
    assert_eq!(text(&found, "/policy/id"), policy);
    app.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_is_restored_without_server_and_database() {
    let app = TestApp::start().await.unwrap();
    let volume = app
        .aws
        .add_volume(ACCOUNT, REGION, SeedVolume::blank(1).with_block(5, 5));
    connect(&app).await;
    let asset = asset(&app, &volume).await;
    let task = back_up(&app, &asset, "first").await;
    assert_eq!(text(&task, "/status"), "COMPLETED", "{task}");
    let (folder, output) = (app.folder(), app.folder().join("volume.img"));
    let blocks = app.aws.blocks_of_volume(&volume).unwrap();
    let (vault, key) = (folder.join("vault"), folder.join("root.key"));
    let arguments = [
        "holdfast".into(),
        "restore".into(),
        "--vault".into(),
        vault.into_os_string(),
        "--key-file".into(),
        key.into_os_string(),
        "--point".into(),
        "latest".into(),
        "--output".into(),
        output.clone().into_os_string(),
        "--json".into(),
    ];
    let run = move || {
        use clap::Parser as _;
        server::cli::Cli::try_parse_from::<_, std::ffi::OsString>(arguments)?.run()
    };
    tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    let image = std::fs::read(&output).unwrap();
    assert_eq!(image.len(), 1 << 30);
    for (index, data) in image.chunks(524_288).enumerate() {
        let expected = blocks.get(&u32::try_from(index).unwrap());
        assert!(
            expected.map_or_else(|| data.iter().all(|b| *b == 0), |block| block == data),
            "{index}"
        );
    }
    app.stop().await.unwrap();
}
