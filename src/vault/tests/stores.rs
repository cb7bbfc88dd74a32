//! Every store keeps the same promises.

use bytes::Bytes;
use jiff::Timestamp;

use super::support::TestStore;
use crate::*;

#[test]
fn the_stores_conform() {
    let folder = tempfile::tempdir().unwrap();
    let folder = FolderStore::create(folder.path().join("a/b")).unwrap();
    for store in [&folder as &dyn ObjectStore, &MemoryStore::new()] {
        let report = probe(store).unwrap();
        assert!(
            report.conforms() && report.may_delete,
            "{store:?}: {report:?}"
        );
        assert!(store.list("").unwrap().is_empty());
    }
}

#[test]
fn the_probe_notices_a_store_that_overwrites_or_hides() {
    #[derive(Debug)]
    struct Overwrites(MemoryStore);
    impl ObjectStore for Overwrites {
        fn list(&self, _prefix: &str) -> Result<Vec<ObjectInfo>, StoreError> {
            Ok(Vec::new())
        }
        fn read(&self, key: &str) -> Result<Bytes, StoreError> {
            self.0.read(key)
        }
        fn read_range(&self, key: &str, offset: u64, length: u32) -> Result<Bytes, StoreError> {
            self.0.read_range(key, offset, length)
        }
        fn create(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
            self.0.replace(key, data)
        }
        fn replace(&self, key: &str, data: Bytes) -> Result<(), StoreError> {
            self.0.replace(key, data)
        }
        fn delete(&self, key: &str) -> Result<(), StoreError> {
            Err(StoreError::Denied(key.to_owned()))
        }
    }
    let report = probe(&Overwrites(MemoryStore::new())).unwrap();
    assert!(!report.may_delete);
    assert_eq!(report.broken.len(), 3, "{report:?}");
}

#[test]
fn a_folder_store_leaves_nothing_half_done_and_refuses_to_leave_its_root() {
    let root = tempfile::tempdir().unwrap();
    let store = FolderStore::create(root.path().join("vault")).unwrap();
    store
        .create("data/ab/one", Bytes::from_static(b"1"))
        .unwrap();
    for key in ["../x", "a//b", "/a", ".hidden", "a/.tmp/b", "", "a b", "a/"] {
        let refused = store.create(key, Bytes::new());
        assert!(matches!(refused, Err(StoreError::InvalidKey(_))), "{key:?}");
        assert!(
            matches!(store.read(key), Err(StoreError::InvalidKey(_))),
            "{key:?}"
        );
    }
    let short = store.read_range("data/ab/one", 0, 2);
    assert!(matches!(short, Err(StoreError::Corrupt(_))), "{short:?}");
    std::fs::write(root.path().join("vault/.tmp/left-over"), b"half").unwrap();
    let listed = store.list("").unwrap();
    assert_eq!(
        listed,
        [ObjectInfo {
            key: "data/ab/one".to_owned(),
            size: 1
        }]
    );
    assert_eq!(
        store
            .remove_stale_temporaries(Timestamp::UNIX_EPOCH)
            .unwrap(),
        0
    );
    assert_eq!(store.remove_stale_temporaries(Timestamp::MAX).unwrap(), 1);
    store.replace("config", Bytes::from_static(b"a")).unwrap();
    store.replace("config", Bytes::from_static(b"b")).unwrap();
    assert_eq!(store.read("config").unwrap(), "b");
}

#[test]
fn a_folder_that_is_not_there_is_not_an_empty_store() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("vault");
    assert!(FolderStore::open(&path).is_err());
    let store = FolderStore::create(&path).unwrap();
    std::fs::remove_dir_all(&path).unwrap();
    assert!(
        store.list("snapshots/").is_err(),
        "an unmounted disk lists nothing"
    );
    assert!(store.create("data/aa/x", Bytes::new()).is_err());
}

#[test]
fn a_test_store_is_a_store() {
    assert!(probe(&*TestStore::new()).unwrap().conforms());
}

#[test]
fn a_wrapped_key_lies_beside_its_repository() {
    let store = MemoryStore::new();
    assert_eq!(read_wrapped_key(&store).unwrap(), None);
    for wrapper in ["local:1", "aws-kms:arn:aws:kms:eu-central-1:1:key/2"] {
        let key = WrappedKey::new(wrapper.to_owned(), vec![9; 60]);
        write_wrapped_key(&store, &key).unwrap();
        assert_eq!(read_wrapped_key(&store).unwrap(), Some(key));
    }
    store
        .replace(WRAPPED_KEY_OBJECT, Bytes::from_static(b"{"))
        .unwrap();
    assert!(matches!(
        read_wrapped_key(&store),
        Err(VaultError::Key(KeyError::Corrupt(_)))
    ));
}
