//! States of an organization that take time, a browser, a provider or a store to come about, made at once.
//!
//! Not for what a use case does by itself (`testing.rs`). Invariant: what stands in the database is what would stand there.

use domain::identity_provider::{
    IdentityLink, IdentityProvider, OidcProvider, ProviderSettings, ProviderState,
};
use domain::life::Held;
use domain::membership::{Membership, MembershipState};
use domain::recovery_point::RecoveryPoint;
use domain::{IdentityProviderId, OrganizationId, PasskeyId, UserId};
use identity::TotpSecret;
use identity::passkey::testing::Browser;
use jiff::Timestamp;
use secrecy::SecretString;

use super::{Harness, PUBLIC_URL};
use crate::context::{Ctx, Origin};
use crate::sessions::{self, NewSession, Through};
use crate::{passkeys, second_factors};

/// The code that the authenticator app with this secret shows at this moment.
#[expect(clippy::expect_used, reason = "a test cannot go on without it")]
#[expect(clippy::missing_panics_doc, reason = "a test cannot go on without it")]
#[must_use]
pub fn totp_code(secret: &SecretString, at: Timestamp) -> String {
    let app = TotpSecret::from_text(secret.clone());
    app.code_at(at).expect("a code")
}

#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test cannot go on without its world"
)]
impl Harness {
    /// The person with an authenticator app, in a session that it proved, and the secret of the app. The code of this half a minute is
    /// used up.
    pub async fn with_totp(&self, ctx: &Ctx) -> (Ctx, SecretString) {
        let setup = second_factors::begin_totp(ctx).await.expect("an app");
        let code = totp_code(&setup.secret, ctx.now());
        let confirmed = second_factors::confirm_totp(ctx, &code.into()).await;
        (confirmed.expect("a code").0.ctx, setup.secret)
    }

    /// What a browser answers to the question for a new passkey of the person: the token of the question, and the answer.
    pub async fn passkey_answer(&self, ctx: &Ctx) -> (SecretString, String) {
        let question = passkeys::begin(ctx).await.expect("a question");
        let mut browser = Browser::default();
        let answer = browser.register(PUBLIC_URL, &question.options).await;
        (question.secret.text().clone(), answer.to_string())
    }

    /// The person with a passkey, in a session that it proved.
    pub async fn with_passkey(&self, ctx: &Ctx) -> (Ctx, PasskeyId) {
        let (token, answer) = self.passkey_answer(ctx).await;
        let made = passkeys::create(ctx, &token, "Key", &answer).await;
        let made = made.expect("a passkey");
        (made.session.ctx, made.passkey.id)
    }

    /// An identity provider in this state, whoever tested it.
    pub async fn provider(
        &self,
        ctx: &Ctx,
        name: &str,
        state: ProviderState,
    ) -> IdentityProviderId {
        let provider = IdentityProvider {
            id: IdentityProviderId::fresh(ctx.ids()),
            organization_id: ctx.organization(),
            name: name.to_owned(),
            settings: ProviderSettings::Oidc(OidcProvider {
                issuer: "https://idp.example".to_owned(),
                client_id: "holdfast".to_owned(),
                sealed_secret: None,
                groups_claim: "groups".to_owned(),
            }),
            rules: Vec::new(),
            state,
            version: 1,
            created_at: ctx.now(),
        };
        let mut tx = ctx.begin().await.expect("a transaction");
        let added = store::identity_providers::add(&mut tx, &provider).await;
        added.expect("a provider");
        tx.commit().await.expect("a commit");
        provider.id
    }

    /// An account of the person at the provider, linked.
    pub async fn linked(&self, ctx: &Ctx, provider: IdentityProviderId) {
        let link = IdentityLink {
            organization_id: ctx.organization(),
            provider_id: provider,
            subject: "bob".to_owned(),
            user_id: ctx.user().expect("a person").id,
            created_at: ctx.now(),
        };
        let mut tx = ctx.begin().await.expect("a transaction");
        let added = store::identity_links::add(&mut tx, &link).await;
        added.expect("a link");
        tx.commit().await.expect("a commit");
    }

    /// A session of the person for whom the provider vouches, however it knows them.
    pub async fn signed_on(&self, ctx: &Ctx, provider: IdentityProviderId) -> NewSession {
        let user = ctx.user().expect("a person").clone();
        let through = Through {
            provider_id: provider,
            subject: user.id.to_string(),
            session_index: None,
        };
        let (origin, organization) = (Origin::default(), ctx.organization());
        let begun =
            sessions::begin_through(&self.services, &origin, user, organization, &through).await;
        begun.expect("a session")
    }

    /// Makes the person a member of an organization, in this state, without a role.
    pub async fn member_of(
        &self,
        user: UserId,
        organization: OrganizationId,
        state: MembershipState,
    ) {
        let membership = Membership {
            organization_id: organization,
            user_id: user,
            state,
            invited_by: None,
            created_at: self.services.clock.now(),
            last_active_at: None,
        };
        let mut tx = self.services.store.begin().await.expect("a transaction");
        let added = store::memberships::add(&mut tx, &membership).await;
        added.expect("a membership");
        tx.commit().await.expect("a commit");
    }

    /// The point ends at `at`, unforeseen; `is_ending` puts it into its undo window, for which `at` has come.
    pub async fn ends(&self, ctx: &Ctx, point: &RecoveryPoint, at: Timestamp, is_ending: bool) {
        let mut after = point
            .deleted(at, Held(false))
            .expect("a point that may end");
        after.life.cleared_at = None;
        if is_ending {
            after = after.ending(ctx.now(), Held(false)).expect("a due point");
        }
        let mut tx = ctx.begin().await.expect("a transaction");
        let set = store::recovery_points::life::set_life(&mut tx, point.status, &after).await;
        set.expect("a life");
        tx.commit().await.expect("a commit");
    }

    /// Every store of the organization was tried and keeps what a compliance lock needs.
    pub async fn probed(&self, ctx: &Ctx) {
        let rows = store::repositories::list(&ctx.read(), ctx.organization()).await;
        let mut tx = ctx.begin().await.expect("a transaction");
        for row in rows.expect("repositories") {
            let probed =
                store::object_locks::probed(&mut tx, ctx.organization(), row.id, &[]).await;
            probed.expect("a probe");
        }
        tx.commit().await.expect("a commit");
    }
}
