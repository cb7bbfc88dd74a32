//! Section `[aws]`.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::Faults;

/// Access to AWS.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsConfig {
    /// Access key id with which roles are assumed.
    pub access_key_id: Option<String>,
    /// Its secret.
    #[schemars(with = "Option<String>")]
    pub secret_access_key: Option<SecretString>,
    /// Region for calls that belong to no region.
    pub region: String,
    /// An endpoint for all services instead of AWS's own.
    pub endpoint_url: Option<String>,
    /// Whether accounts may be linked by access keys.
    pub static_keys_allowed: bool,
}

impl AwsConfig {
    pub(super) fn validate(&self, faults: &mut Faults) {
        let pair = self.access_key_id.is_some() == self.secret_access_key.is_some();
        faults.check(
            pair,
            "aws.secret_access_key",
            "give access_key_id and secret_access_key both, or neither",
        );
        let named = domain::aws_account::is_region_name(&self.region);
        faults.check(named, "aws.region", "name a region such as us-east-1");
        check_endpoint(faults, "aws.endpoint_url", self.endpoint_url.as_deref());
    }
}

pub(super) fn check_endpoint(faults: &mut Faults, key: &str, url: Option<&str>) {
    let sound = url.is_none_or(|url| url.starts_with("http://") || url.starts_with("https://"));
    faults.check(sound, key, "begin with http:// or https://");
}
