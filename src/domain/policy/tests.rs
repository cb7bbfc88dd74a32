//! Tests of drafts: which windows and proof targets fit an operation, and that operations of older rows still read.

use super::*;
use crate::proof_target::{ProofSample, ProofUnit, ProofWithin};
use crate::recovery_point::Proof;
use crate::retention::{Retention, RetentionUnit};

fn draft(every: &[Interval], hour: u8, window: Option<BackupWindow>) -> PolicyDraft {
    let frequency = |every: &Interval| Frequency {
        every: every.clone(),
        keep: Retention {
            value: 7,
            unit: RetentionUnit::Days,
        },
    };
    PolicyDraft {
        name: "Gold".to_owned(),
        description: None,
        operations: vec![OperationDraft {
            asset_kind: AssetKind::EbsVolume,
            placement: Placement::Vault,
            frequencies: every.iter().map(frequency).collect(),
            start: StartTime {
                hour,
                ..StartTime::default()
            },
            window,
            catch_up: CatchUp::Latest,
            proof: None,
            target: CopyTarget::default(),
        }],
    }
}

fn window(opens: u8, closes: Option<u8>) -> BackupWindow {
    let time = |hour| TimeOfDay { hour, minute: 0 };
    BackupWindow {
        opens: time(opens),
        closes: closes.map(time),
    }
}

fn fields(draft: &PolicyDraft) -> Vec<String> {
    let problems = draft.validate().err().unwrap_or_default();
    problems
        .iter()
        .map(|problem| problem.field.join("."))
        .collect()
}

const DAILY: Interval = Interval::Days { value: 1 };

#[test]
fn a_window_fits_what_is_due_at_most_once_a_day_and_holds_the_start() {
    let calendar = [
        DAILY,
        Interval::Weeks {
            value: 1,
            weekdays: vec![0],
        },
        Interval::Months { value: 1, day: 31 },
        Interval::Years { value: 1 },
        Interval::OnDemand,
    ];
    let night = window(22, Some(6));
    for hour in [22, 23, 0, 5] {
        assert!(fields(&draft(&calendar, hour, Some(night))).is_empty());
    }
    for hour in [6, 12, 21] {
        let problems = fields(&draft(&calendar, hour, Some(night)));
        assert_eq!(problems, ["operations.0.start"], "{hour}");
    }
    assert!(fields(&draft(&calendar, 12, Some(window(22, None)))).is_empty());
    for often in [
        Interval::Minutes { value: 999 },
        Interval::Hours { value: 24 },
    ] {
        let problems = fields(&draft(&[DAILY, often.clone()], 22, Some(night)));
        assert_eq!(problems, ["operations.0.window"], "{often:?}");
        assert!(fields(&draft(&[DAILY, often], 22, None)).is_empty());
    }
    let problems = fields(&draft(&[DAILY], 22, Some(window(22, Some(22)))));
    assert_eq!(problems, ["operations.0.window.closes"]);
}

#[test]
fn only_copies_in_the_vault_promise_a_proof() {
    let mut draft = draft(&[DAILY], 0, None);
    draft.operations[0].proof = Some(ProofTarget {
        level: Proof::ContentMatches,
        within: ProofWithin {
            value: 1,
            unit: ProofUnit::Weeks,
        },
        sample: ProofSample::Every,
    });
    assert!(fields(&draft).is_empty());
    draft.operations[0].placement = Placement::InAccount;
    assert_eq!(fields(&draft), ["operations.0.proof"]);
}

#[test]
fn every_frequency_of_the_archive_tier_keeps_for_as_long_as_aws_bills() {
    let mut draft = draft(&[DAILY, Interval::Years { value: 1 }], 0, None);
    let operation = &mut draft.operations[0];
    operation.placement = Placement::InAccount;
    operation.target.tier = crate::copy_target::StorageTier::Archive;
    operation.frequencies[1].keep = Retention {
        value: 1,
        unit: RetentionUnit::Years,
    };
    assert_eq!(fields(&draft), ["operations.0.frequencies.0.keep"]);
    draft.operations[0].frequencies.remove(0);
    assert!(fields(&draft).is_empty());
    draft.operations[0].target.region = Some("nowhere".to_owned());
    assert_eq!(fields(&draft), ["operations.0.targetRegion"]);
}

#[test]
fn an_operation_from_before_windows_still_reads() {
    let row = serde_json::json!({
        "id": PolicyOperationId::from_uuid(uuid::Uuid::nil()),
        "asset_kind": "ebs_volume",
        "placement": "vault",
        "frequencies": [{
            "every": { "unit": "days", "value": 1 },
            "keep": { "value": 30, "unit": "days" },
        }],
        "start": { "hour": 1, "minute": 30, "zone": "Europe/Berlin" },
    });
    let operation: PolicyOperation = serde_json::from_value(row).unwrap();
    assert_eq!(operation.window, None);
    assert_eq!(operation.catch_up, CatchUp::Latest);
    assert_eq!(operation.proof, None);
    assert_eq!(operation.target, CopyTarget::default());
    let full = PolicyOperation {
        window: Some(window(22, Some(6))),
        catch_up: CatchUp::None,
        ..operation
    };
    let row = serde_json::to_value(&full).unwrap();
    assert_eq!(
        serde_json::from_value::<PolicyOperation>(row).unwrap(),
        full
    );
}
