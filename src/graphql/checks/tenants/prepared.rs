//! Mutations for which something must be made first: a code, the link of a mail, a second person, a state that takes time.
//!
//! Not for those that a text can say (`audited::EXAMPLES`). Invariant: whatever is prepared is good for one call, by people of its own, so
//! that no example depends on another.

use app::Ctx;
use app::mails::Message;
use app::testing::{PASSWORD, totp_code};
use domain::asset::Asset;
use domain::identity_provider::ProviderState;
use domain::recovery_point::RecoveryPoint;
use domain::role::BuiltInRole;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::world::DRAFT;
use crate::checks::Stage;

/// Those that come before the examples, whose last ones leave little as it was.
pub(super) const EARLY: &[&str] = &[
    "applyProtection",
    "proveDomain",
    "releaseDomain",
    "approveApprovalRequest",
    "denyApprovalRequest",
    "extendRecoveryPointRetention",
    "undoRecoveryPointExpiry",
    "releaseExpiryBrake",
    "activateIdentityProvider",
    "deactivateIdentityProvider",
    "unlinkIdentity",
    "switchOrganization",
    "beginPasskey",
    "createPasskey",
    "beginPasskeyProof",
    "renamePasskey",
    "deletePasskey",
    "beginTotp",
    "confirmTotp",
    "completeSession",
    "createRecoveryCodes",
    "proveSession",
    "deleteTotp",
    "resetSecondFactors",
    "confirmEmailChange",
    "acceptInvitation",
    "resetPassword",
];

/// Those that change what holds for the whole organization.
pub(super) const LATE: &[&str] = &["withdrawVaultLock", "enforceSignOn"];

/// Who calls, none for a stranger, and with what input.
pub(super) struct Prepared {
    pub(super) caller: Option<Ctx>,
    pub(super) input: String,
}

fn by(caller: Ctx, input: String) -> Prepared {
    let caller = Some(caller);
    Prepared { caller, input }
}

/// Makes what the mutation needs.
pub(super) async fn prepare(stage: &Stage, name: &str) -> Prepared {
    let world = &stage.world;
    let chief = world.person(BuiltInRole::SuperAdmin).await;
    match name {
        "applyProtection" => protection(stage, chief).await,
        "proveDomain" | "releaseDomain" => domain(stage, chief, name).await,
        "approveApprovalRequest" | "denyApprovalRequest" => decision(stage, chief, name).await,
        "extendRecoveryPointRetention" | "undoRecoveryPointExpiry" | "releaseExpiryBrake" => {
            end(stage, chief, name).await
        }
        "withdrawVaultLock" => {
            asset(stage, &chief).await;
            world.probed(&chief).await;
            let lock = "mode: COMPLIANCE, minimumRetentionDays: 5, reason: \"x\", confirmation: \"lock for 5 days for good\"";
            let pending = app::vault_locks::own_pending(&chief).await.unwrap();
            if pending.is_none() {
                done(stage, &chief, "applyVaultLock", lock, "").await;
            }
            by(chief, "{ reason: \"x\" }".to_owned())
        }
        "acceptInvitation" | "resetPassword" | "confirmEmailChange" => {
            mailed(stage, chief, name).await
        }
        _ if name.ends_with("IdentityProvider") || name.contains("SignOn") => {
            provider(stage, chief, name).await
        }
        _ => personal(stage, chief, name).await,
    }
}

/// Sends a mutation that must succeed; its payload.
async fn done(stage: &Stage, ctx: &Ctx, name: &str, input: &str, fields: &str) -> Value {
    let document = format!(
        "mutation {{ {name}(input: {{ {input} }}) {{ {fields} userErrors {{ message }} }} }}"
    );
    let mut answer = stage.data(ctx, &document).await;
    let payload = answer[name].take();
    assert_eq!(payload["userErrors"], Value::Array(vec![]), "{document}");
    payload
}

/// A volume of an account of its own, and a point of it.
async fn asset(stage: &Stage, ctx: &Ctx) -> (Asset, RecoveryPoint) {
    let world = &stage.world;
    let name = domain::AssetId::fresh(ctx.ids()).to_string();
    let number = ctx.ids().uuid().as_u128() % 1_000_000_000;
    let account = world
        .account_named(ctx, &name, &format!("333{number:09}"))
        .await;
    let asset = world.volumes(ctx, &account, 1).await.remove(0);
    let point = world.point(ctx, &asset).await;
    (asset, point)
}

async fn protection(stage: &Stage, chief: Ctx) -> Prepared {
    let name = domain::PolicyId::fresh(chief.ids()).to_string();
    let draft = format!("draft: {{ policies: [{{ name: \"{name}\", {DRAFT} }}] }}");
    let preview = format!("{{ protectionPreview(input: {{ {draft} }}) {{ plan {{ hash }} }} }}");
    let preview = stage.data(&chief, &preview).await;
    let hash = &preview["protectionPreview"]["plan"]["hash"];
    by(chief, format!("{{ {draft}, planHash: {hash} }}"))
}

async fn domain(stage: &Stage, chief: Ctx, name: &str) -> Prepared {
    let label = chief.ids().uuid().simple().to_string();
    let claim = format!("domain: \"a{label}.example\"");
    let fields = "domainClaim { id recordName recordText }";
    let made = done(stage, &chief, "claimDomain", &claim, fields).await;
    let made = &made["domainClaim"];
    let text = |field: &str| made[field].as_str().unwrap().to_owned();
    let records = &stage.world.records;
    records.add(&text("recordName"), &text("recordText"));
    let input = format!("id: {}", made["id"]);
    if name == "releaseDomain" {
        done(stage, &chief, "proveDomain", &input, "").await;
    }
    by(chief, format!("{{ {input} }}"))
}

async fn decision(stage: &Stage, second: Ctx, name: &str) -> Prepared {
    // Whoever decides was there before somebody asked.
    stage.world.clock.advance(SignedDuration::from_secs(1));
    let first = stage.world.person(BuiltInRole::SuperAdmin).await;
    let (_, point) = asset(stage, &first).await;
    let ask = format!("ids: [\"{}\"], reason: \"x\"", point.id);
    let fields = "approvalRequest { id planHash }";
    let asked = done(stage, &first, "deleteRecoveryPoints", &ask, fields).await;
    let (id, hash) = (
        &asked["approvalRequest"]["id"],
        &asked["approvalRequest"]["planHash"],
    );
    let input = match name {
        "approveApprovalRequest" => format!("{{ id: {id}, planHash: {hash} }}"),
        _ => format!("{{ id: {id} }}"),
    };
    by(second, input)
}

async fn end(stage: &Stage, chief: Ctx, name: &str) -> Prepared {
    let (_, point) = asset(stage, &chief).await;
    let (now, later) = (chief.now(), chief.now() + SignedDuration::from_hours(240));
    let input = format!(
        "{{ id: \"{}\", until: \"2090-01-01T00:00:00Z\" }}",
        point.id
    );
    let (at, is_ending, input) = match name {
        "extendRecoveryPointRetention" => (later, false, input),
        "undoRecoveryPointExpiry" => (now, true, input),
        _ => (now, false, "{ reason: \"x\" }".to_owned()),
    };
    stage.world.ends(&chief, &point, at, is_ending).await;
    by(chief, input)
}

async fn provider(stage: &Stage, chief: Ctx, name: &str) -> Prepared {
    let state = match name {
        "activateIdentityProvider" => ProviderState::Tested,
        _ => ProviderState::Active,
    };
    let label = chief.ids().uuid().to_string();
    let id = stage.world.provider(&chief, &label, state).await;
    let input = match name {
        "enforceSignOn" => {
            let user = chief.user().unwrap().id;
            format!("{{ enforced: true, breakGlassUserIds: [\"{user}\"] }}")
        }
        _ => format!("{{ id: \"{id}\" }}"),
    };
    by(chief, input)
}

/// The secret of the newest mail to this address that has one.
async fn secret(stage: &Stage, email: &str) -> String {
    let mails = stage.world.mails().await;
    let secret = mails.into_iter().rev().find_map(|mail| {
        let secret = match mail.message {
            Message::PasswordReset { secret }
            | Message::Confirmation { secret, .. }
            | Message::EmailChange { secret }
            | Message::Invitation { secret, .. } => secret,
            Message::AlreadyRegistered
            | Message::AddressTaken
            | Message::SecurityChanged { .. } => return None,
        };
        (mail.recipient == email).then(|| secret.expose_secret().to_owned())
    });
    secret.unwrap_or_else(|| panic!("no mail to {email}"))
}

async fn mailed(stage: &Stage, chief: Ctx, name: &str) -> Prepared {
    let fresh = format!("{}@new.example", chief.ids().uuid().simple());
    let bob = stage.world.person(BuiltInRole::BackupAdmin).await;
    match name {
        "confirmEmailChange" => {
            let input = format!("email: \"{fresh}\"");
            done(stage, &bob, "requestEmailChange", &input, "").await;
            let token = secret(stage, &fresh).await;
            by(bob, format!("{{ token: \"{token}\" }}"))
        }
        "acceptInvitation" => {
            let (role, root) = (BuiltInRole::BackupAdmin.id(), chief.access().root());
            let input = format!(
                "email: \"{fresh}\", grants: [{{ roleId: \"{role}\", organizationalUnitId: \"{root}\" }}]"
            );
            done(stage, &chief, "inviteUser", &input, "").await;
            let token = secret(stage, &fresh).await;
            Prepared {
                caller: None,
                input: format!("{{ token: \"{token}\", name: \"Eve\", password: \"{PASSWORD}\" }}"),
            }
        }
        _ => {
            let email = bob.user().unwrap().email.clone();
            let ask = format!(
                "mutation {{ requestPasswordReset(input: {{ email: \"{email}\" }}) {{ accepted }} }}"
            );
            stage.ask(None, &ask).await;
            let token = secret(stage, &email).await;
            Prepared {
                caller: None,
                input: format!("{{ token: \"{token}\", password: \"Another-Horse-8-Battery\" }}"),
            }
        }
    }
}

/// What a person does with their own factors and accounts.
async fn personal(stage: &Stage, chief: Ctx, name: &str) -> Prepared {
    let world = &stage.world;
    let bob = world.person(BuiltInRole::BackupAdmin).await;
    // A code works once; the next one comes half a minute later.
    let next_code = |secret: &SecretString| {
        world.clock.advance(SignedDuration::from_secs(30));
        totp_code(secret, now(&bob))
    };
    match name {
        "beginPasskey" | "beginTotp" => by(bob, "{ }".to_owned()),
        "createPasskey" => {
            let (token, answer) = world.passkey_answer(&bob).await;
            let (token, answer) = (token.expose_secret(), Value::String(answer));
            let input = format!("{{ token: \"{token}\", name: \"Key\", answer: {answer} }}");
            by(bob, input)
        }
        "beginPasskeyProof" => by(world.with_passkey(&bob).await.0, "{ }".to_owned()),
        "renamePasskey" | "deletePasskey" => {
            let (proven, id) = world.with_passkey(&bob).await;
            let name = match name {
                "renamePasskey" => ", name: \"Telephone\"",
                _ => "",
            };
            by(proven, format!("{{ id: \"{id}\"{name} }}"))
        }
        "confirmTotp" => {
            let made = done(stage, &bob, "beginTotp", "", "secret").await;
            let secret = SecretString::from(made["secret"].as_str().unwrap());
            let code = totp_code(&secret, now(&bob));
            by(bob, format!("{{ code: \"{code}\" }}"))
        }
        "createRecoveryCodes" | "deleteTotp" => by(world.with_totp(&bob).await.0, "{ }".to_owned()),
        "proveSession" => {
            let (proven, secret) = world.with_totp(&bob).await;
            let code = next_code(&secret);
            by(proven, format!("{{ proof: {{ code: \"{code}\" }} }}"))
        }
        "completeSession" => {
            let (_, secret) = world.with_totp(&bob).await;
            let email = &bob.user().unwrap().email;
            let sign_in = format!(
                "mutation {{ createSession(input: {{ email: \"{email}\", password: \"{PASSWORD}\" }}) {{ challenge {{ token }} }} }}"
            );
            let begun = stage.ask(None, &sign_in).await;
            let token = &begun["data"]["createSession"]["challenge"]["token"];
            let code = next_code(&secret);
            Prepared {
                caller: None,
                input: format!("{{ token: {token}, factor: {{ code: \"{code}\" }} }}"),
            }
        }
        "resetSecondFactors" => {
            world.with_totp(&bob).await;
            let id = bob.user().unwrap().id;
            by(chief, format!("{{ userId: \"{id}\" }}"))
        }
        // A session is switched once.
        "switchOrganization" => {
            let id = bob.organization();
            by(bob, format!("{{ organizationId: \"{id}\" }}"))
        }
        "unlinkIdentity" => {
            let label = bob.ids().uuid().to_string();
            let id = world.provider(&chief, &label, ProviderState::Active).await;
            world.linked(&bob, id).await;
            by(bob, format!("{{ identityProviderId: \"{id}\" }}"))
        }
        _ => panic!("nothing prepares {name}"),
    }
}

fn now(ctx: &Ctx) -> Timestamp {
    ctx.services().clock.now()
}
