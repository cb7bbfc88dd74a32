//! The AWS stand-in (`tests/awsim`) as a child process of a test.
//!
//! Not for assertions. Invariant: every simulator has a port and a folder of its own, and dies with its owner.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use aws::{AwsAccess, BaseCredentials, EndpointConfig, SdkAws, SdkSettings};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// The account of the installation.
pub const OWN_ACCOUNT: &str = "999999999999";
/// How long the stand-in may take to start: importing moto takes seconds on a busy machine.
const START_DEADLINE: Duration = Duration::from_secs(90);
/// Pause between two looks whether it is ready.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A running stand-in.
#[derive(Debug)]
pub struct Simulator {
    /// Where it listens.
    pub url: String,
    client: reqwest::Client,
    // Killed when dropped.
    _child: Child,
    _folder: TempDir,
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("awsim")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the make target tells tests where the interpreter is"
)]
fn interpreter() -> String {
    std::env::var("HOLDFAST_AWSIM_PYTHON").unwrap_or_else(|_unset| "python3".to_owned())
}

impl Simulator {
    /// Starts a stand-in and waits until it answers.
    pub async fn start() -> anyhow::Result<Self> {
        crate::install_tls();
        let folder = TempDir::new()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = std::fs::File::create(folder.path().join("awsim.log"))?;
        let mut child = Command::new(interpreter())
            .arg(here().join("awsim.py"))
            .arg(port.to_string())
            .arg("--dir")
            .arg(folder.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("the interpreter of the AWS stand-in did not start (HOLDFAST_AWSIM_PYTHON)")?;
        let url = format!("http://127.0.0.1:{port}");
        let client = reqwest::Client::builder().no_proxy().build()?;
        let ready = async {
            loop {
                if let Some(status) = child.try_wait()? {
                    let log = std::fs::read_to_string(folder.path().join("awsim.log"));
                    bail!(
                        "the AWS stand-in ended with {status}: {}",
                        log.unwrap_or_default()
                    );
                }
                let health = client.get(format!("{url}/_sim/health")).send().await;
                if health.is_ok_and(|answer| answer.status().is_success()) {
                    return Ok(());
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        tokio::time::timeout(START_DEADLINE, ready)
            .await
            .context("the AWS stand-in did not start in time")??;
        Ok(Self {
            url,
            client,
            _child: child,
            _folder: folder,
        })
    }

    /// AWS through its SDK, at this address, with the credentials of [`OWN_ACCOUNT`] and short pauses.
    #[must_use]
    pub fn aws(&self) -> SdkAws {
        SdkAws::new(SdkSettings {
            base: BaseCredentials::StaticKeys {
                access_key_id: OWN_ACCOUNT.to_owned(),
                secret_access_key: "test".to_owned().into(),
            },
            endpoints: EndpointConfig::everything_at(&self.url),
            adaptive_retry: false,
            attempts_max: 3,
            initial_backoff: Duration::from_millis(10),
            ..SdkSettings::default()
        })
    }

    /// An account by its number.
    #[must_use]
    pub fn keys(account: &str) -> AwsAccess {
        AwsAccess::StaticKeys {
            access_key_id: account.to_owned(),
            secret_access_key: "test".to_owned().into(),
        }
    }

    /// Replaces the faults.
    pub async fn faults(&self, faults: Value) -> anyhow::Result<()> {
        self.control("faults", faults).await.map(|_| ())
    }

    /// Turns knobs, such as `snapshot_pending_ms`.
    pub async fn config(&self, knobs: Value) -> anyhow::Result<()> {
        self.control("config", knobs).await.map(|_| ())
    }

    /// Calls so far, such as `ebs.GetSnapshotBlock`.
    pub async fn calls(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        let url = format!("{}/_sim/faults", self.url);
        let state: Value = self.client.get(url).send().await?.json().await?;
        let calls = state.get("calls").cloned().unwrap_or_default();
        Ok(serde_json::from_value(calls)?)
    }

    /// A request of the control API.
    pub async fn control(&self, what: &str, body: Value) -> anyhow::Result<Value> {
        let url = format!("{}/_sim/{what}", self.url);
        let answer = self.client.post(url).json(&body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{what}: {status}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// A call as the customer, in the Query protocol; gives the XML.
    pub async fn query(
        &self,
        (account, region): (&str, &str),
        service: &str,
        form: &[(&str, &str)],
    ) -> anyhow::Result<String> {
        let call = self
            .client
            .post(&self.url)
            .header("authorization", authorization(account, region, service))
            .form(form);
        text_of(call).await
    }

    /// A call as the customer, in the JSON protocol, such as `TrentService.CreateKey`.
    pub async fn json(
        &self,
        (account, region): (&str, &str),
        service: &str,
        (target, body): (&str, Value),
    ) -> anyhow::Result<Value> {
        let call = self
            .client
            .post(&self.url)
            .header("authorization", authorization(account, region, service))
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.1")
            .body(body.to_string());
        let text = text_of(call).await?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Makes a bucket.
    pub async fn add_bucket(&self, account: &str, bucket: &str) -> anyhow::Result<()> {
        let call = self
            .client
            .put(format!("{}/{bucket}", self.url))
            .header("authorization", authorization(account, "us-east-1", "s3"));
        text_of(call).await.map(|_| ())
    }

    /// Makes a bucket with Object Lock, and so with versions.
    pub async fn add_locked_bucket(&self, account: &str, bucket: &str) -> anyhow::Result<()> {
        let call = self
            .client
            .put(format!("{}/{bucket}", self.url))
            .header("authorization", authorization(account, "us-east-1", "s3"))
            .header("x-amz-bucket-object-lock-enabled", "true");
        text_of(call).await.map(|_| ())
    }

    /// A request to S3 with a header to get around governance, as somebody with all rights sends it; gives status and body.
    pub async fn attack(
        &self,
        account: &str,
        (method, path): (&str, &str),
        body: &str,
    ) -> anyhow::Result<(u16, String)> {
        let answer = self
            .client
            .request(method.parse()?, format!("{}/{path}", self.url))
            .header("authorization", authorization(account, "us-east-1", "s3"))
            .header("x-amz-bypass-governance-retention", "true")
            .body(body.to_owned())
            .send()
            .await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// Makes a role that trusts us; without an external id it trusts us unconditionally. Gives its ARN.
    pub async fn add_role(
        &self,
        account: &str,
        name: &str,
        external_id: Option<&str>,
    ) -> anyhow::Result<String> {
        let mut statement = json!({
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{OWN_ACCOUNT}:root") },
            "Action": "sts:AssumeRole",
        });
        if let (Some(id), Some(members)) = (external_id, statement.as_object_mut()) {
            let condition = json!({ "StringEquals": { "sts:ExternalId": id } });
            members.insert("Condition".to_owned(), condition);
        }
        let trust = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        let form = [
            ("Action", "CreateRole"),
            ("Version", "2010-05-08"),
            ("RoleName", name),
            ("AssumeRolePolicyDocument", trust.as_str()),
        ];
        self.query((account, "us-east-1"), "iam", &form).await?;
        Ok(format!("arn:aws:iam::{account}:role/{name}"))
    }

    /// Makes a volume with this `Name` and these blocks of random bytes; gives its id.
    pub async fn add_volume(
        &self,
        (account, region): (&str, &str),
        (name, size_gib): (&str, u32),
        blocks: &[u32],
    ) -> anyhow::Result<String> {
        let (zone, size) = (format!("{region}a"), size_gib.to_string());
        let form = [
            ("Action", "CreateVolume"),
            ("Version", "2016-11-15"),
            ("AvailabilityZone", zone.as_str()),
            ("Size", size.as_str()),
            ("VolumeType", "gp3"),
            ("TagSpecification.1.ResourceType", "volume"),
            ("TagSpecification.1.Tag.1.Key", "Name"),
            ("TagSpecification.1.Tag.1.Value", name),
        ];
        let xml = self.query((account, region), "ec2", &form).await?;
        let id = between(&xml, "<volumeId>", "</volumeId>").context("no volume id")?;
        self.write_blocks((account, region), id, blocks).await?;
        Ok(id.to_owned())
    }

    /// Fills blocks of a volume with random bytes.
    pub async fn write_blocks(
        &self,
        (account, region): (&str, &str),
        volume_id: &str,
        blocks: &[u32],
    ) -> anyhow::Result<()> {
        let body =
            json!({ "account": account, "region": region, "id": volume_id, "blocks": blocks });
        self.control("write", body).await.map(|_| ())
    }
}

async fn text_of(call: reqwest::RequestBuilder) -> anyhow::Result<String> {
    let answer = call.send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    if !status.is_success() {
        bail!("{status}: {text}");
    }
    Ok(text)
}

/// The stand-in checks no signature; it reads the account, the region and the service.
fn authorization(account: &str, region: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/{service}/aws4_request, \
         SignedHeaders=host, Signature=0"
    )
}

/// The text between two others.
#[must_use]
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}
