//! Passkeys of the viewer.
//!
//! Not for signing in with them (`second_factor.rs`). Invariant: options and answers are the JSON that browsers make and take, unread.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use secrecy::ExposeSecret as _;

use crate::context::{signed_in, viewer};
use crate::error::{UserError, outcome};
use crate::node::parse;
use crate::scalars::DateTime;
use crate::second_factor::shown;
use crate::user::IntoId as _;

/// A key of an authenticator that stands in for a code.
pub(crate) struct Passkey(pub(crate) domain::passkey::Passkey);

/// A key of an authenticator, such as a telephone or a security key, that stands in for a code.
#[Object(name = "PasskeyInfo")]
impl Passkey {
    /// Identifier.
    async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// The name that the viewer gave it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was used last; null when it never was.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime)
    }
}

/// A question to an authenticator.
#[derive(SimpleObject)]
#[graphql(name = "PasskeyQuestionInfo")]
pub(crate) struct Question {
    /// Comes back with the answer.
    token: String,
    /// For `navigator.credentials.create` or `get`, JSON (`PublicKeyCredential.parseCreationOptionsFromJSON` reads its `publicKey`).
    options: String,
    /// Until when; it takes one answer.
    expires_at: DateTime,
}

impl From<app::passkeys::Question> for Question {
    fn from(question: app::passkeys::Question) -> Self {
        Self {
            token: question.secret.text().expose_secret().to_owned(),
            options: question.options.to_string(),
            expires_at: question.expires_at.into(),
        }
    }
}

/// Input of `beginPasskey`.
#[derive(InputObject)]
pub(crate) struct BeginPasskeyInput {
    /// Identifier that comes back with the answer, for clients that match answers with requests.
    client_mutation_id: Option<String>,
}

/// Result of `beginPasskey`.
#[derive(SimpleObject)]
pub(crate) struct BeginPasskeyPayload {
    /// The question.
    question: Option<Question>,
    /// Identifier of the input.
    client_mutation_id: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Input of `beginPasskeyProof`.
#[derive(InputObject)]
pub(crate) struct BeginPasskeyProofInput {
    /// Identifier that comes back with the answer, for clients that match answers with requests.
    client_mutation_id: Option<String>,
}

/// Result of `beginPasskeyProof`.
#[derive(SimpleObject)]
pub(crate) struct BeginPasskeyProofPayload {
    /// The question; `proveSession` takes its answer.
    question: Option<Question>,
    /// Identifier of the input.
    client_mutation_id: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// The new passkey.
#[derive(InputObject)]
pub(crate) struct CreatePasskeyInput {
    /// `question.token` of `beginPasskey`.
    token: String,
    /// A name that tells which device it is.
    name: String,
    /// What `navigator.credentials.create` answered, JSON.
    answer: String,
}

/// Result of `createPasskey`.
#[derive(SimpleObject)]
pub(crate) struct CreatePasskeyPayload {
    /// The passkey.
    passkey: Option<Passkey>,
    /// Codes that replace a factor that is lost, each once, when this is the first factor. They are never shown again.
    recovery_codes: Option<Vec<String>>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Another name.
#[derive(InputObject)]
pub(crate) struct RenamePasskeyInput {
    /// The passkey.
    id: ID,
    /// The name.
    name: String,
}

/// Result of `renamePasskey`.
#[derive(SimpleObject)]
pub(crate) struct RenamePasskeyPayload {
    /// The passkey.
    passkey: Option<Passkey>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// What goes.
#[derive(InputObject)]
pub(crate) struct DeletePasskeyInput {
    /// The passkey.
    id: ID,
}

/// Result of `deletePasskey`.
#[derive(SimpleObject)]
pub(crate) struct DeletePasskeyPayload {
    /// The passkey that is gone.
    deleted_passkey_id: Option<ID>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of passkeys.
#[derive(Default)]
pub(crate) struct PasskeyMutation;

#[Object]
impl PasskeyMutation {
    /// Asks an authenticator for a new passkey; `createPasskey` takes the answer.
    async fn begin_passkey(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Nothing needs to be said.")] input: BeginPasskeyInput,
    ) -> async_graphql::Result<Option<BeginPasskeyPayload>> {
        let (question, user_errors) = outcome(app::passkeys::begin(viewer(ctx)?).await)?;
        Ok(Some(BeginPasskeyPayload {
            question: question.map(Question::from),
            client_mutation_id: input.client_mutation_id,
            user_errors,
        }))
    }

    /// Asks an authenticator for a proof of who the viewer is; `proveSession` takes the answer.
    async fn begin_passkey_proof(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Nothing needs to be said.")] input: BeginPasskeyProofInput,
    ) -> async_graphql::Result<Option<BeginPasskeyProofPayload>> {
        let (question, user_errors) = outcome(app::passkeys::begin_proof(viewer(ctx)?).await)?;
        Ok(Some(BeginPasskeyProofPayload {
            question: question.map(Question::from),
            client_mutation_id: input.client_mutation_id,
            user_errors,
        }))
    }

    /// Adds a passkey. From now on a sign-in needs a second factor, and it is one.
    async fn create_passkey(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The answer of the authenticator.")] input: CreatePasskeyInput,
    ) -> async_graphql::Result<Option<CreatePasskeyPayload>> {
        let caller = viewer(ctx)?;
        let token = input.token.into();
        let made = app::passkeys::create(caller, &token, &input.name, &input.answer).await;
        let (made, user_errors) = outcome(made)?;
        let (passkey, recovery_codes) = match made {
            Some(made) => {
                signed_in(ctx, made.session)?;
                (Some(Passkey(made.passkey)), made.recovery_codes)
            }
            None => (None, None),
        };
        Ok(Some(CreatePasskeyPayload {
            passkey,
            recovery_codes: recovery_codes.as_deref().map(shown),
            user_errors,
        }))
    }

    /// Gives a passkey of the viewer another name.
    async fn rename_passkey(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and the name.")] input: RenamePasskeyInput,
    ) -> async_graphql::Result<Option<RenamePasskeyPayload>> {
        let caller = viewer(ctx)?;
        let renamed = app::passkeys::rename(caller, parse(&input.id), &input.name).await;
        let (passkey, user_errors) = outcome(renamed)?;
        Ok(Some(RenamePasskeyPayload {
            passkey: passkey.map(Passkey),
            user_errors,
        }))
    }

    /// Removes a passkey of the viewer; with the last factor the recovery codes go as well.
    async fn delete_passkey(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeletePasskeyInput,
    ) -> async_graphql::Result<Option<DeletePasskeyPayload>> {
        let deleted = app::passkeys::delete(viewer(ctx)?, parse(&input.id)).await;
        let (id, user_errors) = outcome(deleted)?;
        Ok(Some(DeletePasskeyPayload {
            deleted_passkey_id: id.map(domain::PasskeyId::into_id),
            user_errors,
        }))
    }
}
