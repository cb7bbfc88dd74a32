//! A signed address of a call, for AWS to make it itself: how one region is told that it may read in another.
//!
//! Not for calls of our own. Invariant: the address is good for one call, and for minutes only.

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use aws_types::SdkConfig;

use super::{Form, QueryService};
use crate::error::{AwsError, ErrorClass};
use crate::sdk::call::Call;
use crate::sdk::failure::from_chain;
use crate::sdk::incomplete;

/// How long the address is good: AWS uses it at once, and the clocks of both sides may differ.
const GOOD_FOR: Duration = Duration::from_mins(15);

/// The address of a call at `endpoint` in `region`, signed with the credentials of `config`.
pub(crate) async fn url(
    config: &SdkConfig,
    service: QueryService,
    (region, endpoint): (&str, &str),
    (call, form): (&Call, &Form),
) -> Result<String, AwsError> {
    let provider = config
        .credentials_provider()
        .ok_or_else(|| incomplete(call, "credentials"))?;
    let credentials = provider
        .provide_credentials()
        .await
        .map_err(|error| from_chain(call, &error, false))?;
    let identity = credentials.into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(GOOD_FOR);
    let faulty = |error: &dyn std::error::Error| {
        let message = format!("the call cannot be signed: {error}");
        AwsError::new(ErrorClass::Other, call.service, call.operation, message)
    };
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service.name)
        .time(config.time_source().unwrap_or_default().now())
        .settings(settings)
        .build()
        .map_err(|error| faulty(&error))?
        .into();
    let query = form.encode(call, service.version);
    let url = format!("{}/?{query}", endpoint.trim_end_matches('/'));
    let none = std::iter::empty();
    let request = SignableRequest::new("GET", url.as_str(), none, SignableBody::empty())
        .map_err(|error| faulty(&error))?;
    let signed = sign(request, &params).map_err(|error| faulty(&error))?;
    let (instructions, _signature) = signed.into_parts();
    let mut signed = form_urlencoded::Serializer::new(url);
    // The address has its question mark already.
    signed.extend_pairs(instructions.params());
    Ok(signed.finish())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;

    use super::*;
    use crate::sdk::call::COPY_SNAPSHOT;

    #[tokio::test]
    async fn an_address_says_what_may_be_done_where_and_by_whom() {
        let keys = Credentials::new("AKIDEXAMPLE", "secret", Some("to/ken+=".into()), None, "t");
        let config = SdkConfig::builder()
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .build();
        let form = Form::default()
            .set("SourceRegion", "eu-west-1")
            .set("SourceSnapshotId", "snap-1");
        let service = QueryService {
            name: "ec2",
            id: "EC2",
            version: "2016-11-15",
        };
        let place = ("eu-west-1", "https://ec2.eu-west-1.amazonaws.com/");
        let url = url(&config, service, place, (&COPY_SNAPSHOT, &form))
            .await
            .unwrap();
        let (before, query) = url.split_once('?').unwrap();
        assert_eq!(before, "https://ec2.eu-west-1.amazonaws.com/");
        let query: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        assert_eq!(query["Action"], "CopySnapshot");
        assert_eq!(query["SourceSnapshotId"], "snap-1");
        assert_eq!(query["X-Amz-Expires"], "900");
        assert_eq!(query["X-Amz-Security-Token"], "to/ken+=");
        assert!(query["X-Amz-Credential"].starts_with("AKIDEXAMPLE/"));
        assert!(query["X-Amz-Credential"].ends_with("/eu-west-1/ec2/aws4_request"));
        assert_eq!(query["X-Amz-Signature"].len(), 64);
        assert!(!url.contains("secret"));
    }
}
