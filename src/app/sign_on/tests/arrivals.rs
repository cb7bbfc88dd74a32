//! Who arrives: new people, what rules grant and take, and that nobody can be locked out.

use std::collections::BTreeSet;

use domain::event::{ChangeKind, Topic};
use domain::group_rule::{GroupCondition, GroupRule};
use domain::permission::Permission;
use domain::role::BuiltInRole;
use domain::role_grant::{GrantSource, RoleAt, RoleGrant};
use domain::{OrganizationId, OrganizationalUnitId, RoleId, UserId};

use super::*;
use crate::domain_proofs;

fn rule(name: &str, group: &str, role: RoleId, unit: OrganizationalUnitId) -> GroupRule {
    GroupRule {
        name: name.to_owned(),
        condition: GroupCondition::Equals(group.to_owned()),
        role_id: role,
        unit_ids: vec![unit],
    }
}

async fn with_rules(world: &Harness, provider: &IdentityProvider, rules: Vec<GroupRule>) {
    let mut tx = world.services.store.begin().await.unwrap();
    let found = store::identity_providers::lock(&tx, provider.organization_id, provider.id).await;
    let mut provider = found.unwrap().unwrap();
    provider.rules = rules;
    provider.version += 1;
    store::identity_providers::update(&mut tx, &provider)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn own_domain(world: &Harness, ctx: &Ctx, domain: &str) {
    let claim = domain_proofs::claim(ctx, domain).await.unwrap();
    world
        .records
        .add(&claim.record_name(), &claim.record_text());
    domain_proofs::prove(ctx, Some(claim.id)).await.unwrap();
}

fn in_groups(subject: &str, email: &str, groups: &[&str]) -> Assertion {
    Assertion {
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        ..assertion(subject, email)
    }
}

async fn grants(
    world: &Harness,
    organization: OrganizationId,
    user: UserId,
) -> BTreeSet<(RoleAt, GrantSource)> {
    let reader = world.services.store.read();
    let all = store::role_grants::of_users(&reader, organization, &[user]).await;
    all.unwrap()
        .iter()
        .map(|grant| (grant.role_at, grant.source))
        .collect()
}

async fn reasons(ctx: &Ctx) -> Vec<String> {
    let page = PageRequest {
        size: 100,
        ..PageRequest::default()
    };
    let log = audit::list(ctx, &AuditFilter::default(), &page)
        .await
        .unwrap();
    let refused = log
        .into_nodes()
        .into_iter()
        .filter(|event| event.outcome == Outcome::Refused);
    refused
        .filter_map(|event| event.summary["reason"].as_str().map(str::to_owned))
        .collect()
}

/// What was told of members by now.
async fn told(world: &Harness, ctx: &Ctx) -> Vec<(ChangeKind, String)> {
    let reader = world.services.store.read();
    let all = store::events::since(&reader, ctx.organization(), 0, 10_000).await;
    let members = all.unwrap().into_iter();
    let members = members.filter(|one| one.topic == Topic::User);
    members.map(|one| (one.change, one.subject)).collect()
}

#[tokio::test]
async fn a_new_person_arrives_with_what_the_rules_grant_and_only_from_a_proven_domain() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let root = world.root().await;
    let berlin = world.unit(root, "Berlin").await;
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    let backup = BuiltInRole::BackupAdmin.id();
    let gone = RoleId::fresh(ctx.ids());
    let rules = vec![
        rule("a", "ops", backup, berlin),
        rule("b", "ops", gone, root),
        rule("c", "audit", BuiltInRole::ReportingAuditAdmin.id(), root),
    ];
    with_rules(&world, &one, rules).await;
    let ann = in_groups("ann", "Ann@Corp.test", &["ops"]);
    assert!(sign_on(&world, &one, &ann).await.is_err());
    own_domain(&world, &ctx, "corp.test").await;
    let before = told(&world, &ctx).await;
    let session = sign_on(&world, &one, &ann).await.unwrap();
    let user = session.ctx.user().unwrap().clone();
    let by_arrival = told(&world, &ctx).await.split_off(before.len());
    assert!(
        by_arrival.contains(&(ChangeKind::Created, user.id.to_string())),
        "{by_arrival:?}"
    );
    assert_eq!(user.email, "ann@corp.test");
    assert!(user.password_changed_at.is_none());
    let source = GrantSource::Provider(one.id);
    let at = |role_id, unit_id| RoleAt { role_id, unit_id };
    let own = grants(&world, ctx.organization(), user.id).await;
    assert_eq!(own, BTreeSet::from([(at(backup, berlin), source)]));
    assert!(session.ctx.can_at(Permission::BackupRun, berlin));
    assert!(!session.ctx.can_at(Permission::BackupRun, root));
    // The same person again, in another group: what the rules do not say any more is gone, what was granted by hand stays.
    let by_hand = RoleGrant {
        user_id: user.id,
        role_at: at(BuiltInRole::HelpdeskAdmin.id(), root),
        source: GrantSource::Manual,
    };
    let mut tx = ctx.begin().await.unwrap();
    store::role_grants::add(&mut tx, ctx.organization(), &by_hand, ctx.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let again = sign_on(&world, &one, &in_groups("ann", "other@x.test", &["audit"]))
        .await
        .unwrap();
    assert_eq!(again.ctx.user().unwrap().id, user.id);
    let by_rules = told(&world, &ctx).await.pop();
    assert_eq!(by_rules, Some((ChangeKind::Updated, user.id.to_string())));
    let own = grants(&world, ctx.organization(), user.id).await;
    let audit_at = at(BuiltInRole::ReportingAuditAdmin.id(), root);
    assert_eq!(
        own,
        BTreeSet::from([(audit_at, source), (by_hand.role_at, GrantSource::Manual)])
    );
    // Another provider's sign-on leaves them alone.
    assert!(
        reasons(&ctx)
            .await
            .contains(&"the domain of the address is not proven".to_owned())
    );
}

/// A provider whose group `ops` becomes Super Admin, in an organization with two proven domains.
pub(super) async fn provider_of_ops(world: &Harness, ctx: &Ctx) -> IdentityProvider {
    let root = world.root().await;
    let one = provider(world, ctx, "One", ProviderState::Active).await;
    let rules = vec![rule("a", "ops", BuiltInRole::SuperAdmin.id(), root)];
    with_rules(world, &one, rules).await;
    for domain in ["a.test", "corp.test"] {
        own_domain(world, ctx, domain).await;
    }
    one
}

pub(super) fn ops(subject: &str, email: &str) -> Assertion {
    in_groups(subject, email, &["ops"])
}

#[tokio::test]
async fn nobody_arrives_by_an_address() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let one = provider_of_ops(&world, &ctx).await;
    let unverified = Assertion {
        email_verified: false,
        ..ops("u", "u@corp.test")
    };
    let nameless = Assertion {
        email: None,
        ..ops("n", "")
    };
    let table = [
        (
            ops("eve", "admin@a.test"),
            "a person with this address is here already and not linked",
        ),
        (
            ops("eve", "eve@b.test"),
            "the domain of the address is not proven",
        ),
        (
            ops("eve", "eve@sub.corp.test"),
            "the domain of the address is not proven",
        ),
        (
            ops("eve", "no address"),
            "the provider sends no e-mail address",
        ),
        (nameless, "the provider sends no e-mail address"),
        (
            unverified,
            "the provider does not say that the address is verified",
        ),
        (
            in_groups("eve", "eve@corp.test", &["none"]),
            "no rule grants a role to this person",
        ),
    ];
    for (assertion, reason) in table {
        world.clock.advance(SignedDuration::from_secs(1));
        assert!(
            sign_on(&world, &one, &assertion).await.is_err(),
            "{assertion:?}"
        );
        assert_eq!(
            reasons(&ctx).await.first().map(String::as_str),
            Some(reason),
            "{assertion:?}"
        );
    }
    let reader = world.services.store.read();
    assert_eq!(
        store::users::count(&reader, ctx.organization())
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_suspended_member_stays_out() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let one = provider_of_ops(&world, &ctx).await;
    let eve = sign_on(&world, &one, &ops("eve", "eve@corp.test"))
        .await
        .unwrap();
    let id = eve.ctx.user().unwrap().id;
    let mut tx = ctx.begin().await.unwrap();
    let suspended = domain::membership::MembershipState::Suspended;
    store::memberships::set_state(&mut tx, ctx.organization(), id, suspended)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(
        sign_on(&world, &one, &ops("eve", "eve@corp.test"))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn rules_never_take_the_last_super_admin_away() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let root = world.root().await;
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    let admin = BuiltInRole::SuperAdmin.id();
    with_rules(&world, &one, vec![rule("a", "ops", admin, root)]).await;
    own_domain(&world, &ctx, "corp.test").await;
    let ops = in_groups("ann", "ann@corp.test", &["ops"]);
    let ann = sign_on(&world, &one, &ops)
        .await
        .unwrap()
        .ctx
        .user()
        .unwrap()
        .id;
    // The one who has the role by hand goes, so Ann is the last.
    let mut tx = ctx.begin().await.unwrap();
    store::memberships::remove(&mut tx, ctx.organization(), world.admin.id)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let later = sign_on(&world, &one, &in_groups("ann", "ann@corp.test", &[]))
        .await
        .unwrap();
    let at_root = RoleAt {
        role_id: admin,
        unit_id: root,
    };
    let kept = grants(&world, ctx.organization(), ann).await;
    assert_eq!(
        kept,
        BTreeSet::from([(at_root, GrantSource::Provider(one.id))])
    );
    // Neither does deleting the provider.
    let refused = crate::identity_providers::delete(&later.ctx, Some(one.id))
        .await
        .unwrap_err();
    assert!(
        refused.problems().unwrap()[0]
            .message
            .contains("last Super Admin")
    );
    // With a second one both happen.
    let bob = sign_on(&world, &one, &in_groups("bob", "bob@corp.test", &["ops"]))
        .await
        .unwrap();
    let lost = sign_on(&world, &one, &in_groups("ann", "ann@corp.test", &[])).await;
    assert!(lost.is_err());
    assert!(grants(&world, ctx.organization(), ann).await.is_empty());
    assert!(bob.ctx.can_at(Permission::SsoManage, root));
}

#[tokio::test]
async fn a_provider_of_one_organization_says_nothing_about_another() {
    let world = Harness::new().await;
    let ctx = world.admin().await;
    let stranger = world.stranger().await;
    // The admin is a member of the stranger's organization too.
    let membership = domain::membership::Membership {
        organization_id: stranger.organization(),
        user_id: world.admin.id,
        state: domain::membership::MembershipState::Active,
        invited_by: None,
        created_at: ctx.now(),
        last_active_at: None,
    };
    let mut tx = ctx.system_begin().await.unwrap();
    store::memberships::add(&mut tx, &membership).await.unwrap();
    tx.commit().await.unwrap();
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    make_link(&ctx, &one, "ann").await.unwrap();
    let session = sign_on(&world, &one, &assertion("ann", "x@a.test"))
        .await
        .unwrap();
    assert_eq!(session.ctx.organization(), ctx.organization());
    let refused = sessions::switch(&session.ctx, Some(stranger.organization()))
        .await
        .unwrap_err();
    assert_eq!(
        refused.problems().unwrap()[0].code,
        ProblemCode::PreconditionFailed
    );
    // By password she may.
    assert!(
        sessions::switch(&ctx, Some(stranger.organization()))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn enforced_sign_on_keeps_passwords_out_but_never_all_of_them() {
    let world = Harness::new().await;
    let (ctx, other) = (
        world.admin().await,
        world.person(BuiltInRole::SuperAdmin).await,
    );
    let bob = world.person(BuiltInRole::BackupAdmin).await;
    let (id, other_user) = (world.admin.id, other.user().unwrap().clone());
    let bob_user = bob.user().unwrap().clone();
    let problem = async |users: &[Option<UserId>]| {
        let refused = enforcement::set(&ctx, true, users).await.unwrap_err();
        refused.problems().unwrap()[0].field.join(".")
    };
    assert_eq!(problem(&[Some(id)]).await, "enforced");
    let one = provider(&world, &ctx, "One", ProviderState::Active).await;
    assert_eq!(problem(&[]).await, "breakGlassUserIds");
    assert_eq!(
        problem(&[Some(id), Some(bob_user.id)]).await,
        "breakGlassUserIds.1"
    );
    assert_eq!(problem(&[None]).await, "breakGlassUserIds.0");
    make_link(&bob, &one, "bob").await.unwrap();
    enforcement::set(&ctx, true, &[Some(id)]).await.unwrap();
    let by_password = async |email: &str| {
        let password = SecretString::from(PASSWORD);
        sessions::create(&world.services, &Origin::default(), email, &password)
            .await
            .is_ok()
    };
    assert!(by_password("admin@a.test").await);
    assert!(!by_password(&other_user.email).await);
    assert!(!by_password(&bob_user.email).await);
    // Sessions that came by password end, those by the provider go on.
    assert!(!crate::recognition::still_stands(&bob).await.unwrap());
    assert!(crate::recognition::still_stands(&ctx).await.unwrap());
    let through = sign_on(&world, &one, &assertion("bob", "x@a.test"))
        .await
        .unwrap();
    assert!(
        crate::recognition::still_stands(&through.ctx)
            .await
            .unwrap()
    );
    // The only active provider cannot go.
    let off = crate::identity_providers::deactivate(&ctx, Some(one.id))
        .await
        .unwrap_err();
    assert_eq!(
        off.problems().unwrap()[0].code,
        ProblemCode::PreconditionFailed
    );
    assert!(
        crate::identity_providers::delete(&ctx, Some(one.id))
            .await
            .is_err()
    );
    // When nobody on the list is a Super Admin any more, every Super Admin may come.
    let mut tx = ctx.begin().await.unwrap();
    store::memberships::remove(&mut tx, ctx.organization(), id)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(by_password(&other_user.email).await);
    assert!(!by_password(&bob_user.email).await);
}
