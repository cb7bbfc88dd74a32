//! Second factors of the viewer: setting up, being asked, proving again; and removing those of a member who lost them.
//!
//! Not for signing in with a password (`viewer.rs`). Invariant: a secret or a recovery code is in the answer to its making and in
//! no other.

use app::second_factors::{Factor, Proof};
use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};
use secrecy::ExposeSecret as _;

use crate::context::{request, signed_in, viewer};
use crate::error::{UserError, outcome};
use crate::node::parse;
use crate::passkey::Passkey;
use crate::scalars::DateTime;
use crate::user::User;
use crate::viewer::Viewer;

/// What the viewer has besides the password.
#[derive(SimpleObject)]
#[graphql(name = "SecondFactorsInfo")]
pub(crate) struct SecondFactors {
    /// Since when there is an authenticator app; null without one.
    totp_since: Option<DateTime>,
    /// Recovery codes that were not used yet.
    recovery_codes_left: i32,
    /// Passkeys, oldest first.
    passkeys: Vec<Passkey>,
    /// Whether this session can do nothing else before a second factor is set up, because the organization asks for one.
    must_set_up: bool,
    /// Whether this session can do nothing else before the password is changed, because it is older than the organization allows.
    must_change_password: bool,
}

impl SecondFactors {
    pub(crate) async fn of(ctx: &app::Ctx) -> Result<Self, app::Error> {
        let own = app::second_factors::own(ctx).await?;
        let duties = app::second_factors::duties(ctx).await?;
        let passkeys = app::passkeys::list(ctx).await?;
        Ok(Self {
            totp_since: own.totp_since.map(DateTime),
            recovery_codes_left: i32::try_from(own.recovery_codes_left).unwrap_or(i32::MAX),
            passkeys: passkeys.into_iter().map(Passkey).collect(),
            must_set_up: duties.second_factor,
            must_change_password: duties.new_password,
        })
    }
}

/// The question for a second factor: the password was right, and nobody is signed in yet.
#[derive(SimpleObject)]
#[graphql(name = "SignInChallengeInfo")]
pub(crate) struct SignInChallenge {
    /// What `completeSession` takes.
    token: String,
    /// Until when.
    expires_at: DateTime,
    /// Whether the code of an authenticator app can be given.
    takes_code: bool,
    /// Whether a recovery code can be given in place of another factor.
    takes_recovery_code: bool,
    /// The question for `navigator.credentials.get`, JSON, when a passkey can be given; it takes one answer.
    passkey_options: Option<String>,
}

impl From<app::second_factors::Challenge> for SignInChallenge {
    fn from(challenge: app::second_factors::Challenge) -> Self {
        Self {
            token: challenge.secret.text().expose_secret().to_owned(),
            expires_at: challenge.expires_at.into(),
            takes_code: challenge.factors.totp_since.is_some(),
            takes_recovery_code: challenge.factors.recovery_codes_left > 0,
            passkey_options: challenge.passkey_options.map(|options| options.to_string()),
        }
    }
}

/// A second factor.
#[derive(OneofObject)]
pub(crate) enum SecondFactorInput {
    /// The six digits that the authenticator app shows.
    Code(String),
    /// One of the recovery codes; it works once.
    RecoveryCode(String),
    /// What `navigator.credentials.get` answered to `challenge.passkeyOptions`, JSON.
    Passkey(String),
}

impl SecondFactorInput {
    /// The factor; `token` names the question to a passkey.
    fn with_token(self, token: &str) -> Factor {
        match self {
            Self::Code(code) => Factor::Code(code.into()),
            Self::RecoveryCode(code) => Factor::RecoveryCode(code.into()),
            Self::Passkey(answer) => Factor::Passkey {
                token: token.to_owned().into(),
                answer,
            },
        }
    }
}

/// The second step of a sign-in.
#[derive(InputObject)]
pub(crate) struct CompleteSessionInput {
    /// `challenge.token` of `createSession`.
    token: String,
    /// The second factor.
    factor: SecondFactorInput,
}

/// Result of `completeSession`.
#[derive(SimpleObject)]
pub(crate) struct CompleteSessionPayload {
    /// The person who is signed in now; null when the factor was wrong.
    viewer: Option<Viewer>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// The answer of a passkey to a question.
#[derive(InputObject)]
pub(crate) struct PasskeyAnswerInput {
    /// `token` of `beginPasskeyProof`.
    token: String,
    /// What `navigator.credentials.get` answered, JSON.
    answer: String,
}

/// What proves who somebody is.
#[derive(OneofObject)]
pub(crate) enum ProofInput {
    /// The password; for people without a second factor.
    Password(String),
    /// The six digits that the authenticator app shows.
    Code(String),
    /// One of the recovery codes; it works once.
    RecoveryCode(String),
    /// The answer of a passkey.
    Passkey(PasskeyAnswerInput),
}

impl From<ProofInput> for Proof {
    fn from(input: ProofInput) -> Self {
        match input {
            ProofInput::Password(password) => Self::Password(password.into()),
            ProofInput::Code(code) => Self::Factor(Factor::Code(code.into())),
            ProofInput::RecoveryCode(code) => Self::Factor(Factor::RecoveryCode(code.into())),
            ProofInput::Passkey(given) => Self::Factor(Factor::Passkey {
                token: given.token.into(),
                answer: given.answer,
            }),
        }
    }
}

/// A fresh proof.
#[derive(InputObject)]
pub(crate) struct ProveSessionInput {
    /// What proves it.
    proof: ProofInput,
}

/// Result of `proveSession`.
#[derive(SimpleObject)]
pub(crate) struct ProveSessionPayload {
    /// True when it was right; the session has a new cookie.
    done: bool,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Input of `beginTotp`.
#[derive(InputObject)]
pub(crate) struct BeginTotpInput {
    /// Identifier that comes back with the answer, for clients that match answers with requests.
    client_mutation_id: Option<String>,
}

/// Result of `beginTotp`.
#[derive(SimpleObject)]
pub(crate) struct BeginTotpPayload {
    /// What is typed into an app without a camera; shown once.
    secret: Option<String>,
    /// The `otpauth:` address that apps read.
    address: Option<String>,
    /// The address as a QR code: an SVG document.
    qr_code: Option<String>,
    /// Identifier of the input.
    client_mutation_id: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// A code of the new app.
#[derive(InputObject)]
pub(crate) struct ConfirmTotpInput {
    /// The six digits that the app shows.
    code: String,
}

/// Result of `confirmTotp`.
#[derive(SimpleObject)]
pub(crate) struct ConfirmTotpPayload {
    /// Codes that replace the app when it is lost, each once. They are never shown again. Null when the code was wrong.
    recovery_codes: Option<Vec<String>>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Input of `createRecoveryCodes`.
#[derive(InputObject)]
pub(crate) struct CreateRecoveryCodesInput {
    /// Identifier that comes back with the answer, for clients that match answers with requests.
    client_mutation_id: Option<String>,
}

/// Result of `createRecoveryCodes`.
#[derive(SimpleObject)]
pub(crate) struct CreateRecoveryCodesPayload {
    /// The new codes; never shown again. Null when it was not done.
    recovery_codes: Option<Vec<String>>,
    /// Identifier of the input.
    client_mutation_id: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Input of `deleteTotp`.
#[derive(InputObject)]
pub(crate) struct DeleteTotpInput {
    /// Identifier that comes back with the answer, for clients that match answers with requests.
    client_mutation_id: Option<String>,
}

/// Result of `deleteTotp`.
#[derive(SimpleObject)]
pub(crate) struct DeleteTotpPayload {
    /// True when the app is gone.
    done: bool,
    /// Identifier of the input.
    client_mutation_id: Option<String>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Who lost their factors.
#[derive(InputObject)]
pub(crate) struct ResetSecondFactorsInput {
    /// The member.
    user_id: ID,
}

/// Result of `resetSecondFactors`.
#[derive(SimpleObject)]
pub(crate) struct ResetSecondFactorsPayload {
    /// The member, whose sessions have ended.
    user: Option<User>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of second factors.
#[derive(Default)]
pub(crate) struct SecondFactorMutation;

#[Object]
impl SecondFactorMutation {
    /// Gives the second factor of a sign-in: sets the session cookie. Ten tries in five minutes.
    async fn complete_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question and its answer.")] input: CompleteSessionInput,
    ) -> async_graphql::Result<Option<CompleteSessionPayload>> {
        let request = request(ctx)?;
        let (services, origin) = (&request.services, &request.origin);
        let factor = input.factor.with_token(&input.token);
        let done = app::second_factors::complete(services, origin, &input.token, &factor).await;
        let (session, user_errors) = outcome(done)?;
        let viewer = session.map(|session| signed_in(ctx, session));
        Ok(Some(CompleteSessionPayload {
            viewer: viewer.transpose()?.map(Viewer),
            user_errors,
        }))
    }

    /// Proves again who you are, which opens dangerous actions for a quarter of an hour. Errors with the code `PROOF_NEEDED` ask
    /// for it.
    async fn prove_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proof.")] input: ProveSessionInput,
    ) -> async_graphql::Result<Option<ProveSessionPayload>> {
        let proved = app::second_factors::prove(viewer(ctx)?, &input.proof.into()).await;
        let (session, user_errors) = outcome(proved)?;
        let viewer = session.map(|session| signed_in(ctx, session));
        let viewer = viewer.transpose()?;
        Ok(Some(ProveSessionPayload {
            done: viewer.is_some(),
            user_errors,
        }))
    }

    /// Begins to set up an authenticator app; `confirmTotp` turns it on.
    async fn begin_totp(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Nothing needs to be said.")] input: BeginTotpInput,
    ) -> async_graphql::Result<Option<BeginTotpPayload>> {
        let begun = app::second_factors::begin_totp(viewer(ctx)?).await;
        let (setup, user_errors) = outcome(begun)?;
        let text = |secret: &secrecy::SecretString| secret.expose_secret().to_owned();
        Ok(Some(BeginTotpPayload {
            secret: setup.as_ref().map(|setup| text(&setup.secret)),
            address: setup.as_ref().map(|setup| text(&setup.address)),
            qr_code: setup.as_ref().map(|setup| text(&setup.picture)),
            client_mutation_id: input.client_mutation_id,
            user_errors,
        }))
    }

    /// Turns the authenticator app on. From now on a sign-in needs it.
    async fn confirm_totp(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A code of the app.")] input: ConfirmTotpInput,
    ) -> async_graphql::Result<Option<ConfirmTotpPayload>> {
        let confirmed = app::second_factors::confirm_totp(viewer(ctx)?, &input.code.into()).await;
        let (done, user_errors) = outcome(confirmed)?;
        let recovery_codes = match done {
            Some((session, codes)) => {
                signed_in(ctx, session)?;
                Some(shown(&codes))
            }
            None => None,
        };
        Ok(Some(ConfirmTotpPayload {
            recovery_codes,
            user_errors,
        }))
    }

    /// Makes recovery codes anew; the old ones no longer work.
    async fn create_recovery_codes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Nothing needs to be said.")] input: CreateRecoveryCodesInput,
    ) -> async_graphql::Result<Option<CreateRecoveryCodesPayload>> {
        let made = app::second_factors::create_recovery_codes(viewer(ctx)?).await;
        let (codes, user_errors) = outcome(made)?;
        Ok(Some(CreateRecoveryCodesPayload {
            recovery_codes: codes.map(|codes| shown(&codes)),
            client_mutation_id: input.client_mutation_id,
            user_errors,
        }))
    }

    /// Removes the authenticator app; with the last factor the recovery codes go as well.
    async fn delete_totp(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Nothing needs to be said.")] input: DeleteTotpInput,
    ) -> async_graphql::Result<Option<DeleteTotpPayload>> {
        let deleted = app::second_factors::delete_totp(viewer(ctx)?).await;
        let (done, user_errors) = outcome(deleted)?;
        Ok(Some(DeleteTotpPayload {
            done: done.is_some(),
            client_mutation_id: input.client_mutation_id,
            user_errors,
        }))
    }

    /// Removes the second factors of a member who lost them, and ends the member's sessions. For Super Admins, and for members of
    /// this organization alone.
    async fn reset_second_factors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who lost their factors.")] input: ResetSecondFactorsInput,
    ) -> async_graphql::Result<Option<ResetSecondFactorsPayload>> {
        let reset = app::second_factors::reset(viewer(ctx)?, parse(&input.user_id)).await;
        let (user, user_errors) = outcome(reset)?;
        Ok(Some(ResetSecondFactorsPayload {
            user: user.map(User),
            user_errors,
        }))
    }
}

pub(crate) fn shown(codes: &[app::second_factors::RecoveryCode]) -> Vec<String> {
    let text = |code: &app::second_factors::RecoveryCode| code.shown().expose_secret().to_owned();
    codes.iter().map(text).collect()
}
