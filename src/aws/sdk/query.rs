//! The AWS Query protocol over the SDK's own runtime, for services whose SDK crate is too large to compile
//! (docs/decisions/0001-ec2-without-its-sdk.md).
//!
//! Not for what a call means (`ec2`). Invariant: signing, credentials, retries, time-outs and clock skew are the SDK's;
//! ours is only the form that goes out and the XML that comes back.

pub(crate) mod presign;

use std::fmt::{self, Display};

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::http::connection_poisoning::ConnectionPoisoningInterceptor;
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::call::Call;
use super::failure::from_sdk;
use crate::error::{AwsError, ErrorClass};

/// A service that speaks the Query protocol.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryService {
    /// Signing name, which is also the first part of its host name.
    pub(crate) name: &'static str,
    /// Name in the user agent.
    pub(crate) id: &'static str,
    /// Version of its API.
    pub(crate) version: &'static str,
}

/// A client of one Query service in one region of one account.
#[derive(Debug, Clone)]
pub(crate) struct QueryClient {
    service: QueryService,
    operation: Operation<String, String, QueryFault>,
    once: Operation<String, String, QueryFault>,
}

/// The parameters of a call, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Adds a parameter.
    pub(crate) fn set(mut self, name: impl Into<String>, value: impl Display) -> Self {
        self.0.push((name.into(), value.to_string()));
        self
    }

    /// Adds a parameter when there is a value.
    pub(crate) fn set_some(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    fn encode(&self, call: &Call, version: &str) -> String {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("Action", call.operation);
        body.append_pair("Version", version);
        body.extend_pairs(&self.0);
        body.finish()
    }
}

impl QueryClient {
    /// A client with the credentials, HTTP client, retries and time-outs of `config`; `partition` keeps its retry
    /// budget apart from that of other accounts.
    pub(crate) fn new(
        service: QueryService,
        config: &SdkConfig,
        endpoint: &str,
        partition: String,
    ) -> Self {
        let again = begin(service, config, endpoint, partition.clone())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<QueryFault>::new());
        Self {
            service,
            operation: again.build(),
            once: begin(service, config, endpoint, partition).build(),
        }
    }

    /// Makes a call and reads its answer. The SDK tries again whenever that may help.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        call: &Call,
        form: &Form,
    ) -> Result<T, AwsError> {
        self.invoke(&self.operation, call, form).await
    }

    /// As `send`, for calls without a client token: tried again only after answers that prove that nothing was done
    /// (throttling, a wrong clock), never after a lost answer.
    pub(crate) async fn send_once<T: DeserializeOwned>(
        &self,
        call: &Call,
        form: &Form,
    ) -> Result<T, AwsError> {
        self.invoke(&self.once, call, form).await
    }

    async fn invoke<T: DeserializeOwned>(
        &self,
        operation: &Operation<String, String, QueryFault>,
        call: &Call,
        form: &Form,
    ) -> Result<T, AwsError> {
        let text = operation
            .invoke(form.encode(call, self.service.version))
            .await
            .map_err(|error| from_sdk(call, &error))?;
        quick_xml::de::from_str(&text).map_err(|error| {
            AwsError::new(
                ErrorClass::Other,
                call.service,
                call.operation,
                format!("the answer is not as documented: {error}"),
            )
        })
    }
}

type Unbuilt = OperationBuilder<String, String, QueryFault>;

fn begin(service: QueryService, config: &SdkConfig, endpoint: &str, partition: String) -> Unbuilt {
    let mut builder = Operation::builder()
        .service_name(service.id)
        .operation_name("Query")
        .endpoint_url(endpoint)
        .serializer(request)
        .deserializer(answer)
        .retry_classifier(AwsErrorCodeClassifier::<QueryFault>::new())
        .retry_classifier(ServiceClockSkewClassifier::<QueryFault>::new())
        .interceptor(ConnectionPoisoningInterceptor::new())
        .interceptor(ServiceClockSkewInterceptor::new())
        .interceptor(RequestInfoInterceptor::new())
        .interceptor(UserAgentInterceptor::new())
        .interceptor(InvocationIdInterceptor::new())
        .interceptor(RecursionDetectionInterceptor::new())
        .runtime_plugin(signing(service, config, partition));
    if let Some(retries) = config.retry_config() {
        builder = builder.standard_retry(retries);
    }
    let timeouts = config.timeout_config().cloned();
    builder = builder.timeout_config(timeouts.unwrap_or_else(TimeoutConfig::disabled));
    if let Some(client) = config.http_client() {
        builder = builder.http_client(client);
    }
    if let Some(sleep) = config.sleep_impl() {
        builder = builder.sleep_impl(sleep);
    }
    if let Some(time) = config.time_source() {
        builder = builder.time_source(time);
    }
    builder
}

fn signing(service: QueryService, config: &SdkConfig, partition: String) -> StaticRuntimePlugin {
    let mut layer = Layer::new("query");
    let region = config.region().cloned().map(SigningRegion::from);
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(ApiMetadata::new(service.id, service.version));
    layer.store_put(RetryPartition::new(partition));
    layer.store_put(SigV4OperationSigningConfig {
        region: region.clone(),
        name: Some(SigningName::from_static(service.name)),
        signing_options: SigningOptions::default(),
        ..SigV4OperationSigningConfig::default()
    });
    if let Some(name) = config.app_name() {
        layer.store_put(name.clone());
    }
    let mut components = RuntimeComponentsBuilder::new("query");
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    components.set_identity_cache(config.identity_cache());
    StaticRuntimePlugin::new()
        .with_config(layer.freeze())
        .with_runtime_components(components)
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

fn request(form: String) -> Result<HttpRequest, BoxError> {
    let length = form.len();
    let mut request = HttpRequest::new(SdkBody::from(form));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request
        .headers_mut()
        .try_insert("content-type", "application/x-www-form-urlencoded")?;
    request
        .headers_mut()
        .try_insert("content-length", length.to_string())?;
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<String, OrchestratorError<QueryFault>> {
    let body = response.body().bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    if response.status().is_success() {
        return Ok(text.into_owned());
    }
    Err(OrchestratorError::operation(QueryFault::parse(
        &text,
        response.status().as_u16(),
    )))
}

/// An error that the service answered.
#[derive(Debug)]
pub(crate) struct QueryFault {
    metadata: ErrorMetadata,
}

impl QueryFault {
    /// Reads both shapes: `<Response><Errors><Error>` of EC2 and `<ErrorResponse><Error>` of the other Query services.
    /// A body that is neither (a proxy's HTML page) leaves only the HTTP status to go by.
    fn parse(text: &str, status: u16) -> Self {
        let body: ErrorBody = quick_xml::de::from_str(text).unwrap_or_default();
        let request_id = body.request_id.or(body.request_id_ec2);
        let error = body.error.or(body
            .errors
            .and_then(|errors| errors.error.into_iter().next()));
        let error = error.unwrap_or_else(|| ErrorItem {
            code: format!("Http{status}"),
            message: Some("the answer is not one of AWS".to_owned()),
        });
        let mut metadata = ErrorMetadata::builder()
            .code(error.code)
            .message(error.message.unwrap_or_default());
        if let Some(id) = request_id {
            metadata = metadata.custom("aws_request_id", id);
        }
        Self {
            metadata: metadata.build(),
        }
    }
}

impl Display for QueryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.metadata.fmt(f)
    }
}

impl std::error::Error for QueryFault {}

impl ProvideErrorMetadata for QueryFault {
    fn meta(&self) -> &ErrorMetadata {
        &self.metadata
    }
}

#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    #[serde(rename = "Errors")]
    errors: Option<ErrorList>,
    #[serde(rename = "Error")]
    error: Option<ErrorItem>,
    #[serde(rename = "RequestID")]
    request_id_ec2: Option<String>,
    #[serde(rename = "RequestId")]
    request_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct ErrorList {
    #[serde(rename = "Error", default)]
    error: Vec<ErrorItem>,
}

#[derive(Debug, Deserialize)]
struct ErrorItem {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "Message")]
    message: Option<String>,
}

#[cfg(test)]
#[path = "query/tests.rs"]
mod tests;
