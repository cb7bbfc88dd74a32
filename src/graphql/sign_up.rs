//! Signing up: an account and an organization of one's own.
//!
//! Not for invitations. Invariant: the answers are the same for known and unknown addresses.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use domain::organization_settings::PasswordProfile;

use crate::context::request;
use crate::enums::PasswordRule;
use crate::error::{UserError, outcome};

/// A rule for passwords, for a form that checks while its reader types.
#[derive(SimpleObject)]
#[graphql(name = "PasswordRuleInfo")]
pub(crate) struct DescribedRule {
    /// Which rule.
    rule: PasswordRule,
    /// What it asks; the user error of a password that breaks it has the same message.
    text: String,
    /// Least number of characters; of the rule `LENGTH` only.
    characters_min: Option<i32>,
    /// Largest number of characters; of the rule `LENGTH` only.
    characters_max: Option<i32>,
}

impl From<domain::password::CheckedRule> for DescribedRule {
    fn from(one: domain::password::CheckedRule) -> Self {
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            rule: one.rule.into(),
            text: one.text,
            characters_min: one.lengths.map(|(least, _)| count(least)),
            characters_max: one.lengths.map(|(_, most)| count(most)),
        }
    }
}

/// What somebody needs to know in order to sign up.
pub(crate) struct SignUpForm(app::settings::SignUpSettings, PasswordProfile);

/// What somebody needs to know in order to sign up.
#[Object(name = "SignUpFormInfo")]
impl SignUpForm {
    /// Whether strangers may sign up here; else ask an administrator for an invitation.
    async fn is_open(&self) -> bool {
        self.0.is_open
    }

    /// The version of the terms; `signUp` repeats it to accept them.
    async fn terms_version(&self) -> &str {
        &self.0.terms_version
    }

    /// The terms, to be shown before they are accepted; empty when this installation has none.
    async fn terms_text(&self) -> &str {
        &self.0.terms_text
    }

    /// The rules for the password, in the order in which a form shows them.
    async fn password_rules(&self) -> Vec<DescribedRule> {
        let rules = app::passwords::rules(self.1).into_iter();
        rules.map(DescribedRule::from).collect()
    }
}

/// Root fields of signing up.
#[derive(Default)]
pub(crate) struct SignUpQuery;

#[Object]
impl SignUpQuery {
    /// What a form for signing up shows; also for strangers.
    async fn sign_up_form(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<SignUpForm>> {
        let settings = &request(ctx)?.services.settings;
        Ok(Some(SignUpForm(
            settings.sign_up.clone(),
            settings.password_profile,
        )))
    }
}

/// Who signs up.
#[derive(InputObject)]
pub(crate) struct SignUpInput {
    /// Name of the person.
    name: String,
    /// E-mail address, in any case of letters.
    email: String,
    /// The password; see `signUpForm.passwordRules`.
    password: String,
    /// Name of the organization that will be made.
    organization_name: String,
    /// The version of the terms that you accept: `signUpForm.termsVersion`.
    terms_version: String,
}

/// Result of `signUp`.
#[derive(SimpleObject)]
pub(crate) struct SignUpPayload {
    /// True when the request was accepted: a mail is on its way. If the address has an account, the mail says so.
    accepted: bool,
    /// What to mend, one for each rule that the password breaks; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Whose link got lost.
#[derive(InputObject)]
pub(crate) struct RequestConfirmationInput {
    /// The address that was signed up.
    email: String,
}

/// Result of `requestConfirmation`.
#[derive(SimpleObject)]
pub(crate) struct RequestConfirmationPayload {
    /// True when the request was accepted; a mail is sent only if somebody signed up with the address.
    accepted: bool,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// A link, and the password that goes with it.
#[derive(InputObject)]
pub(crate) struct ConfirmSignUpInput {
    /// The secret of the link, the part after `token=`.
    token: String,
    /// The password with which the address was signed up: so the mailbox and the sign-up are the same person's.
    password: String,
}

/// Result of `confirmSignUp`.
#[derive(SimpleObject)]
pub(crate) struct ConfirmSignUpPayload {
    /// True when account and organization are made; sign in next.
    done: bool,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of signing up.
#[derive(Default)]
pub(crate) struct SignUpMutation;

#[Object]
impl SignUpMutation {
    /// Asks for an account and an organization. A mail with a link follows; nothing exists before the link was used.
    async fn sign_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who signs up.")] input: SignUpInput,
    ) -> async_graphql::Result<Option<SignUpPayload>> {
        let request = request(ctx)?;
        let new = app::sign_up::NewSignUp {
            name: input.name,
            email: input.email,
            password: input.password.into(),
            organization_name: input.organization_name,
            terms_version: input.terms_version,
        };
        let asked = app::sign_up::request(&request.services, &request.origin, new).await;
        let (accepted, user_errors) = outcome(asked)?;
        Ok(Some(SignUpPayload {
            accepted: accepted.is_some(),
            user_errors,
        }))
    }

    /// Sends another link to an address that was signed up; earlier ones are void. The answer does not tell whether it was.
    async fn request_confirmation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose link got lost.")] input: RequestConfirmationInput,
    ) -> async_graphql::Result<Option<RequestConfirmationPayload>> {
        let request = request(ctx)?;
        let (services, origin) = (&request.services, &request.origin);
        let asked = app::sign_up::request_confirmation(services, origin, &input.email).await;
        let (accepted, user_errors) = outcome(asked)?;
        Ok(Some(RequestConfirmationPayload {
            accepted: accepted.is_some(),
            user_errors,
        }))
    }

    /// Confirms the address: makes the account and the organization, whose Super Admin the person is. Signs nobody in.
    async fn confirm_sign_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link and the password.")] input: ConfirmSignUpInput,
    ) -> async_graphql::Result<Option<ConfirmSignUpPayload>> {
        let request = request(ctx)?;
        let ConfirmSignUpInput { token, password } = input;
        let (services, origin) = (&request.services, &request.origin);
        let made = app::sign_up::confirm(services, origin, &token, &password.into()).await;
        let (done, user_errors) = outcome(made)?;
        Ok(Some(ConfirmSignUpPayload {
            done: done.is_some(),
            user_errors,
        }))
    }
}
