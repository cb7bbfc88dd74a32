//! A server, asked through its GraphQL API.
//!
//! Not for what is asked. Invariant: the token goes to that server only, and never into an error.

use std::time::Duration;

use anyhow::{Context as _, bail};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

/// The first preview of a large organization reads all of its assets.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A server and a token.
#[derive(Debug)]
pub struct Remote {
    url: Url,
    token: SecretString,
    client: reqwest::Client,
}

impl Remote {
    /// A server at this URL.
    pub fn new(url: &str, token: &str) -> anyhow::Result<Self> {
        let mut url = Url::parse(url).with_context(|| format!("--url: {url}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            bail!("--url: begins with https:// or http://");
        }
        // With a slash at its end, `join` keeps the whole path of a server behind a proxy.
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            url: url.join("graphql")?,
            token: token.to_owned().into(),
            client,
        })
    }

    /// Asks; answers the data, or an error in the server's words.
    pub(super) async fn ask(&self, query: &str, variables: &Value) -> anyhow::Result<Value> {
        let request = self
            .client
            .post(self.url.clone())
            .bearer_auth(self.token.expose_secret())
            .json(&json!({ "query": query, "variables": variables }));
        let answer = request.send().await.with_context(|| self.url.to_string())?;
        let status = answer.status();
        let text = answer.text().await?;
        let Ok(mut body) = serde_json::from_str::<Value>(&text) else {
            bail!("{} answered {status}, not GraphQL", self.url);
        };
        let errors = body.get("errors").and_then(Value::as_array);
        let messages: Vec<&str> = errors
            .into_iter()
            .flatten()
            .filter_map(|error| error.get("message").and_then(Value::as_str))
            .collect();
        if !messages.is_empty() {
            bail!("{}: {}", self.url, messages.join(" "));
        }
        match body.get_mut("data").map(Value::take) {
            Some(data) if status.is_success() => Ok(data),
            Some(_) | None => bail!("{} answered {status}", self.url),
        }
    }
}
