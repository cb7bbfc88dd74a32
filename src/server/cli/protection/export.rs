//! What exists on a server, as a document.
//!
//! Not for files. Invariant: applying it changes nothing.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::{Document, Remote};

/// The document of the token's units.
pub(super) async fn document(remote: &Remote) -> anyhow::Result<Document> {
    let answer = remote.ask("{ protectionDocument }", &json!({})).await?;
    let text = answer.get("protectionDocument").and_then(Value::as_str);
    let text = text.context("the server gave no document")?;
    serde_json::from_str(text)
        .context("the server is of another version: its document has parts unknown here")
}
