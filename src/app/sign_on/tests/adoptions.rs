//! Who may be adopted by whoever has proven the domain of the address, and who may not.

use domain::membership::{Membership, MembershipState};
use domain::passkey::Passkey;
use domain::user::User;
use domain::{PasskeyId, UserId};
use identity::scim::UserChange;
use jiff::SignedDuration;

use super::arrivals::{ops, provider_of_ops};
use super::*;
use crate::mails::Message;
use crate::{invitations, scim};

const EMAIL: &str = "ann@corp.test";

/// What a row may be besides its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Row {
    Bare,
    InvitedElsewhere,
    InvitedHere,
    UnconfirmedApp,
    OwnLink,
    Password,
    App,
    Passkey,
    LinkOfAnother,
    LinkElsewhere,
    MemberElsewhere,
    SuspendedElsewhere,
    MemberHere,
    SuspendedHere,
}

/// Each row with whether a push adopts it, and whether a sign-on does.
const ROWS: [(Row, bool, bool); 14] = [
    (Row::Bare, true, true),
    (Row::InvitedElsewhere, true, true),
    (Row::InvitedHere, true, true),
    (Row::UnconfirmedApp, true, true),
    // A link that is there is of another subject.
    (Row::OwnLink, true, false),
    (Row::Password, false, false),
    (Row::App, false, false),
    (Row::Passkey, false, false),
    (Row::LinkOfAnother, false, false),
    (Row::LinkElsewhere, false, false),
    (Row::MemberElsewhere, false, false),
    (Row::SuspendedElsewhere, false, false),
    (Row::MemberHere, false, false),
    (Row::SuspendedHere, false, false),
];

struct Stage {
    world: Harness,
    ctx: Ctx,
    stranger: Ctx,
    one: IdentityProvider,
    other: IdentityProvider,
    foreign: IdentityProvider,
}

impl Stage {
    async fn new() -> Self {
        let world = Harness::new().await;
        let (ctx, stranger) = (world.admin().await, world.stranger().await);
        let one = provider_of_ops(&world, &ctx).await;
        let other = provider(&world, &ctx, "Other", ProviderState::Active).await;
        let foreign = provider(&world, &stranger, "Foreign", ProviderState::Active).await;
        Self {
            world,
            ctx,
            stranger,
            one,
            other,
            foreign,
        }
    }

    /// A row of that kind with this address of the proven domain.
    async fn row(&self, row: Row, email: &str) -> User {
        let now = self.ctx.now();
        let user = User {
            id: UserId::fresh(self.ctx.ids()),
            name: String::new(),
            email: email.to_owned(),
            password_changed_at: None,
            email_confirmed_at: None,
            created_at: now,
        };
        let mut tx = self.ctx.system_begin().await.unwrap();
        let hash = (row == Row::Password).then_some("a hash");
        store::users::add(&mut tx, &user, hash).await.unwrap();
        tx.commit().await.unwrap();
        self.belong(row, &user).await;
        self.enroll(row, &user).await;
        user
    }

    /// What the row has to do with organizations and providers.
    async fn belong(&self, row: Row, user: &User) {
        let (here, elsewhere) = (self.ctx.organization(), self.stranger.organization());
        let mut tx = self.ctx.system_begin().await.unwrap();
        for (kind, organization_id, state) in [
            (Row::InvitedElsewhere, elsewhere, MembershipState::Invited),
            (Row::InvitedHere, here, MembershipState::Invited),
            (Row::MemberElsewhere, elsewhere, MembershipState::Active),
            (
                Row::SuspendedElsewhere,
                elsewhere,
                MembershipState::Suspended,
            ),
            (Row::MemberHere, here, MembershipState::Active),
            (Row::SuspendedHere, here, MembershipState::Suspended),
        ] {
            let membership = Membership {
                organization_id,
                user_id: user.id,
                state,
                invited_by: None,
                created_at: user.created_at,
                last_active_at: None,
            };
            if kind == row {
                store::memberships::add(&mut tx, &membership).await.unwrap();
            }
        }
        for (kind, provider) in [
            (Row::OwnLink, &self.one),
            (Row::LinkOfAnother, &self.other),
            (Row::LinkElsewhere, &self.foreign),
        ] {
            let link = IdentityLink {
                organization_id: provider.organization_id,
                provider_id: provider.id,
                subject: "somebody".to_owned(),
                user_id: user.id,
                created_at: user.created_at,
            };
            if kind == row {
                store::identity_links::add(&mut tx, &link).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    }

    /// What the row proves itself with.
    async fn enroll(&self, row: Row, user: &User) {
        let now = user.created_at;
        let mut tx = self.ctx.system_begin().await.unwrap();
        if matches!(row, Row::App | Row::UnconfirmedApp) {
            store::second_factors::begin_totp(&mut tx, user.id, "sealed", now)
                .await
                .unwrap();
        }
        if row == Row::App {
            let done = store::second_factors::confirm_totp(&mut tx, user.id, "sealed", 1, now);
            assert!(done.await.unwrap());
        }
        if row == Row::Passkey {
            let key = Passkey {
                id: PasskeyId::fresh(self.ctx.ids()),
                user_id: user.id,
                name: "key".to_owned(),
                created_at: now,
                last_used_at: None,
            };
            store::passkeys::add(&mut tx, &key, b"credential", &json!({}))
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// A new token of the provider.
    async fn bearer(&self) -> String {
        let made = scim::create_token(&self.ctx, Some(self.one.id)).await;
        made.unwrap().1.text().expose_secret().to_owned()
    }

    async fn take_out(&self, id: UserId) -> Result<(), Error> {
        let (origin, bearer) = (Origin::default(), self.bearer().await);
        let caller = scim::recognise(&self.world.services, &origin, &bearer).await?;
        caller.unwrap().delete_user(Some(id)).await
    }

    async fn push(&self) -> Result<scim::Pushed, Error> {
        self.push_with(EMAIL).await
    }

    async fn push_with(&self, email: &str) -> Result<scim::Pushed, Error> {
        let (origin, bearer) = (Origin::default(), self.bearer().await);
        let caller = scim::recognise(&self.world.services, &origin, &bearer).await?;
        let change = UserChange {
            user_name: Some(email.to_owned()),
            name: Some("Ann Pushed".to_owned()),
            ..UserChange::default()
        };
        caller.unwrap().create_user(change).await
    }

    async fn arrive(&self, groups: &[&str]) -> Result<NewSession, Error> {
        self.arrive_with(EMAIL, groups).await
    }

    async fn arrive_with(&self, email: &str, groups: &[&str]) -> Result<NewSession, Error> {
        let mut assertion = ops(&format!("ann of {email}"), email);
        assertion.name = Some("Ann Arrived".to_owned());
        assertion.groups = groups.iter().map(|&group| group.to_owned()).collect();
        sign_on(&self.world, &self.one, &assertion).await
    }

    async fn user(&self, id: UserId) -> User {
        let reader = self.world.services.store.read();
        let found = store::users::system_lookup(&reader, id).await;
        found.unwrap().unwrap()
    }

    /// What the log says of the newest arrival.
    async fn logged(&self, action: &str) -> serde_json::Value {
        let page = PageRequest {
            size: 100,
            ..PageRequest::default()
        };
        let log = audit::list(&self.ctx, &AuditFilter::default(), &page).await;
        let all = log.unwrap().into_nodes();
        let found = all
            .into_iter()
            .find(|event| event.action == action && event.outcome == Outcome::Success);
        found.unwrap().summary.clone()
    }
}

#[tokio::test]
async fn a_push_adopts_what_is_nobodys_and_nothing_else() {
    let stage = Stage::new().await;
    for (row, is_pushed, _) in ROWS {
        stage.world.clock.advance(SignedDuration::from_secs(1));
        let email = format!("{row:?}@corp.test").to_lowercase();
        let before = stage.row(row, &email).await;
        let done = stage.push_with(&email).await;
        let after = stage.user(before.id).await;
        if is_pushed {
            let pushed = done.unwrap_or_else(|error| panic!("{row:?}: {error:?}"));
            assert_eq!(pushed.user.id, before.id, "{row:?}");
            assert!(pushed.active, "{row:?}");
            assert_eq!(after.name, "Ann Pushed", "{row:?}");
            assert!(after.email_confirmed_at.is_some(), "{row:?}");
            let logged = stage.logged("scim_push_user").await;
            assert_eq!(logged["email"], email.as_str());
            assert_eq!(logged["adopted"], true);
            let reader = stage.world.services.store.read();
            let links = store::identity_links::system_list_of_user(&reader, before.id).await;
            assert_eq!(links.unwrap(), [], "{row:?}: an old subject gets nobody");
        } else {
            let error = done.unwrap_err();
            let code = error.problems().unwrap()[0].code;
            assert_eq!(code, ProblemCode::Taken, "{row:?}");
            assert_eq!(after, before, "{row:?}");
        }
    }
}

#[tokio::test]
async fn a_sign_on_adopts_what_is_nobodys_and_nothing_else() {
    let stage = Stage::new().await;
    for (row, _, is_adopted) in ROWS {
        stage.world.clock.advance(SignedDuration::from_secs(1));
        let email = format!("{row:?}@corp.test").to_lowercase();
        let before = stage.row(row, &email).await;
        // Whoever gets no role leaves no trace.
        let without = stage.arrive_with(&email, &["none"]).await;
        assert!(without.is_err(), "{row:?}");
        assert_eq!(stage.user(before.id).await, before, "{row:?}");
        let done = stage.arrive_with(&email, &["ops"]).await;
        let after = stage.user(before.id).await;
        if is_adopted {
            let session = done.unwrap_or_else(|error| panic!("{row:?}: {error:?}"));
            assert_eq!(session.ctx.user().unwrap().id, before.id, "{row:?}");
            assert_eq!(after.name, "Ann Arrived", "{row:?}");
            assert!(after.email_confirmed_at.is_some(), "{row:?}");
            let logged = stage.logged("provision_user").await;
            assert_eq!(logged["email"], email.as_str());
            assert_eq!(logged["adopted"], true);
        } else {
            assert!(done.is_err(), "{row:?}");
            assert_eq!(after, before, "{row:?}");
        }
    }
}

#[tokio::test]
async fn nobody_is_adopted_without_a_proof_of_the_domain() {
    let stage = Stage::new().await;
    let row = stage.row(Row::Bare, EMAIL).await;
    let proofs = crate::domain_proofs::list(&stage.ctx).await.unwrap();
    for proof in proofs {
        crate::domain_proofs::release(&stage.ctx, Some(proof.id))
            .await
            .unwrap();
    }
    assert!(stage.push().await.is_err());
    assert!(stage.arrive(&["ops"]).await.is_err());
    assert_eq!(stage.user(row.id).await, row);
}

/// The secret of the newest invitation that was sent.
async fn invited(world: &Harness, by: &Ctx, role: BuiltInRole) -> (invitations::Invited, String) {
    let reader = world.services.store.read();
    let root = store::organizational_units::root(&reader, by.organization()).await;
    let grant = (Some(role.id()), Some(root.unwrap().id));
    let invited = invitations::invite(by, EMAIL, &[grant]).await.unwrap();
    let mails = world.mails().await.into_iter().rev();
    let mut secrets = mails.filter_map(|mail| {
        if let Message::Invitation { secret, .. } = mail.message {
            return Some(secret.expose_secret().to_owned());
        }
        None
    });
    (invited, secrets.next().unwrap())
}

async fn accepted(world: &Harness, token: String) -> Result<(), Error> {
    let answer = invitations::Acceptance {
        token,
        name: "Eve".to_owned(),
        password: SecretString::from("Wrong-Zebra-8-Teapot"),
        terms_version: String::new(),
    };
    invitations::accept(&world.services, &Origin::default(), &answer)
        .await
        .map(drop)
}

#[tokio::test]
async fn an_invitation_of_a_stranger_keeps_nobody_out_and_can_still_be_accepted() {
    let stage = Stage::new().await;
    let (invitation, secret) =
        invited(&stage.world, &stage.stranger, BuiltInRole::BackupAdmin).await;
    let session = stage.arrive(&["ops"]).await.unwrap();
    let id = session.ctx.user().unwrap().id;
    assert_eq!(id, invitation.invitation.user_id);
    let waiting = invitations::list(&stage.stranger).await.unwrap();
    assert_eq!(waiting.len(), 1);
    accepted(&stage.world, secret).await.unwrap();
    let own = crate::users::own_memberships(&session.ctx).await.unwrap();
    let active = own
        .iter()
        .filter(|(one, _)| one.state == MembershipState::Active);
    assert_eq!(active.count(), 2);
    // The password of the answer is nobody's: the person goes on signing on through the provider.
    assert!(stage.user(id).await.password_changed_at.is_none());
    assert!(stage.arrive(&["ops"]).await.is_ok());
}

#[tokio::test]
async fn an_invitation_that_was_taken_back_keeps_nobody_out() {
    let stage = Stage::new().await;
    let (invitation, secret) =
        invited(&stage.world, &stage.stranger, BuiltInRole::BackupAdmin).await;
    let id = Some(invitation.invitation.id);
    invitations::revoke(&stage.stranger, id).await.unwrap();
    assert!(stage.push().await.is_ok());
    assert!(accepted(&stage.world, secret).await.is_err());
}

#[tokio::test]
async fn an_own_invitation_ends_with_its_grants_when_the_provider_brings_the_person() {
    let stage = Stage::new().await;
    let (_, secret) = invited(&stage.world, &stage.ctx, BuiltInRole::SuperAdmin).await;
    let pushed = stage.push().await.unwrap();
    let reader = stage.world.services.store.read();
    let organization = stage.ctx.organization();
    let grants = store::role_grants::of_users(&reader, organization, &[pushed.user.id]).await;
    assert_eq!(grants.unwrap(), [], "only rules grant something");
    assert!(invitations::list(&stage.ctx).await.unwrap().is_empty());
    assert!(accepted(&stage.world, secret).await.is_err());
}

#[tokio::test]
async fn whom_the_provider_takes_out_it_can_bring_again() {
    let stage = Stage::new().await;
    let first = stage.push().await.unwrap().user.id;
    for _ in 0..3 {
        stage.take_out(first).await.unwrap();
        let again = stage.push().await.unwrap();
        assert_eq!(again.user.id, first);
        assert!(again.active && again.groups.is_empty());
    }
}

#[tokio::test]
async fn whom_an_administrator_removed_is_brought_by_a_push_and_not_by_their_own_sign_on() {
    let stage = Stage::new().await;
    let session = stage.arrive(&["ops"]).await.unwrap();
    let id = session.ctx.user().unwrap().id;
    assert!(stage.push().await.is_err(), "a member is not pushed over");
    crate::memberships::remove(&stage.ctx, Some(id))
        .await
        .unwrap();
    assert!(stage.arrive(&["ops"]).await.is_err());
    assert_eq!(stage.push().await.unwrap().user.id, id);
    // The subject of before is not the one that was pushed.
    assert!(stage.arrive(&["ops"]).await.is_err());
    assert!(
        !crate::recognition::still_stands(&session.ctx)
            .await
            .unwrap()
    );
}
