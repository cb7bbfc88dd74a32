//! Parsed and costed documents by the SHA-256 of their text: what was checked once is not parsed again, and a client
//! may send the hash alone (Apollo's automatic persisted queries). Not an allow-list: anyone may add a document.
//! Invariant: nothing enters before it passed both guards, so a hash cannot bring in what its text could not.

use std::sync::Arc;

use async_graphql::{
    ServerError,
    parser::{
        parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationDefinition},
    },
};
use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest, Sha256};

use super::{
    super::problem::{Code, Problem},
    codes,
    cost::{self, DocumentLimits},
    text::{self, TextLimits},
};

/// A document that both guards let pass.
#[derive(Debug)]
pub(crate) struct Document {
    /// The parsed text.
    pub parsed: ExecutableDocument,
    bytes: u64,
}

impl Document {
    /// The operation that a request with this name means.
    pub(crate) fn operation(&self, name: Option<&str>) -> Result<&OperationDefinition, Problem> {
        let refuse = |message: String| Problem::new(Code::OperationResolutionFailure, message);
        match (&self.parsed.operations, name) {
            (DocumentOperations::Single(operation), None) => Ok(&operation.node),
            (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations
                .values()
                .next()
                .map(|operation| &operation.node)
                .ok_or_else(|| refuse("The document has no operation.".to_owned())),
            (DocumentOperations::Multiple(_), None) => Err(refuse(
                "The document has several operations: name one in operationName.".to_owned(),
            )),
            (DocumentOperations::Multiple(operations), Some(name))
                if operations.contains_key(name) =>
            {
                operations
                    .get(name)
                    .map(|operation| &operation.node)
                    .ok_or_else(|| refuse("The document has no operation.".to_owned()))
            }
            (DocumentOperations::Single(_) | DocumentOperations::Multiple(_), Some(_)) => Err(
                refuse("The document has no operation of that name.".to_owned()),
            ),
        }
    }
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<[u8; 32], Arc<Document>> for ByBytes {
    fn weight(&self, _: &[u8; 32], document: &Arc<Document>) -> u64 {
        // A parsed document takes about ten times its text.
        document.bytes.saturating_mul(10).saturating_add(1_024)
    }
}

/// The store of documents of one schema.
#[derive(Debug)]
pub(super) struct Documents {
    cache: Cache<[u8; 32], Arc<Document>, ByBytes>,
    text: TextLimits,
    document: DocumentLimits,
}

impl Documents {
    /// A store that holds up to `capacity_bytes` of parsed documents.
    pub(super) fn new(text: TextLimits, document: DocumentLimits, capacity_bytes: u64) -> Self {
        Self {
            cache: Cache::with_weighter(1_024, capacity_bytes, ByBytes),
            text,
            document,
        }
    }

    /// Checks, parses and keeps a document, or takes it from the store. `claimed` is the hash that the client says the
    /// text has; it must be right.
    pub(super) fn by_text(
        &self,
        text: &str,
        claimed: Option<&str>,
    ) -> Result<Arc<Document>, Problem> {
        // Length first: hashing is linear in what an attacker sends.
        if text.len() > self.text.bytes {
            text::check(text, &self.text)?;
        }
        let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        if claimed.is_some_and(|claimed| parse_hash(claimed) != Some(hash)) {
            return Err(Problem::new(
                Code::BadRequest,
                "The sha256Hash is not the hash of the query.",
            ));
        }
        if let Some(document) = self.cache.get(&hash) {
            return Ok(document);
        }
        text::check(text, &self.text)?;
        let parsed = parse_query(text).map_err(|error| codes::syntax(&ServerError::from(error)))?;
        cost::check(&parsed, &self.document)?;
        let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let document = Arc::new(Document { parsed, bytes });
        self.cache.insert(hash, Arc::clone(&document));
        Ok(document)
    }

    /// The document of a hash alone.
    pub(super) fn by_hash(&self, hash: &str) -> Result<Arc<Document>, Problem> {
        // Apollo's clients look for exactly this message.
        let miss = || Problem::new(Code::PersistedQueryNotFound, "PersistedQueryNotFound");
        parse_hash(hash)
            .and_then(|hash| self.cache.get(&hash))
            .ok_or_else(miss)
    }
}

fn parse_hash(hex: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    hex::decode_to_slice(hex, &mut hash).ok()?;
    Some(hash)
}
