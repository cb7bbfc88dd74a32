//! Keys of KMS and buckets of S3 as a vault uses them.

use super::*;

async fn key_in(sim: &Simulator) -> String {
    let made = sim
        .json(HERE, "kms", ("TrentService.CreateKey", json!({})))
        .await
        .unwrap();
    made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn master_keys_are_bound_to_key_and_context() {
    let sim = Simulator::start().await.unwrap();
    let (arn, other) = (key_in(&sim).await, key_in(&sim).await);
    let aws = sim.aws();
    let access = Simulator::keys(ACCOUNT);
    let wrapper = aws.key_wrapper(&access, &arn).await.unwrap();
    let context = KeyContext {
        organization: "org_1".into(),
        repository: "repository_1".into(),
        purpose: "repository-master-key".into(),
    };
    let key = MasterKey::generate().unwrap();
    let wrapped = wrapper.wrap(&key, &context).await.unwrap();
    assert_eq!(wrapped.wrapper, format!("aws-kms:{arn}"));
    let back = wrapper.unwrap(&wrapped, &context).await.unwrap();
    assert_eq!(back.expose_json(), key.expose_json());
    let moved = KeyContext {
        repository: "repository_2".into(),
        ..context.clone()
    };
    let error = wrapper.unwrap(&wrapped, &moved).await.unwrap_err();
    assert!(!error.is_blocked() && !error.is_retryable(), "{error}");
    let stranger = aws.key_wrapper(&access, &other).await.unwrap();
    assert!(stranger.unwrap(&wrapped, &context).await.is_err());

    let id = json!({ "KeyId": arn });
    sim.json(HERE, "kms", ("TrentService.DisableKey", id.clone()))
        .await
        .unwrap();
    let error = wrapper.unwrap(&wrapped, &context).await.unwrap_err();
    assert!(error.is_blocked(), "{error}");
    assert!(wrapper.wrap(&key, &context).await.unwrap_err().is_blocked());
    sim.json(HERE, "kms", ("TrentService.EnableKey", id.clone()))
        .await
        .unwrap();
    assert!(wrapper.unwrap(&wrapped, &context).await.is_ok());
    sim.json(HERE, "kms", ("TrentService.ScheduleKeyDeletion", id))
        .await
        .unwrap();
    assert!(
        wrapper
            .unwrap(&wrapped, &context)
            .await
            .unwrap_err()
            .is_blocked()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_a_vault_store() {
    let sim = Simulator::start().await.unwrap();
    sim.add_bucket(OWN_ACCOUNT, "vault").await.unwrap();
    let aws = sim.aws();
    let place = ObjectStoreConfig {
        bucket: "vault".into(),
        prefix: "repositories/r1".into(),
        region: "us-east-1".into(),
    };
    let store = aws.object_store(&AwsAccess::Own, &place).await.unwrap();
    let neighbour = ObjectStoreConfig {
        prefix: "repositories/r10".into(),
        ..place.clone()
    };
    let neighbour = aws.object_store(&AwsAccess::Own, &neighbour).await.unwrap();
    let nowhere = ObjectStoreConfig {
        bucket: "missing".into(),
        ..place
    };
    let nowhere = aws.object_store(&AwsAccess::Own, &nowhere).await.unwrap();
    let work = move || {
        store
            .create("data/aa/1", b"hello".as_slice().into())
            .unwrap();
        store
            .create("data/aa/1", b"hello".as_slice().into())
            .unwrap();
        let other = store.create("data/aa/1", b"HELLO".as_slice().into());
        assert_eq!(other, Err(StoreError::AlreadyExists("data/aa/1".into())));
        assert_eq!(&store.read("data/aa/1").unwrap()[..], b"hello");
        assert_eq!(&store.read_range("data/aa/1", 1, 3).unwrap()[..], b"ell");
        assert!(
            store.read_range("data/aa/1", 3, 10).is_err(),
            "never a short answer"
        );
        assert!(store.read_range("data/aa/1", 50, 10).is_err());
        assert_eq!(store.read("none"), Err(StoreError::NotFound("none".into())));
        neighbour
            .create("data/aa/2", b"not ours".as_slice().into())
            .unwrap();
        for number in 0..1_005 {
            store
                .create(&format!("index/{number}"), b"x".as_slice().into())
                .unwrap();
        }
        assert_eq!(
            store.list("").unwrap().len(),
            1_006,
            "all pages, and none of the neighbour"
        );
        assert_eq!(store.list("data/").unwrap()[0].key, "data/aa/1");
        store.replace("config", b"1".as_slice().into()).unwrap();
        store.replace("config", b"22".as_slice().into()).unwrap();
        assert_eq!(&store.read("config").unwrap()[..], b"22");
        store.delete("config").unwrap();
        assert_eq!(
            store.delete("config"),
            Err(StoreError::NotFound("config".into()))
        );
        assert!(matches!(nowhere.list(""), Err(StoreError::Denied(_))));
        let key = MasterKey::generate().unwrap();
        vault::Repository::create(store.clone(), &key).unwrap();
        vault::Repository::open(store, &key).unwrap();
    };
    tokio::task::spawn_blocking(work).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_fails_says_how() {
    let sim = Simulator::start().await.unwrap();
    sim.add_bucket(OWN_ACCOUNT, "vault").await.unwrap();
    let aws = sim.aws();
    let place = ObjectStoreConfig {
        bucket: "vault".into(),
        prefix: String::new(),
        region: "us-east-1".into(),
    };
    let store = aws.object_store(&AwsAccess::Own, &place).await.unwrap();
    let put = |code: &str, status: u16| json!([{ "service": "s3", "op": "PUT", "code": code, "status": status }]);
    let create = |key: &'static str| {
        let store = Arc::clone(&store);
        tokio::task::spawn_blocking(move || store.create(key, b"x".as_slice().into()))
    };
    sim.faults(put("SlowDown", 503)).await.unwrap();
    assert!(matches!(
        create("a").await.unwrap(),
        Err(StoreError::Throttled(_))
    ));
    sim.faults(put("AccessDenied", 403)).await.unwrap();
    assert!(matches!(
        create("b").await.unwrap(),
        Err(StoreError::Denied(_))
    ));
    let lost = json!([{ "service": "s3", "op": "PUT", "effect": "lose-answer", "count": 1 }]);
    sim.faults(lost).await.unwrap();
    create("c").await.unwrap().unwrap();
    let torn = json!([{ "service": "s3", "op": "GET", "effect": "truncate", "count": 1 }]);
    sim.faults(torn).await.unwrap();
    let reader = Arc::clone(&store);
    let read = tokio::task::spawn_blocking(move || reader.read("c"))
        .await
        .unwrap();
    assert_eq!(&read.unwrap()[..], b"x");
}
