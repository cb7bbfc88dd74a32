//! Conditions of rules: from the wire to `domain` and back.
//!
//! Not for checking them (`domain`). Invariant: what a rule shows is what can be sent back: the same names, exactly one of which has a
//! value. A document that asks for all members of a tree grows threefold with each level, so a rule also has its tree in one piece
//! ([`as_input`]).

use async_graphql::{ID, InputObject, InputType as _, OneofObject, SimpleObject};
use domain::condition::Condition;
use domain::{AwsAccountKey, OrganizationalUnitId};

use crate::enums::AssetKind;
use crate::node::parse;
use crate::user::IntoId;

/// When a rule applies to an asset: exactly one test or group. Texts compare letter by letter, as AWS compares tags.
#[derive(Debug, OneofObject)]
pub(crate) enum RuleConditionInput {
    /// Its kind is one of these.
    AssetKind(Vec<AssetKind>),
    /// It lies in one of these linked AWS accounts.
    AwsAccount(Vec<ID>),
    /// It lies in one of these regions.
    Region(Vec<String>),
    /// It lies in one of these organizational units or below one.
    OrganizationalUnit(Vec<ID>),
    /// Its name is one of these.
    Name(Vec<String>),
    /// Its name contains this text.
    NameContains(String),
    /// It has a tag with this key, whatever the value.
    HasTag(String),
    /// It has at least one of these tags.
    AnyTag(Vec<TagPairInput>),
    /// It has all of these tags.
    AllTags(Vec<TagPairInput>),
    /// It has a tag with this key whose value contains this text.
    TagContains(TagPairInput),
    /// All of these hold.
    AllOf(Vec<Self>),
    /// At least one of these holds.
    AnyOf(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
}

/// A tag that a rule looks for.
#[derive(Debug, InputObject)]
pub(crate) struct TagPairInput {
    /// Key of the tag, 1 to 128 characters.
    key: String,
    /// Value of the tag, or a part of it, up to 256 characters.
    value: String,
}

/// When a rule applies to an asset; exactly one member has a value, the others are null. Groups nest up to 8 levels.
#[derive(Debug, Default, SimpleObject)]
pub(crate) struct RuleCondition {
    /// Its kind is one of these.
    asset_kind: Option<Vec<AssetKind>>,
    /// It lies in one of these linked AWS accounts.
    aws_account: Option<Vec<ID>>,
    /// It lies in one of these regions.
    region: Option<Vec<String>>,
    /// It lies in one of these organizational units or below one.
    organizational_unit: Option<Vec<ID>>,
    /// Its name is one of these.
    name: Option<Vec<String>>,
    /// Its name contains this text.
    name_contains: Option<String>,
    /// It has a tag with this key, whatever the value.
    has_tag: Option<String>,
    /// It has at least one of these tags.
    any_tag: Option<Vec<TagPair>>,
    /// It has all of these tags.
    all_tags: Option<Vec<TagPair>>,
    /// It has a tag with this key whose value contains this text.
    tag_contains: Option<TagPair>,
    /// All of these hold.
    all_of: Option<Vec<Self>>,
    /// At least one of these holds.
    any_of: Option<Vec<Self>>,
    /// This does not hold.
    not: Option<Box<Self>>,
}

/// A tag that a rule looks for.
#[derive(Debug, SimpleObject)]
pub(crate) struct TagPair {
    /// Key of the tag.
    key: String,
    /// Value of the tag, or a part of it.
    value: String,
}

impl From<RuleConditionInput> for Condition {
    fn from(input: RuleConditionInput) -> Self {
        use RuleConditionInput as Input;
        let all = |inner: Vec<Input>| inner.into_iter().map(Self::from).collect();
        let pairs = |pairs: Vec<TagPairInput>| pairs.into_iter().map(Into::into).collect();
        match input {
            Input::AssetKind(kinds) => Self::Kind(kinds.into_iter().map(Into::into).collect()),
            // A malformed id becomes one that nobody has, so that it is refused as an unknown one is, at the same place.
            Input::AwsAccount(ids) => {
                let nobodys = AwsAccountKey::from_uuid(uuid::Uuid::nil());
                Self::Account(ids.iter().map(|id| parse(id).unwrap_or(nobodys)).collect())
            }
            Input::OrganizationalUnit(ids) => {
                let nobodys = OrganizationalUnitId::from_uuid(uuid::Uuid::nil());
                Self::Unit(ids.iter().map(|id| parse(id).unwrap_or(nobodys)).collect())
            }
            Input::Region(regions) => Self::Region(regions.into_iter().collect()),
            Input::Name(names) => Self::Name(names.into_iter().collect()),
            Input::NameContains(part) => Self::NameContains(part),
            Input::HasTag(key) => Self::HasTag(key),
            Input::AnyTag(tags) => Self::AnyTag(pairs(tags)),
            Input::AllTags(tags) => Self::AllTags(pairs(tags)),
            Input::TagContains(pair) => Self::TagContains(pair.into()),
            Input::AllOf(inner) => Self::AllOf(all(inner)),
            Input::AnyOf(inner) => Self::AnyOf(all(inner)),
            Input::Not(inner) => Self::Not(Box::new((*inner).into())),
        }
    }
}

/// The condition as the value of a variable of type `RuleConditionInput`.
pub(crate) fn as_input(condition: &Condition) -> serde_json::Value {
    let value = RuleConditionInput::from(condition.clone()).to_value();
    value.into_json().unwrap_or_default()
}

impl From<Condition> for RuleConditionInput {
    fn from(condition: Condition) -> Self {
        let all = |inner: Vec<Condition>| inner.into_iter().map(Self::from).collect();
        let pair = |pair: domain::condition::TagPair| TagPairInput {
            key: pair.key,
            value: pair.value,
        };
        match condition {
            Condition::Kind(kinds) => Self::AssetKind(kinds.into_iter().map(Into::into).collect()),
            Condition::Account(ids) => {
                Self::AwsAccount(ids.into_iter().map(IntoId::into_id).collect())
            }
            Condition::Unit(ids) => {
                Self::OrganizationalUnit(ids.into_iter().map(IntoId::into_id).collect())
            }
            Condition::Region(regions) => Self::Region(regions.into_iter().collect()),
            Condition::Name(names) => Self::Name(names.into_iter().collect()),
            Condition::NameContains(part) => Self::NameContains(part),
            Condition::HasTag(key) => Self::HasTag(key),
            Condition::AnyTag(tags) => Self::AnyTag(tags.into_iter().map(pair).collect()),
            Condition::AllTags(tags) => Self::AllTags(tags.into_iter().map(pair).collect()),
            Condition::TagContains(tag) => Self::TagContains(pair(tag)),
            Condition::AllOf(inner) => Self::AllOf(all(inner)),
            Condition::AnyOf(inner) => Self::AnyOf(all(inner)),
            Condition::Not(inner) => Self::Not(Box::new((*inner).into())),
        }
    }
}

impl From<TagPairInput> for domain::condition::TagPair {
    fn from(TagPairInput { key, value }: TagPairInput) -> Self {
        Self { key, value }
    }
}

impl From<domain::condition::TagPair> for TagPair {
    fn from(pair: domain::condition::TagPair) -> Self {
        let domain::condition::TagPair { key, value } = pair;
        Self { key, value }
    }
}

impl From<Condition> for RuleCondition {
    fn from(condition: Condition) -> Self {
        let none = Self::default();
        let all = |inner: Vec<Condition>| Some(inner.into_iter().map(Self::from).collect());
        match condition {
            Condition::Kind(kinds) => Self {
                asset_kind: Some(kinds.into_iter().map(Into::into).collect()),
                ..none
            },
            Condition::Account(ids) => Self {
                aws_account: Some(ids.into_iter().map(IntoId::into_id).collect()),
                ..none
            },
            Condition::Region(regions) => Self {
                region: Some(regions.into_iter().collect()),
                ..none
            },
            Condition::Unit(ids) => Self {
                organizational_unit: Some(ids.into_iter().map(IntoId::into_id).collect()),
                ..none
            },
            Condition::Name(names) => Self {
                name: Some(names.into_iter().collect()),
                ..none
            },
            Condition::NameContains(part) => Self {
                name_contains: Some(part),
                ..none
            },
            Condition::HasTag(key) => Self {
                has_tag: Some(key),
                ..none
            },
            Condition::AnyTag(pairs) => Self {
                any_tag: Some(pairs.into_iter().map(Into::into).collect()),
                ..none
            },
            Condition::AllTags(pairs) => Self {
                all_tags: Some(pairs.into_iter().map(Into::into).collect()),
                ..none
            },
            Condition::TagContains(pair) => Self {
                tag_contains: Some(pair.into()),
                ..none
            },
            Condition::AllOf(inner) => Self {
                all_of: all(inner),
                ..none
            },
            Condition::AnyOf(inner) => Self {
                any_of: all(inner),
                ..none
            },
            Condition::Not(inner) => Self {
                not: Some(Box::new((*inner).into())),
                ..none
            },
        }
    }
}
