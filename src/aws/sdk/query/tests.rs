//! The Query client against a stand-in for the network: what goes out, what is tried again, what comes back.

use std::collections::VecDeque;
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::retry::RetryConfig;
use parking_lot::Mutex;
use std::time::Duration;

use super::*;
use crate::sdk::call::DESCRIBE_VOLUMES;

const SERVICE: QueryService = QueryService {
    name: "ec2",
    id: "EC2",
    version: "2016-11-15",
};
const EMPTY: &str = "<DescribeVolumesResponse><volumeSet/></DescribeVolumesResponse>";

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(rename = "volumeSet")]
    _volumes: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct Wire {
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    requests: Arc<Mutex<Vec<(String, String, String)>>>,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = request.headers().get("authorization").unwrap_or_default();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap()).into_owned();
        let seen = (request.uri().to_owned(), header.to_owned(), body);
        self.requests.lock().push(seen);
        let (status, body) = self
            .answers
            .lock()
            .pop_front()
            .expect("one request too many");
        let status = StatusCode::try_from(status).unwrap();
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        response
            .headers_mut()
            .insert("x-amzn-requestid", "from-the-header");
        HttpConnectorFuture::ready(Ok(response))
    }
}

fn client(wire: &Wire, partition: &str) -> QueryClient {
    let wire = SharedHttpConnector::new(wire.clone());
    let keys = Credentials::new("111111111111", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .http_client(http_client_fn(move |_, _| wire.clone()))
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(3)
                .with_initial_backoff(Duration::from_millis(1)),
        )
        .build();
    QueryClient::new(
        SERVICE,
        &config,
        "http://stand-in.example:4566",
        partition.into(),
    )
}

async fn answer(answers: &[(u16, &str)], partition: &str) -> (Wire, Result<Answer, AwsError>) {
    let wire = Wire::default();
    let owned = answers
        .iter()
        .map(|(status, body)| (*status, (*body).to_owned()));
    wire.answers.lock().extend(owned);
    let form = Form::default()
        .set("Filter.1.Name", "tag:a b")
        .set("MaxResults", 5);
    let result = client(&wire, partition)
        .send(&DESCRIBE_VOLUMES, &form)
        .await;
    (wire, result)
}

fn fault(code: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><Response><Errors><Error><Code>{code}</Code><Message>why</Message>\
         </Error></Errors><RequestID>r-1</RequestID></Response>"
    )
}

#[tokio::test]
async fn a_call_is_a_signed_form() {
    let (wire, result) = answer(&[(200, EMPTY)], "signed").await;
    assert!(result.is_ok(), "{result:?}");
    let requests = wire.requests.lock();
    let (uri, authorization, body) = &requests[0];
    assert_eq!(uri, "http://stand-in.example:4566/");
    assert_eq!(
        body,
        "Action=DescribeVolumes&Version=2016-11-15&Filter.1.Name=tag%3Aa+b&MaxResults=5"
    );
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=111111111111/"));
    assert!(authorization.contains("/eu-west-1/ec2/aws4_request"));
}

#[tokio::test]
async fn throttling_is_tried_again_and_then_told() {
    let slow = fault("RequestLimitExceeded");
    let (wire, result) = answer(&[(503, &slow), (503, &slow), (200, EMPTY)], "retried").await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(wire.requests.lock().len(), 3);
    let (_, result) = answer(&[(503, &slow), (503, &slow), (503, &slow)], "used-up").await;
    let error = result.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Throttled);
    assert_eq!(error.code(), Some("RequestLimitExceeded"));
    assert_eq!(error.request_id(), Some("r-1"));
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let (wire, result) = answer(&[(403, &fault("UnauthorizedOperation"))], "refused").await;
    assert_eq!(result.unwrap_err().class(), ErrorClass::AccessDenied);
    assert_eq!(wire.requests.lock().len(), 1);
}

#[tokio::test]
async fn the_other_shape_of_errors_is_read_too() {
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidVolume.NotFound</Code>\
                <Message>why</Message></Error><RequestId>r-2</RequestId></ErrorResponse>";
    let (_, result) = answer(&[(400, body)], "shape").await;
    let error = result.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!((error.message(), error.request_id()), ("why", Some("r-2")));
}

#[tokio::test]
async fn a_page_of_a_proxy_is_a_failure_that_passes() {
    let page = "<html><body>Bad gateway<br></body></html>";
    let (wire, result) = answer(&[(502, page), (502, page), (502, page)], "proxy").await;
    let error = result.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient, "{error}");
    assert_eq!(error.request_id(), Some("from-the-header"));
    assert_eq!(wire.requests.lock().len(), 3);
}

#[tokio::test]
async fn an_answer_that_is_not_as_documented_is_an_error() {
    let (_, result) = answer(&[(200, "<DescribeVolumesResponse>")], "cut").await;
    assert_eq!(result.unwrap_err().class(), ErrorClass::Other);
}
