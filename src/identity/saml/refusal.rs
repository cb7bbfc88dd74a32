//! Why an answer of an identity provider was not believed.
//!
//! Not for browsers: they get one sentence, whatever the reason, so that nobody can probe the checks. Invariant: no variant
//! carries text of the message except where the gate has bounded it, so a refusal may go to logs and the audit trail.

/// Why an answer was refused. In the order in which the checks run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SamlRefusal {
    /// More characters than [`super::MAXIMUM_MESSAGE_CHARACTERS`].
    #[error("the message is too large")]
    TooLarge,
    /// Not standard base64 with padding and without line breaks.
    #[error("the message is not in the one accepted form of base64")]
    NotBase64,
    /// Not UTF-8, or a character that XML does not know.
    #[error("the message is not clean UTF-8")]
    NotUtf8,
    /// Not well formed, as far as the pre-parser reads.
    #[error("the message is not well-formed XML")]
    NotXml,
    /// A document type, a processing instruction, a comment, a CDATA section or an entity of its own.
    #[error("the message contains {0}, which no answer needs")]
    Construct(&'static str),
    /// A namespace that no answer needs.
    #[error("the message declares or uses a namespace that is not allowed")]
    Namespace,
    /// An element at a place where the profile does not have it.
    #[error("the message has an element that is not allowed inside {0}")]
    Element(&'static str),
    /// An attribute that the element does not have.
    #[error("the message has an attribute that is not allowed on {0}")]
    Attribute(&'static str),
    /// An element that must be there and is not.
    #[error("{0} has too few elements {1}")]
    Missing(&'static str, &'static str),
    /// An element that is there too often.
    #[error("{0} has too many elements {1}")]
    Repeated(&'static str, &'static str),
    /// An attribute that must be there and is not, or says nothing that can be used.
    #[error("the {0} is missing or malformed")]
    Value(&'static str),
    /// Two elements with one ID.
    #[error("two elements have the same ID")]
    DuplicateId,
    /// The provider encrypts its assertions.
    #[error("the assertion is encrypted; turn encryption off at the identity provider")]
    Encrypted,
    /// The identity provider says that the sign-on failed.
    #[error("the identity provider answered that the sign-on failed")]
    Status,
    /// Nothing is signed.
    #[error("neither the response nor the assertion is signed")]
    Unsigned,
    /// The provider's settings ask for a signed assertion.
    #[error("the assertion itself is not signed")]
    AssertionUnsigned,
    /// An algorithm outside RSA or ECDSA with SHA-256, SHA-384 or SHA-512, or canonicalization other than exclusive.
    #[error("the {0} algorithm is not allowed")]
    Algorithm(&'static str),
    /// Other transforms than enveloped signature and exclusive canonicalization, in this order.
    #[error("the transforms of a signature are not allowed")]
    Transforms,
    /// A signature over anything but its parent.
    #[error("a signature does not refer to the element that holds it")]
    Reference,
    /// No pinned certificate verifies a signature, or what is signed is not a valid answer.
    #[error("the signature is not valid")]
    Signature,
    /// What was verified is not what the pre-parser read.
    #[error("two parsers read the message differently")]
    Differs(&'static str),
    /// The provider's entity id is another one.
    #[error("the issuer is not the identity provider")]
    Issuer,
    /// Meant for another service.
    #[error("the audience is not this service")]
    Audience,
    /// Meant for another address.
    #[error("the {0} is not the address of this service for this provider")]
    Address(&'static str),
    /// Not an answer to the one request that was asked, or an answer to none where one is due.
    #[error("the answer does not belong to the request")]
    InResponseTo,
    /// Too old or too new.
    #[error("the {0} is outside the time that is accepted")]
    Time(&'static str),
    /// A subject that is another one each time cannot be an identity.
    #[error("the NameID is transient; choose a persistent format at the identity provider")]
    Transient,
    /// The check itself broke off.
    #[error("the answer could not be checked")]
    Interrupted,
}
