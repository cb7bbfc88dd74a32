//! Custom scalars: times, large numbers and AWS names.
//!
//! Not for ids (`node.rs`). Invariant: what a scalar prints it also reads, and nothing else becomes a value of it.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enums are async-graphql's; every other kind is treated alike"
)]

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use domain::clock::whole_microseconds;

/// Longest ARN, in characters (AWS: IAM allows 2,048, all others less).
const ARN_LENGTH_MAX: usize = 2_048;

/// A point in time, RFC 3339, always written in UTC; at most microseconds are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateTime(pub(crate) jiff::Timestamp);

/// A point in time, RFC 3339, always written in UTC; at most microseconds are kept.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        text.parse()
            .map(|at| Self(whole_microseconds(at)))
            .map_err(|_invalid| {
                InputValueError::custom("This is not a time such as 2026-11-22T09:30:00Z.")
            })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

impl From<jiff::Timestamp> for DateTime {
    fn from(at: jiff::Timestamp) -> Self {
        Self(at)
    }
}

/// A whole number of up to 64 bits without sign, as a decimal string: byte counts pass 2^53, where JSON numbers end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BigInt(pub(crate) u64);

/// A whole number of up to 64 bits without sign, as a decimal string: byte counts pass 2^53, where JSON numbers end.
#[Scalar]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                text.parse().ok()
            }
            Value::Number(number) => number.as_u64(),
            Value::Null
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_)
            | Value::List(_)
            | Value::Object(_) => None,
        };
        number
            .map(Self)
            .ok_or_else(|| InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// The number of an AWS account: 12 digits, as a string because of leading zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AwsAccountId(pub(crate) String);

/// The number of an AWS account: 12 digits, as a string because of leading zeros.
#[Scalar]
impl ScalarType for AwsAccountId {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if domain::aws_account::is_account_id(&text) => Ok(Self(text)),
            Value::String(_) => Err(InputValueError::custom(
                "The number of an AWS account has 12 digits.",
            )),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// An Amazon Resource Name, such as `arn:aws:iam::123456789012:role/Backup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arn(pub(crate) String);

/// An Amazon Resource Name, such as `arn:aws:iam::123456789012:role/Backup`.
#[Scalar]
impl ScalarType for Arn {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if is_arn(&text) => Ok(Self(text)),
            Value::String(_) => Err(InputValueError::custom(
                "An ARN has the form arn:partition:service:region:account:resource.",
            )),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    text.len() <= ARN_LENGTH_MAX
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && parts.len() == 6
        && parts.first() == Some(&"arn")
        && parts.get(1).is_some_and(|part| part.starts_with("aws"))
        && parts.get(2).is_some_and(|part| !part.is_empty())
        && parts.last().is_some_and(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_is_read_with_any_offset_and_written_in_utc() {
        let parsed = DateTime::parse("2026-11-22T10:30:00.123456789+01:00".into()).unwrap();
        assert_eq!(
            parsed.to_value(),
            Value::from("2026-11-22T09:30:00.123456Z")
        );
        for text in ["", "2026-11-22", "yesterday", "2026-13-01T00:00:00Z"] {
            assert!(DateTime::parse(text.into()).is_err(), "{text}");
        }
        assert!(DateTime::parse(Value::from(5)).is_err());
    }

    #[test]
    fn large_numbers_survive_as_text() {
        for number in [0, 1 << 53, u64::MAX] {
            let value = BigInt(number).to_value();
            assert_eq!(value, Value::String(number.to_string()));
            assert_eq!(BigInt::parse(value).unwrap(), BigInt(number));
        }
        for bad in ["", "-1", "+1", "1.5", "18446744073709551616"] {
            assert!(BigInt::parse(bad.into()).is_err(), "{bad}");
        }
    }

    #[test]
    fn arns_and_account_numbers_are_told_from_other_text() {
        assert!(Arn::parse("arn:aws:iam::123456789012:role/Backup".into()).is_ok());
        assert!(Arn::parse("arn:aws-us-gov:s3:::bucket/a:b".into()).is_ok());
        for bad in [
            "",
            "arn",
            "arn:aws:iam::1",
            "arn:gcp:iam::1:x",
            "arn:aws::::",
            "arn:aws:s3:::a b",
        ] {
            assert!(Arn::parse(bad.into()).is_err(), "{bad}");
        }
        assert!(AwsAccountId::parse("000123456789".into()).is_ok());
        assert!(AwsAccountId::parse("12345678901".into()).is_err());
        assert!(AwsAccountId::parse(Value::from(123_456_789_012_u64)).is_err());
    }

    proptest! {
        #[test]
        fn what_a_scalar_reads_it_prints_and_reads_again(
            text in "\\PC{0,40}|[0-9]{0,22}|arn:aws[a-z-]{0,8}:[a-z]{0,4}:[a-z0-9-]{0,10}:[0-9]{0,12}:[a-zA-Z/:* ]{0,10}|[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,10})?(Z|[+-][0-2][0-9]:[0-5][0-9])",
        ) {
            let value = Value::from(text.as_str());
            if let Ok(at) = DateTime::parse(value.clone()) {
                prop_assert_eq!(DateTime::parse(at.to_value()).unwrap(), at);
            }
            if let Ok(number) = BigInt::parse(value.clone()) {
                prop_assert_eq!(BigInt::parse(number.to_value()).unwrap(), number);
            }
            if let Ok(arn) = Arn::parse(value.clone()) {
                prop_assert_eq!(arn.to_value(), value.clone());
                prop_assert_eq!(text.matches(' ').count(), 0);
            }
            if let Ok(account) = AwsAccountId::parse(value.clone()) {
                prop_assert_eq!(account.to_value(), value);
            }
        }
    }
}
