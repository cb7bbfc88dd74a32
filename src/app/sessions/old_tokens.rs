//! A thousand tokens that should be worth nothing any more, and a search for all of them in everything that the database holds
//! (reliability.md T-34). Not for streams (`tests/it/revocation.rs`). Invariant: every token worked before its time was over.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use domain::membership::Membership;
use domain::permission::Permission;
use domain::role::BuiltInRole;
use domain::role_grant::{GrantSource, RoleAt, RoleGrant};
use secrecy::ExposeSecret as _;

use super::*;
use crate::testing::{Harness, PASSWORD, contents};
use crate::{api_tokens, memberships, passwords, second_factors};

/// Of each kind; there are seven.
const OF_EACH: usize = 143;
/// Random bits of a session's secret (reliability.md I1).
const SECRET_BITS: usize = 256;

fn text(session: &NewSession) -> String {
    session.secret.text().expose_secret().to_owned()
}

async fn sign_in_as(world: &Harness, email: &str, password: &str) -> NewSession {
    let origin = Origin::default();
    let session = create(&world.services, &origin, email, &password.into()).await;
    session.unwrap()
}

async fn found(world: &Harness, token: &str) -> Option<Ctx> {
    let found = recognise(&world.services, &Origin::default(), token).await;
    found.unwrap()
}

/// Makes the admin a Super Admin of another organization, too.
async fn join_another(world: &Harness) -> OrganizationId {
    let stranger = world.stranger().await;
    let (organization_id, now) = (stranger.organization(), stranger.now());
    let membership = Membership {
        organization_id,
        user_id: world.admin.id,
        state: MembershipState::Active,
        invited_by: None,
        created_at: now,
        last_active_at: None,
    };
    let grant = RoleGrant {
        user_id: world.admin.id,
        role_at: RoleAt {
            role_id: BuiltInRole::SuperAdmin.id(),
            unit_id: stranger.access().root(),
        },
        source: GrantSource::Manual,
    };
    let mut tx = stranger.begin().await.unwrap();
    store::memberships::add(&mut tx, &membership).await.unwrap();
    store::role_grants::add(&mut tx, organization_id, &grant, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    organization_id
}

/// Tokens of the admin that a browser gave up: by a planted value, a fresh proof, a sign-out, a change of the password, a switch.
async fn given_up_by_the_admin(world: &Harness, old: &mut Vec<String>) {
    let email = world.admin.email.clone();
    let other = join_another(world).await;
    let mut password = PASSWORD.to_owned();
    for number in 0..OF_EACH {
        // A value that somebody chose for a victim before the sign-in.
        let planted = SessionSecret::fresh(world.services.ids.as_ref());
        old.push(planted.text().expose_secret().to_owned());
        let session = sign_in_as(world, &email, &password).await;
        assert!(found(world, &text(&session)).await.is_some());
        old.push(text(&session));
        let proof = second_factors::Proof::Password(password.as_str().into());
        let proven = second_factors::prove(&session.ctx, &proof).await.unwrap();
        assert!(found(world, &text(&proven)).await.is_some());
        old.push(text(&proven));
        let switched = switch(&proven.ctx, Some(other)).await.unwrap();
        assert!(found(world, &text(&switched)).await.is_some());
        old.push(text(&switched));
        let next = format!("Another-Zebra-{number}-Teapot");
        let (was, will) = (password.as_str().into(), next.as_str().into());
        let changed = passwords::change(&switched.ctx, &was, &will).await.unwrap();
        password = next;
        assert!(found(world, &text(&changed)).await.is_some());
        old.push(text(&changed));
        delete(&changed.ctx, None).await.unwrap();
    }
}

/// Tokens of members who were suspended, and of some whose rights were taken away before.
async fn taken_from_members(world: &Harness, admin: &Ctx, old: &mut Vec<String>) {
    for _ in 0..OF_EACH {
        let person = world.person(BuiltInRole::BackupAdmin).await;
        let user = person.user().unwrap();
        let session = sign_in_as(world, &user.email, PASSWORD).await;
        let role = (
            Some(BuiltInRole::BackupAdmin.id()),
            Some(person.access().root()),
        );
        let before = found(world, &text(&session)).await.unwrap();
        assert!(before.can(Permission::BackupRun));
        let taken = memberships::update_grants(admin, Some(user.id), &[], &[role]).await;
        taken.unwrap();
        // Nothing of what it could do before is left.
        let after = found(world, &text(&session)).await;
        assert!(after.is_none_or(|ctx| ctx.access().permissions().is_empty()));
        memberships::suspend(admin, Some(user.id)).await.unwrap();
        old.push(text(&session));
    }
}

/// All windows of this length in words of such letters.
fn windows(text: &str, length: usize, is_letter: fn(u8) -> bool) -> BTreeSet<&[u8]> {
    let words = text.as_bytes().split(|byte| !is_letter(*byte));
    words.flat_map(|word| word.windows(length)).collect()
}

fn check_entropy(tokens: &[String]) {
    let mut ones = vec![0_usize; SECRET_BITS];
    let distinct: BTreeSet<&String> = tokens.iter().collect();
    assert_eq!(distinct.len(), tokens.len());
    for token in tokens {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
        assert_eq!(bytes.len() * 8, SECRET_BITS);
        for (index, count) in ones.iter_mut().enumerate() {
            *count += usize::from(bytes[index / 8] >> (index % 8) & 1);
        }
    }
    // Every bit is set in about half of the tokens: six standard deviations to both sides.
    let half = tokens.len() / 2;
    let spread = 3 * tokens.len().isqrt() + 1;
    for (index, count) in ones.iter().enumerate() {
        assert!(
            count.abs_diff(half) <= spread,
            "bit {index}: {count} of {}",
            tokens.len()
        );
    }
}

#[tokio::test]
async fn of_a_thousand_old_tokens_none_works_and_the_database_knows_none() {
    let world = Harness::new().await;
    let admin = Ctx::system(
        world.services.clone(),
        world.organization.id,
        Origin::default(),
    );
    let mut old = Vec::new();
    given_up_by_the_admin(&world, &mut old).await;
    taken_from_members(&world, &admin, &mut old).await;
    // With one that still works, and one of a program.
    let ctx = world.person(BuiltInRole::SuperAdmin).await;
    let living = sign_in_as(&world, &ctx.user().unwrap().email, PASSWORD).await;
    let (_, program) = api_tokens::create(&living.ctx, "program", None)
        .await
        .unwrap();
    let mut working = 0;
    for token in &old {
        working += usize::from(found(&world, token).await.is_some());
    }
    assert_eq!((working, old.len() + OF_EACH), (0, 7 * OF_EACH));
    assert!(found(&world, &text(&living)).await.is_some());
    old.push(text(&living));
    check_entropy(&old);

    let dump = contents(&world.services.store).await;
    let dump: String = dump.into_values().collect::<Vec<_>>().join("\n");
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let texts = windows(&dump, 43, is_base64);
    let lower = dump.to_ascii_lowercase();
    let digits = |length| windows(&lower, length, |byte: u8| byte.is_ascii_hexdigit());
    let (raw, spelled) = (digits(64), digits(86));
    for token in &old {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
        assert!(!texts.contains(token.as_bytes()), "in clear");
        assert!(!raw.contains(hex::encode(bytes).as_bytes()), "as bytes");
        assert!(
            !spelled.contains(hex::encode(token).as_bytes()),
            "as a blob of text"
        );
    }
    for secret in [
        program.text().expose_secret(),
        PASSWORD,
        "Another-Zebra-142-Teapot",
    ] {
        assert!(
            !dump.contains(secret) && !lower.contains(&hex::encode(secret)),
            "{secret}"
        );
    }
    // The search finds what is there: the digest that stands for the living one.
    assert!(raw.contains(living.secret.digest().hex().as_bytes()));
}
