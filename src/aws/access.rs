//! How an account and its endpoints are reached.
//!
//! Not for doing it (`sdk`). Invariant: a secret is visible to nobody who prints or logs these types; it is written
//! down only by serialising them on purpose.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

/// How an account is reached.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AwsAccess {
    /// With the credentials of this installation as they are; for the vault's own bucket and keys.
    Own,
    /// By a role that trusts this installation and demands the external id.
    AssumeRole {
        /// ARN of the role.
        role_arn: String,
        /// The external id; made by us, never empty.
        external_id: String,
    },
    /// By access keys, for stand-ins of AWS that know no roles.
    StaticKeys {
        /// The access key id.
        access_key_id: String,
        /// The secret. Serialising writes it in clear: seal the result.
        #[serde(serialize_with = "expose")]
        secret_access_key: SecretString,
    },
}

/// Where the credentials of this installation come from.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BaseCredentials {
    /// The SDK's default chain: environment, profile, web identity, container, instance role.
    #[default]
    Environment,
    /// A profile of the AWS configuration files.
    Profile {
        /// Its name.
        name: String,
    },
    /// Access keys from the configuration.
    StaticKeys {
        /// The access key id.
        access_key_id: String,
        /// The secret. Serialising writes it in clear.
        #[serde(serialize_with = "expose")]
        secret_access_key: SecretString,
    },
}

fn expose<S: Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose_secret())
}

/// Where AWS is, when it is not at its public addresses: a stand-in, a private cloud, a VPC endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointConfig {
    /// Endpoint of every service, such as `http://127.0.0.1:4566`.
    pub url: Option<String>,
    /// Endpoints of single services, by their signing name (`ec2`, `ebs`, `kms`, `sts`, `s3`); win over `url`.
    pub services: BTreeMap<String, String>,
    /// Whether S3 buckets are named in the path and not in the host name.
    pub path_style_s3: bool,
}

impl EndpointConfig {
    /// Everything at one address, as stand-ins want it.
    pub fn everything_at(url: impl Into<String>) -> Self {
        Self {
            url: Some(url.into()),
            services: BTreeMap::new(),
            path_style_s3: true,
        }
    }

    /// The override for a service, if any.
    #[must_use]
    pub fn of(&self, service: &str) -> Option<&str> {
        self.services
            .get(service)
            .or(self.url.as_ref())
            .map(String::as_str)
    }
}

/// A place in S3 for a vault repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectStoreConfig {
    /// The bucket.
    pub bucket: String,
    /// Key prefix without a slash at its end; empty for the bucket's root.
    pub prefix: String,
    /// The bucket's region.
    pub region: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_an_access_shows_no_secret() {
        let access = AwsAccess::StaticKeys {
            access_key_id: "111111111111".into(),
            secret_access_key: "hunter2".to_owned().into(),
        };
        assert!(!format!("{access:?}").contains("hunter2"));
        let base = BaseCredentials::StaticKeys {
            access_key_id: "111111111111".into(),
            secret_access_key: "hunter2".to_owned().into(),
        };
        assert!(!format!("{base:?}").contains("hunter2"));
    }

    #[test]
    fn an_access_survives_the_round_trip_through_json() {
        let text = r#"{"kind":"static_keys","access_key_id":"1","secret_access_key":"s"}"#;
        let access: AwsAccess = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&access).unwrap(), text);
    }

    #[test]
    fn an_endpoint_of_one_service_wins_over_the_common_one() {
        let mut endpoints = EndpointConfig::everything_at("http://a");
        endpoints.services.insert("s3".into(), "http://b".into());
        assert_eq!(endpoints.of("s3"), Some("http://b"));
        assert_eq!(endpoints.of("ec2"), Some("http://a"));
        assert_eq!(EndpointConfig::default().of("ec2"), None);
    }
}
