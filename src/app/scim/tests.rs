//! What a provider may push and reach, and what becomes of the people.

use domain::group_rule::{GroupCondition, GroupRule};
use domain::identity_provider::{OidcProvider, ProviderSettings};
use domain::permission::Permission;
use domain::role::BuiltInRole;
use identity::Assertion;
use secrecy::ExposeSecret as _;

use super::*;
use crate::domain_proofs;
use crate::testing::Harness;

struct Stage {
    world: Harness,
    ctx: Ctx,
    origin: Origin,
    bearer: String,
    provider: IdentityProvider,
}

impl Stage {
    async fn new() -> Self {
        let world = Harness::new().await;
        let ctx = world.admin().await;
        let claim = domain_proofs::claim(&ctx, "corp.test").await.unwrap();
        world
            .records
            .add(&claim.record_name(), &claim.record_text());
        domain_proofs::prove(&ctx, Some(claim.id)).await.unwrap();
        let provider = add_provider(&world, &ctx, "One").await;
        let (_, secret) = create_token(&ctx, Some(provider.id)).await.unwrap();
        let bearer = secret.text().expose_secret().to_owned();
        Self {
            world,
            ctx,
            origin: Origin::default(),
            bearer,
            provider,
        }
    }

    async fn caller(&self) -> ScimCaller<'_> {
        let found = recognise(&self.world.services, &self.origin, &self.bearer).await;
        found.unwrap().unwrap()
    }

    async fn sign_on(&self, subject: &str) -> Result<crate::sessions::NewSession, Error> {
        let services = &self.world.services;
        let begun = sign_on::begin(services, &self.origin, Some(self.provider.id)).await?;
        let secret = begun.secret.text().expose_secret().to_owned();
        let taken = sign_on::take(services, Some(self.provider.id), &secret).await?;
        let assertion = Assertion {
            subject: subject.to_owned(),
            email: None,
            email_verified: false,
            name: None,
            // Not what counts for people who were pushed.
            groups: vec!["admins".to_owned()],
            session_index: None,
            one_time: None,
        };
        sign_on::complete(services, &self.origin, &taken, &assertion).await
    }
}

async fn add_provider(world: &Harness, ctx: &Ctx, name: &str) -> IdentityProvider {
    let root = ctx.access().root();
    let rule = |name: &str, role: BuiltInRole| GroupRule {
        name: name.to_owned(),
        condition: GroupCondition::Equals(name.to_owned()),
        role_id: role.id(),
        unit_ids: vec![root],
    };
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
        rules: vec![
            rule("ops", BuiltInRole::BackupAdmin),
            rule("admins", BuiltInRole::SuperAdmin),
        ],
        state: ProviderState::Active,
        version: 1,
        created_at: ctx.now(),
    };
    let mut tx = world.services.store.begin().await.unwrap();
    store::identity_providers::add(&mut tx, &provider)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    provider
}

fn person(name: &str) -> UserChange {
    UserChange {
        user_name: Some(format!("{name}@corp.test")),
        external_id: Some(Some(format!("ext-{name}"))),
        ..UserChange::default()
    }
}

fn group(name: &str, members: &[UserId]) -> GroupChange {
    GroupChange {
        display_name: Some(name.to_owned()),
        external_id: None,
        members: vec![MemberChange::Replace(
            members.iter().map(ToString::to_string).collect(),
        )],
    }
}

fn active(active: bool) -> UserChange {
    UserChange {
        active: Some(active),
        ..UserChange::default()
    }
}

fn code(error: &Error) -> Option<ProblemCode> {
    error.problems().map(|all| all[0].code)
}

#[tokio::test]
async fn who_was_pushed_signs_on_with_the_groups_that_were_pushed_until_suspended() {
    let stage = Stage::new().await;
    let caller = stage.caller().await;
    let ann = caller.create_user(person("ann")).await.unwrap();
    assert!(ann.active);
    assert_eq!(ann.user.email, "ann@corp.test");
    assert!(stage.sign_on("ext-ann").await.is_err(), "no group, no role");
    let (ops, _) = caller
        .create_group(group("ops", &[ann.user.id]))
        .await
        .unwrap();
    let session = stage.sign_on("ext-ann").await.unwrap();
    assert_eq!(session.ctx.user().unwrap().id, ann.user.id);
    assert!(session.ctx.can(Permission::BackupRun));
    assert!(!session.ctx.can(Permission::SsoManage));
    // Out of the group: the session goes on with fewer rights, without a new sign-on.
    let emptied = GroupChange {
        members: vec![MemberChange::Remove(vec![ann.user.id.to_string()])],
        ..GroupChange::default()
    };
    caller.update_group(Some(ops.id), emptied).await.unwrap();
    assert!(
        !crate::recognition::still_stands(&session.ctx)
            .await
            .unwrap()
    );
    let back = GroupChange {
        members: vec![MemberChange::Add(vec![ann.user.id.to_string()])],
        ..GroupChange::default()
    };
    caller.update_group(Some(ops.id), back).await.unwrap();
    let session = stage.sign_on("ext-ann").await.unwrap();
    // Suspended: sessions end, and nobody comes in.
    assert!(
        !caller
            .update_user(Some(ann.user.id), active(false))
            .await
            .unwrap()
            .active
    );
    assert!(
        !crate::recognition::still_stands(&session.ctx)
            .await
            .unwrap()
    );
    assert!(stage.sign_on("ext-ann").await.is_err());
    assert!(
        caller
            .update_user(Some(ann.user.id), active(true))
            .await
            .unwrap()
            .active
    );
    assert!(stage.sign_on("ext-ann").await.is_ok());
    caller.delete_user(Some(ann.user.id)).await.unwrap();
    assert!(stage.sign_on("ext-ann").await.is_err());
    assert_eq!(
        code(&caller.user(Some(ann.user.id)).await.unwrap_err()),
        Some(ProblemCode::NotFound)
    );
}

#[tokio::test]
async fn whom_the_provider_takes_out_has_no_old_token() {
    let stage = Stage::new().await;
    let caller = stage.caller().await;
    let ann = caller.create_user(person("ann")).await.unwrap().user.id;
    caller.create_group(group("admins", &[ann])).await.unwrap();
    let session = stage.sign_on("ext-ann").await.unwrap();
    let made = crate::api_tokens::create(&session.ctx, "x", None).await;
    let (_, secret) = made.unwrap();
    let works = async || {
        let text = secret.text().expose_secret();
        let found = crate::api_tokens::recognise(&stage.world.services, &stage.origin, text).await;
        found.unwrap().is_some()
    };
    assert!(works().await);
    let organization = stage.ctx.organization();
    let reader = stage.world.services.store.read();
    let before = store::memberships::lookup(&reader, organization, ann).await;
    caller.delete_user(Some(ann)).await.unwrap();
    // Whatever way the person returns by.
    let mut tx = stage.world.services.store.begin().await.unwrap();
    store::memberships::add(&mut tx, &before.unwrap().unwrap())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(!works().await);
    assert!(
        !crate::recognition::still_stands(&session.ctx)
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_provider_lifts_its_own_suspension_and_no_other() {
    let stage = Stage::new().await;
    let caller = stage.caller().await;
    let ann = caller.create_user(person("ann")).await.unwrap().user.id;
    caller.create_group(group("ops", &[ann])).await.unwrap();
    let set = async |wanted: bool| {
        let pushed = caller.update_user(Some(ann), active(wanted)).await;
        pushed.unwrap().active
    };
    assert!(!set(false).await);
    assert!(set(true).await);
    // By hand: the next push of the provider does not undo it, whatever came before it.
    memberships::suspend(&stage.ctx, Some(ann)).await.unwrap();
    assert!(!set(true).await);
    assert!(!set(false).await);
    assert!(!set(true).await);
    assert!(!caller.user(Some(ann)).await.unwrap().active);
    assert!(stage.sign_on("ext-ann").await.is_err());
    memberships::resume(&stage.ctx, Some(ann)).await.unwrap();
    assert!(stage.sign_on("ext-ann").await.is_ok());
    // Whom the provider has suspended can be held by hand as well, once.
    assert!(!set(false).await);
    memberships::suspend(&stage.ctx, Some(ann)).await.unwrap();
    assert!(!set(true).await);
    let twice = memberships::suspend(&stage.ctx, Some(ann)).await;
    assert_eq!(
        code(&twice.unwrap_err()),
        Some(ProblemCode::PreconditionFailed)
    );
    // An administrator lifts either.
    memberships::resume(&stage.ctx, Some(ann)).await.unwrap();
    assert!(!set(false).await);
    memberships::resume(&stage.ctx, Some(ann)).await.unwrap();
    assert!(caller.user(Some(ann)).await.unwrap().active);
}

#[tokio::test]
async fn taking_a_person_out_and_bringing_them_again_is_no_way_around_a_suspension_by_hand() {
    let stage = Stage::new().await;
    let caller = stage.caller().await;
    let ann = caller.create_user(person("ann")).await.unwrap().user.id;
    caller.create_group(group("ops", &[ann])).await.unwrap();
    stage.sign_on("ext-ann").await.unwrap();
    memberships::suspend(&stage.ctx, Some(ann)).await.unwrap();
    caller.delete_user(Some(ann)).await.unwrap();
    let again = caller.create_user(person("ann")).await.unwrap_err();
    assert_eq!(code(&again), Some(ProblemCode::Taken));
    assert!(stage.sign_on("ext-ann").await.is_err());
    let reader = stage.world.services.store.read();
    let organization = stage.ctx.organization();
    let kept = store::memberships::lookup(&reader, organization, ann).await;
    assert_eq!(kept.unwrap().unwrap().state, MembershipState::Suspended);
    let grants = store::role_grants::of_users(&reader, organization, &[ann]).await;
    assert_eq!(grants.unwrap(), [], "what its groups granted is gone");
    // Once an administrator lets go of them, the provider brings them.
    memberships::remove(&stage.ctx, Some(ann)).await.unwrap();
    assert_eq!(
        caller.create_user(person("ann")).await.unwrap().user.id,
        ann
    );
}

#[tokio::test]
async fn nobody_is_pushed_over_somebody_else() {
    let stage = Stage::new().await;
    let caller = stage.caller().await;
    caller.create_user(person("ann")).await.unwrap();
    for (name, wanted) in [
        ("ANN@corp.test", ProblemCode::Taken),
        ("admin@a.test", ProblemCode::Invalid),
        ("eve@elsewhere.test", ProblemCode::Invalid),
        ("no address", ProblemCode::Invalid),
    ] {
        let new = UserChange {
            user_name: Some(name.to_owned()),
            ..UserChange::default()
        };
        assert_eq!(
            code(&caller.create_user(new).await.unwrap_err()),
            Some(wanted),
            "{name}"
        );
    }
    // Who came by another way is not the provider's to see or to change.
    for id in [
        Some(stage.world.admin.id),
        None,
        Some(UserId::fresh(stage.ctx.ids())),
    ] {
        assert_eq!(
            code(&caller.user(id).await.unwrap_err()),
            Some(ProblemCode::NotFound)
        );
        assert!(caller.update_user(id, active(false)).await.is_err());
        assert!(caller.delete_user(id).await.is_err());
    }
    let stranger = group("ops", &[stage.world.admin.id]);
    assert_eq!(
        code(&caller.create_group(stranger).await.unwrap_err()),
        Some(ProblemCode::Invalid)
    );
    // Neither is what another provider of the organization has pushed.
    let other = add_provider(&stage.world, &stage.ctx, "Other").await;
    let (_, secret) = create_token(&stage.ctx, Some(other.id)).await.unwrap();
    let found = recognise(
        &stage.world.services,
        &stage.origin,
        secret.text().expose_secret(),
    )
    .await;
    let theirs = found.unwrap().unwrap();
    let (all, total) = theirs.users(&ScimFilter::All, 0, 100).await.unwrap();
    assert!(all.is_empty() && total == 0);
    let by_name = ScimFilter::Name("Ann@Corp.test".to_owned());
    assert_eq!(caller.users(&by_name, 0, 100).await.unwrap().1, 1);
    assert_eq!(
        caller
            .users(&ScimFilter::ExternalId("EXT-ann".to_owned()), 0, 100)
            .await
            .unwrap()
            .1,
        0
    );
}

#[tokio::test]
async fn the_last_super_admin_stays() {
    let stage = Stage::new().await;
    let caller = stage.caller().await;
    let ann = caller.create_user(person("ann")).await.unwrap();
    let (admins, _) = caller
        .create_group(group("admins", &[ann.user.id]))
        .await
        .unwrap();
    let mut tx = stage.ctx.begin().await.unwrap();
    let organization = stage.ctx.organization();
    store::memberships::remove(&mut tx, organization, stage.world.admin.id)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let refused = caller
        .update_user(Some(ann.user.id), active(false))
        .await
        .unwrap_err();
    assert_eq!(code(&refused), Some(ProblemCode::PreconditionFailed));
    assert!(caller.delete_user(Some(ann.user.id)).await.is_err());
    caller.delete_group(Some(admins.id)).await.unwrap();
    let reader = stage.world.services.store.read();
    let left = store::role_grants::super_admins(&reader, organization)
        .await
        .unwrap();
    assert_eq!(left, [ann.user.id]);
    assert!(caller.user(Some(ann.user.id)).await.unwrap().active);
}

#[tokio::test]
async fn a_token_is_one_of_a_provider_and_made_by_who_has_every_right() {
    let stage = Stage::new().await;
    let (services, id) = (&stage.world.services, Some(stage.provider.id));
    for junk in ["", "junk", "hf_junk", &stage.bearer.replace("hf_", "hx_")] {
        assert!(
            recognise(services, &stage.origin, junk)
                .await
                .unwrap()
                .is_none(),
            "{junk}"
        );
    }
    // It is no API token, and an API token is none of these.
    assert!(
        crate::api_tokens::recognise(services, &stage.origin, &stage.bearer)
            .await
            .unwrap()
            .is_none()
    );
    let (_, own) = crate::api_tokens::create(&stage.ctx, "x", None)
        .await
        .unwrap();
    assert!(
        recognise(services, &stage.origin, own.text().expose_secret())
            .await
            .unwrap()
            .is_none()
    );
    // A new one takes the place of the old one.
    let (_, newer) = create_token(&stage.ctx, id).await.unwrap();
    assert!(
        recognise(services, &stage.origin, &stage.bearer)
            .await
            .unwrap()
            .is_none()
    );
    let newer = newer.text().expose_secret().to_owned();
    assert!(
        recognise(services, &stage.origin, &newer)
            .await
            .unwrap()
            .is_some()
    );
    let stranger = stage.world.stranger().await;
    for refused in [
        create_token(&stranger, id).await.unwrap_err(),
        create_token(&stage.ctx, None).await.unwrap_err(),
    ] {
        assert_eq!(code(&refused), Some(ProblemCode::NotFound));
    }
    let weak = stage
        .world
        .person_with(&[Permission::Read, Permission::SsoManage])
        .await;
    assert!(matches!(
        create_token(&weak, id).await,
        Err(Error::Forbidden(_))
    ));
    assert!(matches!(
        delete_token(&weak, id).await,
        Err(Error::Forbidden(_))
    ));
    delete_token(&stage.ctx, id).await.unwrap();
    assert!(
        recognise(services, &stage.origin, &newer)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn what_a_provider_pushes_is_told_to_who_follows_the_members() {
    use domain::event::{ChangeKind, Topic};
    use futures_util::StreamExt as _;

    let stage = Stage::new().await;
    let caller = stage.caller().await;
    let start = crate::events::cursor(&stage.ctx).await.unwrap();
    let ann = caller.create_user(person("ann")).await.unwrap().user.id;
    caller.create_group(group("ops", &[ann])).await.unwrap();
    caller.update_user(Some(ann), active(false)).await.unwrap();
    caller.delete_user(Some(ann)).await.unwrap();
    let mut stream = crate::events::follow(&stage.ctx, Topic::User, Some(start))
        .unwrap()
        .boxed();
    let mut changes = Vec::new();
    while !changes.contains(&ChangeKind::Deleted) {
        let next = tokio::time::timeout(std::time::Duration::from_secs(20), stream.next()).await;
        changes.push(next.unwrap().unwrap().unwrap().change);
    }
    // Added, granted by the group, and stopped, before the end.
    assert_eq!(changes[0], ChangeKind::Created);
    assert!(changes.len() >= 4, "{changes:?}");
}
