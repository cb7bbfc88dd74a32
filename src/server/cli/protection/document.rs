//! The document of policies as code: what a file may say, in the names of the API.
//!
//! Not for what it means (the server decides) and not for values that the server checks. Invariant: the document says what
//! `ProtectionDraftInput` of the schema can say, no more and no less (a test compares them), so it is sent as it is.

use std::path::Path;

use anyhow::Context as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest file that is read, in bytes: the server takes no larger request.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// Policies and protection rules of an organization, for `holdfast apply`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Document {
    /// Whether the policies and rules that are not named here are removed. Otherwise they stay as they are.
    #[serde(default)]
    pub(crate) is_complete: bool,
    /// Policies as they shall be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) policies: Vec<Policy>,
    /// Rules as they shall be. In a complete document they are tried in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rules: Vec<Rule>,
    /// Names or identifiers of policies that shall go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed_policies: Vec<String>,
    /// Names or identifiers of rules that shall go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) removed_rules: Vec<String>,
    /// The order in which rules are tried: their names or identifiers, `DIRECT_ASSIGNMENTS` for policies that were chosen by hand,
    /// and `CHILD_UNITS` for the rules of units below. What is not named keeps its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rule_order: Option<Vec<String>>,
}

/// A policy as it shall be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Policy {
    /// Which policy; the one of this name, or a new one, when absent. Needed only to change a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// Unique in the organization.
    #[schemars(length(min = 1, max = 100))]
    pub(crate) name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub(crate) description: Option<String>,
    /// Whether its schedules fire; as it is when absent, and those of a new policy do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) is_active: Option<bool>,
    /// The unit of a new policy; your topmost one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) organizational_unit_id: Option<String>,
    /// What it does, one entry per kind of asset and place of the copy.
    #[schemars(length(min = 1, max = 20))]
    pub(crate) operations: Vec<Operation>,
}

/// One thing that a policy does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Operation {
    /// For which assets.
    pub(crate) asset_kind: AssetKind,
    /// Where the copies go; the vault when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) placement: Option<Placement>,
    /// For snapshots in the account: the region into which they are copied, such as `eu-central-1`; that of the asset when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target_region: Option<String>,
    /// For snapshots in the account: the storage tier in which they are kept; `STANDARD` when absent. `ARCHIVE` needs frequencies that
    /// keep for 90 days or longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) storage_tier: Option<StorageTier>,
    /// How often, and how long each copy is kept.
    #[schemars(length(min = 1, max = 10))]
    pub(crate) frequencies: Vec<Frequency>,
    /// Time of day and time zone at which the frequencies count; midnight in UTC when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<Start>,
    /// Between which times of day runs may work; any time when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) window: Option<Window>,
    /// What becomes of runs whose time has passed while nothing could start them; `LATEST` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) catch_up: Option<CatchUp>,
    /// How far and by when its recovery points must be proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proof: Option<ProofTarget>,
}

/// One frequency and how long its copies are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Frequency {
    /// How often.
    pub(crate) every: Interval,
    /// How long each copy is kept.
    pub(crate) keep: Retention,
}

/// Distance between two runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Interval {
    /// How many units; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 999))]
    pub(crate) value: Option<u32>,
    /// Which unit.
    pub(crate) unit: IntervalUnit,
    /// For weeks: on which days; Monday when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) weekdays: Option<Vec<Weekday>>,
    /// For months: on which day, in shorter months the last one; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31))]
    pub(crate) day_of_month: Option<u8>,
}

/// How long a recovery point is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Retention {
    /// How many units.
    #[schemars(range(min = 1, max = 999))]
    pub(crate) value: u32,
    /// Which unit.
    pub(crate) unit: RetentionUnit,
}

/// Time of day and time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Start {
    /// Local hour; that of the opening of the window, else midnight, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 23))]
    pub(crate) hour: Option<u8>,
    /// Local minute; that of the opening of the window when the hour is absent, too, else 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 59))]
    pub(crate) minute: Option<u8>,
    /// IANA name of the time zone, such as `Europe/Berlin`; UTC when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) zone: Option<String>,
}

/// Between which times of day runs may work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Window {
    /// When it opens.
    pub(crate) opens: TimeOfDay,
    /// When it closes, on the next day when that is earlier; open end when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) closes: Option<TimeOfDay>,
}

/// A time of day in the time zone of the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TimeOfDay {
    /// Hour.
    #[schemars(range(max = 23))]
    pub(crate) hour: u8,
    /// Minute; 0 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 59))]
    pub(crate) minute: Option<u8>,
}

/// What a policy promises about the proof of its recovery points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProofTarget {
    /// The least that counts.
    pub(crate) level: Proof,
    /// By when, counted from the time that the recovery point shows.
    pub(crate) within: ProofWithin,
    /// Which recovery points; every one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sample: Option<ProofSample>,
}

/// Time in which a recovery point must be proven.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProofWithin {
    /// How many units.
    #[schemars(range(min = 1, max = 999))]
    pub(crate) value: u32,
    /// Which unit.
    pub(crate) unit: ProofUnit,
}

/// Which recovery points must be proven.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProofSample {
    /// How they are chosen.
    pub(crate) kind: ProofSampleKind,
    /// How many in a hundred, for `PERCENT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 99))]
    pub(crate) percent: Option<u8>,
}

/// A rule as it shall be: assets for which the condition holds get the policy, unless an earlier entry has decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rule {
    /// Which rule; the one of this name, or a new one, when absent. Needed only to change a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// Unique in the organization.
    #[schemars(length(min = 1, max = 100))]
    pub(crate) name: String,
    /// The policy that it gives: name or identifier, also of one in this document.
    pub(crate) policy: String,
    /// Whether it is tried; as it is when absent, and a new rule is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) is_active: Option<bool>,
    /// The unit of a new rule; your topmost one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) organizational_unit_id: Option<String>,
    /// For which assets.
    pub(crate) condition: Condition,
}

/// A test of an asset, or tests together: exactly one of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Condition {
    /// All of these hold.
    AllOf(Vec<Self>),
    /// At least one of these holds.
    AnyOf(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// It is of one of these kinds.
    AssetKind(Vec<AssetKind>),
    /// It lies in one of these linked accounts, by their identifiers.
    AwsAccount(Vec<String>),
    /// It lies in one of these regions, such as `eu-west-1`.
    Region(Vec<String>),
    /// It lies in one of these organizational units or below, by their identifiers.
    OrganizationalUnit(Vec<String>),
    /// Its name is one of these.
    Name(Vec<String>),
    /// Its name contains this.
    NameContains(String),
    /// It has a tag with this key.
    HasTag(String),
    /// It has at least one of these tags.
    AnyTag(Vec<Tag>),
    /// It has all of these tags.
    AllTags(Vec<Tag>),
    /// It has a tag with this key whose value contains this.
    TagContains(Tag),
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Tag {
    /// Its key.
    pub(crate) key: String,
    /// Its value.
    pub(crate) value: String,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $($value:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub(crate) enum $name {
            $($value),*
        }
    )*};
}

names! {
    /// Kind of asset.
    AssetKind { EbsVolume, Ec2Instance }
    /// Where copies go.
    Placement { Vault, InAccount }
    /// Storage tier of snapshots in the account.
    StorageTier { Standard, Archive }
    /// Unit of an interval.
    IntervalUnit { Minute, Hour, Day, Week, Month, Year, OnDemand }
    /// Unit of a retention.
    RetentionUnit { Day, Week, Month, Year }
    /// Day of the week.
    Weekday { Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday }
    /// What becomes of runs whose time has passed.
    CatchUp { Latest, None }
    /// How far a recovery point is proven.
    Proof { None, ChecksumsMatch, Restored, ContentMatches }
    /// Unit of a time to prove.
    ProofUnit { Hour, Day, Week, Month }
    /// How recovery points are chosen.
    ProofSampleKind { Every, Latest, Percent }
}

impl Document {
    /// Reads the file; `-` is standard input.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        use std::io::Read as _;
        let name = path.display().to_string();
        let mut text = String::new();
        let source: Box<dyn std::io::Read> = if name == "-" {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(std::fs::File::open(path).with_context(|| name.clone())?)
        };
        let mut source = source.take(FILE_BYTES_MAX + 1);
        source
            .read_to_string(&mut text)
            .with_context(|| name.clone())?;
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        anyhow::ensure!(
            size <= FILE_BYTES_MAX,
            "{name}: a document has at most {FILE_BYTES_MAX} bytes; apply several that are not complete"
        );
        Self::parse(&text).with_context(|| name)
    }

    /// Reads a text; an error says line, column and what is allowed there.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        serde_saphyr::from_str(text).map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// As a file, with the line that tells editors of the schema.
    pub(crate) fn write(&self) -> anyhow::Result<String> {
        let text = serde_saphyr::to_string(self)?;
        Ok(format!("{HEADER}{text}"))
    }

    /// The JSON schema of a document, for editors: `schema/protection.schema.json`.
    pub(crate) fn json_schema() -> serde_json::Result<String> {
        let mut schema = serde_json::to_value(schemars::schema_for!(Self))?;
        // Whether maps keep their order is for the features of other crates to say; the file shall not differ by it.
        schema.sort_all_objects();
        serde_json::to_string_pretty(&schema).map(|text| text + "\n")
    }
}

/// Editors with a YAML language server read it.
const HEADER: &str = "# yaml-language-server: $schema=protection.schema.json\n";

#[cfg(test)]
mod tests;
