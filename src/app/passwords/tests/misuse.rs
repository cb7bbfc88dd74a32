//! T-33: links of every purpose, used in every way in which they must not be.

use crate::email_changes;
use crate::invitations::{self, Acceptance};
use crate::settings::{Settings, SignUpSettings};
use crate::sign_up::{self, NewSignUp};

use super::*;

const NEW: &str = "eve@corp.example";
const INVITED: &str = "ivy@corp.example";
const MOVED: &str = "moe@corp.example";

/// Where a link is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Reset,
    Confirm,
    Accept,
    Change,
}

const DOORS: [Door; 4] = [Door::Reset, Door::Confirm, Door::Accept, Door::Change];

async fn world() -> Harness {
    let sign_up = SignUpSettings {
        is_open: true,
        ..SignUpSettings::default()
    };
    Harness::with(Settings {
        sign_up,
        ..Settings::default()
    })
    .await
}

/// Whether the link opens the door; a new address is for whoever asked for it.
async fn opens(world: &Harness, mover: &Ctx, door: Door, token: &str) -> bool {
    let (services, origin) = (&world.services, Origin::default());
    match door {
        Door::Reset => try_reset(world, token, OTHER).await.is_ok(),
        Door::Confirm => {
            let password = secret(PASSWORD);
            let confirmed = sign_up::confirm(services, &origin, token, &password);
            confirmed.await.is_ok()
        }
        Door::Accept => {
            let answer = Acceptance {
                token: token.to_owned(),
                name: "Ivy".to_owned(),
                password: secret(PASSWORD),
                terms_version: String::new(),
            };
            invitations::accept(services, &origin, &answer)
                .await
                .is_ok()
        }
        Door::Change => email_changes::confirm(mover, token).await.is_ok(),
    }
}

/// The newest link of each purpose that was sent by now.
async fn sent(world: &Harness) -> Vec<(Door, String)> {
    let mut all = Vec::new();
    while let Some(mail) = mails::next(&world.services).await.unwrap() {
        match &mail.message {
            Message::PasswordReset { secret } => all.push((Door::Reset, secret.clone())),
            Message::Confirmation { secret, .. } => all.push((Door::Confirm, secret.clone())),
            Message::Invitation { secret, .. } => all.push((Door::Accept, secret.clone())),
            Message::EmailChange { secret } => all.push((Door::Change, secret.clone())),
            Message::AlreadyRegistered
            | Message::AddressTaken
            | Message::SecurityChanged { .. } => {}
        }
        mails::sent(&world.services, mail.id).await.unwrap();
    }
    let text = |(door, secret): (Door, SecretString)| (door, secret.expose_secret().to_owned());
    all.into_iter().map(text).collect()
}

/// A link of each purpose; later ones come in place of the first, but for the invitation.
async fn all_links(world: &Harness, ctx: &Ctx, mover: &Ctx, is_first: bool) -> Vec<(Door, String)> {
    ask(world, &world.admin.email).await;
    // As `email_changes::request` does, which would want a proof and have budgets.
    let user_id = mover.user().unwrap().id;
    let content = MailContent::EmailChangeRequested { user_id };
    let mut tx = world.services.store.begin().await.unwrap();
    let queued = mails::queue(&mut tx, &world.services, MOVED, &content).await;
    queued.unwrap();
    tx.commit().await.unwrap();
    let (services, origin) = (&world.services, Origin::default());
    if !is_first {
        let again = sign_up::request_confirmation(services, &origin, NEW);
        again.await.unwrap();
        return sent(world).await;
    }
    let form = NewSignUp {
        name: "Eve".to_owned(),
        email: NEW.to_owned(),
        password: secret(PASSWORD),
        organization_name: "Acme".to_owned(),
        terms_version: String::new(),
    };
    sign_up::request(services, &origin, form).await.unwrap();
    let grant = (
        Some(BuiltInRole::BackupAdmin.id()),
        Some(world.root().await),
    );
    invitations::invite(ctx, INVITED, &[grant]).await.unwrap();
    sent(world).await
}

/// Texts that look like the link: each character changed, each length, other letters, spaces.
fn mutations(token: &str) -> Vec<String> {
    let mut all = Vec::new();
    for at in 0..token.len() {
        let (before, rest) = token.split_at(at);
        let other = if rest.starts_with('A') { "B" } else { "A" };
        let after: String = rest.chars().skip(1).collect();
        all.push(format!("{before}{other}{after}"));
        all.push(format!("{before}{after}"));
        all.push(format!("{before}A{rest}"));
        all.push(before.to_owned());
    }
    all.extend([
        format!("{token}A"),
        format!("{token}="),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}\u{0}"),
        token.to_uppercase(),
        token.to_lowercase(),
        token.chars().rev().collect(),
    ]);
    all.retain(|one| one != token);
    all
}

#[tokio::test]
async fn no_link_is_good_for_anything_but_its_own_purpose_once_and_in_time() {
    let world = world().await;
    let ctx = world.admin().await;
    let mover = world.person(BuiltInRole::HelpdeskAdmin).await;
    let mut tried = 0;
    let mut refused = async |door: Door, token: &str, why: &str| {
        tried += 1;
        assert!(
            !opens(&world, &mover, door, token).await,
            "{door:?} by {why}: {token}"
        );
    };
    let old = all_links(&world, &ctx, &mover, true).await;
    assert_eq!(old.len(), DOORS.len());
    for (door, token) in &old {
        for other in DOORS.iter().filter(|other| *other != door) {
            refused(*other, token, "a link of another purpose").await;
        }
        for text in mutations(token) {
            refused(*door, &text, "a changed link").await;
        }
    }
    // A newer link makes the older one void.
    let newer = all_links(&world, &ctx, &mover, false).await;
    for (door, token) in old.iter().filter(|(door, _)| *door != Door::Accept) {
        refused(*door, token, "the older of two links").await;
    }
    world.clock.advance(SignedDuration::from_secs(3_601));
    for (door, token) in &newer {
        refused(*door, token, "a link of an hour and a second").await;
    }
    let late = all_links(&world, &ctx, &mover, false).await;
    let accept = old.iter().filter(|(door, _)| *door == Door::Accept);
    for (door, token) in late.iter().chain(accept) {
        assert!(
            opens(&world, &mover, *door, token).await,
            "{door:?} is right"
        );
        for _ in 0..10 {
            refused(*door, token, "a used link").await;
        }
    }
    assert!(tried >= 500, "{tried}");
}

#[tokio::test]
async fn an_invitation_is_void_after_seven_days_and_a_link_after_a_new_password() {
    let world = world().await;
    let ctx = world.admin().await;
    let mover = world.person(BuiltInRole::HelpdeskAdmin).await;
    let links = all_links(&world, &ctx, &mover, true).await;
    let of = |wanted: Door| {
        let found = links.iter().find(|(door, _)| *door == wanted);
        found.unwrap().1.clone()
    };
    change(&ctx, &secret(PASSWORD), &secret("Third-Zebra-9-Teapot"))
        .await
        .unwrap();
    assert!(!opens(&world, &mover, Door::Reset, &of(Door::Reset)).await);
    world
        .clock
        .advance(SignedDuration::from_secs(7 * 86_400 + 1));
    assert!(!opens(&world, &mover, Door::Accept, &of(Door::Accept)).await);
}
