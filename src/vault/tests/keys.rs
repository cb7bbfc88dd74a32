//! Wrapped keys open only where they belong, and the root key file is nobody else's to read.

use std::os::unix::fs::PermissionsExt;

use crate::*;

fn context(repository: &str) -> KeyContext {
    KeyContext {
        organization: "organization_1".to_owned(),
        repository: repository.to_owned(),
        purpose: "repository-master-key".to_owned(),
    }
}

#[tokio::test]
async fn a_wrapped_key_opens_only_with_its_context() {
    let folder = tempfile::tempdir().unwrap();
    let root = LocalRootKey::open_or_create(&folder.path().join("sub/root.key")).unwrap();
    let key = MasterKey::generate().unwrap();
    let wrapped = root.wrap(&key, &context("r1")).await.unwrap();
    assert!(wrapped.wrapper.starts_with("local:"));
    let opened = root.unwrap(&wrapped, &context("r1")).await.unwrap();
    assert_eq!(opened.expose_json(), key.expose_json());
    for wrong in [
        context("r2"),
        KeyContext {
            organization: "other".to_owned(),
            ..context("r1")
        },
        KeyContext {
            purpose: "other".to_owned(),
            ..context("r1")
        },
        // The same letters, cut elsewhere.
        KeyContext {
            organization: "organization_1r".to_owned(),
            ..context("1")
        },
    ] {
        let opened = root.unwrap(&wrapped, &wrong).await;
        assert!(matches!(opened, Err(KeyError::Corrupt(_))), "{opened:?}");
    }
    for at in 0..wrapped.ciphertext.len() {
        let mut changed = wrapped.clone();
        changed.ciphertext[at] ^= 1;
        assert!(root.unwrap(&changed, &context("r1")).await.is_err());
    }
    for length in [0, 5, 12, 27] {
        let short = WrappedKey::new(
            wrapped.wrapper.clone(),
            wrapped.ciphertext[..length].to_vec(),
        );
        assert!(root.unwrap(&short, &context("r1")).await.is_err());
    }
    let other = LocalRootKey::open_or_create(&folder.path().join("other.key")).unwrap();
    let opened = other.unwrap(&wrapped, &context("r1")).await;
    assert!(opened.is_err_and(|error| error.is_blocked()));
}

#[test]
fn the_root_key_file_is_private_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    let missing = LocalRootKey::open(&path);
    assert!(matches!(missing, Err(KeyError::NotFound(_))));
    let made = LocalRootKey::open_or_create(&path).unwrap();
    let rights = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(rights(&path), 0o600);
    let again = LocalRootKey::open_or_create(&path).unwrap();
    assert_eq!(made.id(), again.id());
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing else is left"
    );

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(
        LocalRootKey::open_or_create(&path),
        Err(KeyError::Denied(_))
    ));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, "holdfast-root-key-v1:abcd").unwrap();
    assert!(matches!(
        LocalRootKey::open_or_create(&path),
        Err(KeyError::Corrupt(_))
    ));
}

#[test]
fn servers_that_start_at_once_share_one_root_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    let ids: std::collections::BTreeSet<String> = std::thread::scope(|scope| {
        let open = || LocalRootKey::open_or_create(&path).unwrap().id().to_owned();
        let running: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(ids.len(), 1);
}

#[test]
fn key_texts_are_read_back_and_unknown_ones_refused() {
    let wrapped = WrappedKey::new("local:1234".to_owned(), vec![1, 2, 3]);
    let json = wrapped.to_json().unwrap();
    assert_eq!(
        String::from_utf8(json.clone()).unwrap(),
        r#"{"version":1,"wrapper":"local:1234","ciphertext":"AQID"}"#
    );
    assert_eq!(WrappedKey::from_json(&json).unwrap(), wrapped);
    let newer = br#"{"version":2,"wrapper":"local:1234","ciphertext":"AQID"}"#;
    assert!(matches!(
        WrappedKey::from_json(newer),
        Err(KeyError::Corrupt(_))
    ));
    let master = MasterKey::generate().unwrap();
    assert_eq!(format!("{master:?}"), "MasterKey(..)");
    assert!(MasterKey::from_json(master.expose_json().to_vec()).is_ok());
    for bad in [
        &b"{}"[..],
        br#"{"mac":{"k":"AAAA","r":"AAAA"},"encrypt":"AAAA"}"#,
    ] {
        assert!(matches!(
            MasterKey::from_json(bad.to_vec()),
            Err(KeyError::Corrupt(_))
        ));
    }
}
