//! `holdfast verify --signing-key`: whether the signed heads of a vault hang together, and whether what they list is there.
//!
//! Not for reading points back (`verify.rs`). Invariant: it needs the vault and the public key, and nothing of an installation, so
//! that what a database says cannot matter.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail};
use domain::audit::checkpoint::NoteKey;
use domain::vault_head::VaultHead;
use domain::vault_head::compare::Agreed;
use domain::{Clock as _, SystemClock};
use jiff::Timestamp;
use serde::Serialize;
use vault::ObjectStore;
use workflows::{REPOSITORY_OBJECT, RepositoryCard, vault_head_numbers, vault_head_text};

use super::output;
use super::vault_access::Opened;

#[derive(Debug, Default, Serialize)]
struct Checked {
    repository: String,
    newest: Option<u64>,
    made_at: Option<Timestamp>,
    heads: usize,
    points: usize,
    faults: Vec<String>,
}

/// Checks the heads of all repositories.
pub(super) fn verify(opened: &[Opened], key: &Path, json: bool) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(key).with_context(|| key.display().to_string())?;
    let key = NoteKey::parse(&text).with_context(|| key.display().to_string())?;
    let now = SystemClock.now();
    let mut all = Vec::new();
    for one in opened {
        let snapshots = one.repository.snapshots();
        let snapshots = snapshots.with_context(|| one.place.clone())?;
        let present = snapshots.iter().map(|one| one.id.to_string()).collect();
        let store = one.repository.store().as_ref();
        let mut checked = check(store, &key, &present, now);
        checked.repository.clone_from(&one.place);
        all.push(checked);
    }
    output::print(json, &all, |all| shown(all))?;
    let faulty = all.iter().filter(|one| !one.faults.is_empty()).count();
    if faulty > 0 {
        bail!(
            "{faulty} of {} repositories are not what was signed",
            all.len()
        );
    }
    Ok(())
}

fn check(
    store: &dyn ObjectStore,
    key: &NoteKey,
    present: &BTreeSet<String>,
    now: Timestamp,
) -> Checked {
    let mut checked = Checked::default();
    let numbers = vault_head_numbers(store).unwrap_or_default();
    let mut before: Option<VaultHead> = None;
    for number in numbers {
        let head = match open(store, key, number) {
            Ok(head) => head,
            Err(why) => {
                checked.faults.push(format!("head {number}: {why:#}"));
                continue;
            }
        };
        if let Some(before) = &before
            && (head.number != before.number.saturating_add(1) || head.previous != before.hash())
        {
            let text = format!("head {number} does not follow head {}", before.number);
            checked.faults.push(text);
        }
        checked.heads = checked.heads.saturating_add(1);
        before = Some(head);
    }
    let Some(newest) = before else {
        checked.faults.push("there is no head".to_owned());
        return checked;
    };
    checked.newest = Some(newest.number);
    checked.made_at = Some(newest.made_at);
    checked.points = newest.points().len();
    for line in newest.points() {
        if !present.contains(&line.snapshot_id) && line.kept(now, &Agreed::default()).is_some() {
            let text = format!("the recovery point {} is not there", line.point_id);
            checked.faults.push(text);
        }
    }
    checked
}

fn open(store: &dyn ObjectStore, key: &NoteKey, number: u64) -> anyhow::Result<VaultHead> {
    let text = vault_head_text(store, number)?;
    let text = std::str::from_utf8(&text).context("it is no text")?;
    let head = VaultHead::open(text, key, identity::signature::is_valid)?;
    let card = RepositoryCard::from_json(&store.read(REPOSITORY_OBJECT)?)?;
    if head.number != number || head.repository_id.to_string() != card.repository_id {
        bail!("it is of another repository, or of another number");
    }
    Ok(head)
}

fn shown(all: &[Checked]) -> String {
    let mut rows = Vec::new();
    for one in all {
        let newest = one
            .newest
            .map_or_else(|| "none".to_owned(), |number| number.to_string());
        rows.push(format!(
            "{}  {}  newest head {newest}, {} heads, {} recovery points",
            if one.faults.is_empty() {
                "ok   "
            } else {
                "WRONG"
            },
            one.repository,
            one.heads,
            one.points
        ));
        rows.extend(one.faults.iter().map(|fault| format!("       {fault}")));
    }
    rows.join("\n")
}

#[cfg(test)]
mod tests {
    use domain::audit::chain::Hash;
    use domain::vault_head::HeadPoint;
    use domain::{AssetId, OrganizationId, RecoveryPointId, RepositoryId};
    use identity::signature::SigningKey;
    use serde_json::json;
    use uuid::Uuid;
    use vault::HEADS_PREFIX;
    use vault::MemoryStore;

    use super::*;

    fn at() -> Timestamp {
        "2026-06-01T00:00:00Z".parse().unwrap()
    }

    fn head(before: Option<&VaultHead>, points: u128) -> VaultHead {
        let point = |number| HeadPoint {
            point_id: RecoveryPointId::from_uuid(Uuid::from_u128(number)),
            snapshot_id: number.to_string(),
            asset_id: AssetId::from_uuid(Uuid::nil()),
            taken_at: at(),
            expires_at: None,
            locked_until: None,
            holds: BTreeSet::new(),
        };
        let of = (
            RepositoryId::from_uuid(Uuid::from_u128(7)),
            OrganizationId::from_uuid(Uuid::nil()),
        );
        let before = before.map(|head| (head.number, head.hash()));
        VaultHead::after(before, of, at(), (0..points).map(point).collect())
    }

    fn put(store: &MemoryStore, signing: &SigningKey, head: &VaultHead) {
        let key = NoteKey::new(signing.public());
        let text = head
            .signed(&key, &signing.sign(head.body().as_bytes()))
            .unwrap();
        store
            .create(&format!("{HEADS_PREFIX}{:020}", head.number), text.into())
            .unwrap();
    }

    #[test]
    fn heads_are_checked_for_signature_chain_and_what_is_there() {
        let signing = SigningKey::from_seed(&[5; 32]).unwrap();
        let key = NoteKey::new(signing.public());
        let store = MemoryStore::default();
        let repository = RepositoryId::from_uuid(Uuid::from_u128(7)).to_string();
        let card = json!({ "version": 1, "organization_id": "x", "repository_id": repository, "account_id": "1",
            "region": "eu-west-1", "asset_kind": "ebs_volume", "shard": 0 });
        store
            .create(REPOSITORY_OBJECT, card.to_string().into())
            .unwrap();
        let present: BTreeSet<String> = ["0", "1", "2"].map(str::to_owned).into();
        assert_eq!(
            check(&store, &key, &present, at()).faults,
            ["there is no head"]
        );
        let first = head(None, 2);
        let second = head(Some(&first), 3);
        put(&store, &signing, &first);
        put(&store, &signing, &second);
        let checked = check(&store, &key, &present, at());
        assert_eq!(
            (checked.faults, checked.heads, checked.points),
            (Vec::new(), 2, 3)
        );
        let less: BTreeSet<String> = ["0", "1"].map(str::to_owned).into();
        assert!(check(&store, &key, &less, at()).faults[0].contains("is not there"));
        let stranger = NoteKey::new(SigningKey::from_seed(&[6; 32]).unwrap().public());
        assert_eq!(check(&store, &stranger, &present, at()).faults.len(), 3);
        // Signed by the same key, and following another one.
        let mut other = head(Some(&second), 3);
        other.previous = Hash::START;
        put(&store, &signing, &other);
        assert!(check(&store, &key, &present, at()).faults[0].contains("does not follow"));
    }
}
