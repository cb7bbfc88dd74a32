//! Members, roles, units, settings and service tokens, as a client meets them.

use serde_json::{Value, json};

use super::{Stage, codes};

async fn done(stage: &Stage, caller: &app::Ctx, name: &str, input: &str, ask: &str) -> Value {
    let document = format!(
        "mutation {{ {name}(input: {{ {input} }}) {{ {ask} userErrors {{ code field }} }} }}"
    );
    stage.data(caller, &document).await[name].take()
}

fn error(code: &str, field: &[&str]) -> Value {
    let path: Vec<&str> = std::iter::once("input")
        .chain(field.iter().copied())
        .collect();
    json!([{ "code": code, "field": path }])
}

#[tokio::test]
async fn a_member_is_limited_to_a_unit_suspended_resumed_and_removed() {
    let stage = Stage::new().await;
    let (admin, root) = (stage.world.admin().await, stage.world.root().await);
    let input = format!(r#"parentId: "{root}", name: "Shop""#);
    let ask = "organizationalUnit { id name parent { id } version }";
    let made = done(&stage, &admin, "createOrganizationalUnit", &input, ask).await;
    let unit = made["organizationalUnit"]["id"].as_str().unwrap();
    assert_eq!(made["userErrors"], json!([]));
    let input = r#"name: "Keeper", permissions: [READ, BACKUP_RUN]"#;
    let made = done(
        &stage,
        &admin,
        "createRole",
        input,
        "role { id builtIn permissions }",
    )
    .await;
    let role = made["role"]["id"].as_str().unwrap();
    assert_eq!(made["role"]["permissions"], json!(["READ", "BACKUP_RUN"]));

    let helpdesk = domain::role::BuiltInRole::HelpdeskAdmin;
    let member = stage.world.person(helpdesk).await;
    let id = member.user().unwrap().id;
    let input = format!(
        r#"id: "{id}", add: [{{ roleId: "{role}", organizationalUnitId: "{unit}" }}],
            remove: [{{ roleId: "{}", organizationalUnitId: "{root}" }}]"#,
        helpdesk.id()
    );
    let ask = "user { state grants { role { name } organizationalUnit { name } source } }";
    let changed = done(&stage, &admin, "updateUserGrants", &input, ask).await;
    assert_eq!(
        changed,
        json!({ "userErrors": [], "user": { "state": "ACTIVE", "grants": [{ "role": { "name": "Keeper" },
            "organizationalUnit": { "name": "Shop" }, "source": "MANUAL" }] } })
    );
    let named = format!(r#"id: "{id}""#);
    let ask = "user { state }";
    let resumed = done(&stage, &admin, "resumeUser", &named, ask).await;
    assert_eq!(resumed["userErrors"], error("PRECONDITION_FAILED", &["id"]));
    let suspended = done(&stage, &admin, "suspendUser", &named, ask).await;
    assert_eq!(suspended["user"]["state"], "SUSPENDED");
    let resumed = done(&stage, &admin, "resumeUser", &named, ask).await;
    assert_eq!(resumed["user"]["state"], "ACTIVE");
    let removed = done(&stage, &admin, "removeUser", &named, "removedUserId").await;
    assert_eq!(removed["removedUserId"], json!(id.to_string()));
    let again = done(&stage, &admin, "removeUser", &named, "removedUserId").await;
    assert_eq!(again["userErrors"], error("NOT_FOUND", &["id"]));
    let log = "{ auditEvents(first: 50) { nodes { action } } }";
    let log = stage.data(&admin, log).await;
    let log = log["auditEvents"]["nodes"].as_array().unwrap();
    for action in [
        "create_organizational_unit",
        "create_role",
        "update_user_grants",
        "suspend_user",
        "remove_user",
    ] {
        let count = log.iter().filter(|node| node["action"] == action).count();
        assert_eq!(count, 1, "{action}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_grants_units_and_roles_is_data_at_its_field() {
    let stage = Stage::new().await;
    let (admin, root) = (stage.world.admin().await, stage.world.root().await);
    let own = admin.user().unwrap().id;
    let own = format!(r#"id: "{own}""#);
    for name in ["suspendUser", "updateUserGrants"] {
        let refused = done(&stage, &admin, name, &own, "user { id }").await;
        assert_eq!(refused["userErrors"], error("PRECONDITION_FAILED", &["id"]));
    }
    let member = stage
        .world
        .person(domain::role::BuiltInRole::BackupAdmin)
        .await;
    let id = member.user().unwrap().id;
    let theirs = stage.world.stranger().await;
    let theirs = theirs.access().root();
    let role = domain::role::BuiltInRole::BackupAdmin.id();
    for (role, unit, field) in [
        ("x".to_owned(), root.to_string(), "roleId"),
        (role.to_string(), "x".to_owned(), "organizationalUnitId"),
        (role.to_string(), theirs.to_string(), "organizationalUnitId"),
    ] {
        let grant = format!(r#"{{ roleId: "{role}", organizationalUnitId: "{unit}" }}"#);
        let input = format!(r#"id: "{id}", add: [{grant}]"#);
        let refused = done(&stage, &admin, "updateUserGrants", &input, "user { id }").await;
        assert_eq!(
            refused["userErrors"],
            error("NOT_FOUND", &["add", "0", field])
        );
        let input = format!(r#"name: "x", grants: [{grant}]"#);
        let refused = done(&stage, &admin, "createServiceToken", &input, "secret").await;
        assert_eq!(
            refused["userErrors"],
            error("NOT_FOUND", &["grants", "0", field])
        );
        assert_eq!(refused["secret"], Value::Null);
    }
    let input = format!(r#"id: "{root}", expectedVersion: 1, name: "x""#);
    let refused = done(
        &stage,
        &admin,
        "renameOrganizationalUnit",
        &input,
        "organizationalUnit { id }",
    );
    assert_eq!(
        refused.await["userErrors"],
        error("PRECONDITION_FAILED", &["id"])
    );
    let input = format!(r#"id: "{role}", expectedVersion: 1, name: "x""#);
    let refused = done(&stage, &admin, "updateRole", &input, "role { id }").await;
    assert_eq!(refused["userErrors"], error("PRECONDITION_FAILED", &["id"]));
}

#[tokio::test]
async fn settings_are_shown_to_whoever_may_change_them() {
    let stage = Stage::new().await;
    let admin = stage.world.admin().await;
    let ask =
        "organization { name version settings { sessionIdleMinutes passwordProfile ipAllowlist } }";
    let input =
        r#"expectedVersion: 1, name: "Corp", sessionIdleMinutes: 10, passwordProfile: NIST"#;
    let set = done(&stage, &admin, "updateOrganizationSettings", input, ask).await;
    let settings =
        json!({ "sessionIdleMinutes": 10, "passwordProfile": "NIST", "ipAllowlist": [] });
    let organization = json!({ "name": "Corp", "version": 2, "settings": settings });
    assert_eq!(
        set,
        json!({ "organization": organization, "userErrors": [] })
    );
    let stale = done(&stage, &admin, "updateOrganizationSettings", input, ask).await;
    let conflict = error("CONFLICT", &["expectedVersion"]);
    assert_eq!(
        stale,
        json!({ "organization": organization, "userErrors": conflict })
    );
    let input = "expectedVersion: 2, sessionIdleMinutes: null";
    let back = done(&stage, &admin, "updateOrganizationSettings", input, ask).await;
    assert_eq!(
        back["organization"]["settings"]["sessionIdleMinutes"],
        Value::Null
    );
    let input = r#"expectedVersion: 3, ipAllowlist: ["10.0.0.0/8", "x"]"#;
    let refused = done(&stage, &admin, "updateOrganizationSettings", input, ask).await;
    assert_eq!(
        refused["userErrors"],
        error("INVALID", &["ipAllowlist", "1"])
    );
    let member = stage
        .world
        .person(domain::role::BuiltInRole::BackupAdmin)
        .await;
    let seen = stage
        .data(
            &member,
            "{ organization { name settings { mfaRequired } } }",
        )
        .await;
    assert_eq!(
        seen["organization"],
        json!({ "name": "Corp", "settings": null })
    );
}

#[tokio::test]
async fn a_service_token_is_made_listed_and_ended_by_those_who_may() {
    let stage = Stage::new().await;
    let (admin, root) = (stage.world.admin().await, stage.world.root().await);
    let role = domain::role::BuiltInRole::BackupAdmin.id();
    let input = format!(
        r#"name: "CI", days: 1, grants: [{{ roleId: "{role}", organizationalUnitId: "{root}" }}]"#
    );
    let made = done(
        &stage,
        &admin,
        "createServiceToken",
        &input,
        "secret serviceToken { id }",
    )
    .await;
    assert!(made["secret"].as_str().unwrap().starts_with("hf_"));
    let list = "{ serviceTokens { id name lastUsedAt createdBy { email }
        grants { role { name } organizationalUnit { name } } } }";
    let listed = stage.data(&admin, list).await;
    let id = &made["serviceToken"]["id"];
    assert_eq!(
        listed["serviceTokens"],
        json!([{ "id": id, "name": "CI", "lastUsedAt": null, "createdBy": { "email": "admin@a.test" },
            "grants": [{ "role": { "name": "backup_admin" }, "organizationalUnit": { "name": "Global" } }] }])
    );
    let member = stage
        .world
        .person(domain::role::BuiltInRole::BackupAdmin)
        .await;
    assert_eq!(codes(&stage.ask(Some(&member), list).await), ["FORBIDDEN"]);
    let named = format!("id: {id}");
    let ask = "deletedServiceTokenId";
    let stranger = stage.world.stranger().await;
    let refused = done(&stage, &stranger, "deleteServiceToken", &named, ask).await;
    assert_eq!(refused["userErrors"], error("NOT_FOUND", &["id"]));
    let ended = done(&stage, &admin, "deleteServiceToken", &named, ask).await;
    assert_eq!(&ended["deletedServiceTokenId"], id);
}

#[tokio::test]
async fn an_invitation_shows_an_address_and_is_answered_by_a_stranger_with_the_link() {
    let stage = Stage::new().await;
    let (admin, root) = (stage.world.admin().await, stage.world.root().await);
    let role = domain::role::BuiltInRole::BackupAdmin.id();
    let grant = format!(r#"{{ roleId: "{role}", organizationalUnitId: "{root}" }}"#);
    let input = format!(r#"email: "Eve@a.test", grants: [{grant}]"#);
    let ask = "invitation { id email grants { role { name } } invitedBy { email } }";
    let invited = done(&stage, &admin, "inviteUser", &input, ask).await;
    let id = &invited["invitation"]["id"];
    assert_eq!(
        invited["invitation"],
        json!({ "id": id, "email": "eve@a.test", "grants": [{ "role": { "name": "backup_admin" } }],
            "invitedBy": { "email": "admin@a.test" } })
    );
    let again = done(&stage, &admin, "inviteUser", &input, ask).await;
    assert_eq!(again["userErrors"], error("TAKEN", &["email"]));
    let waiting = stage
        .data(&admin, "{ invitations { id } users { totalCount } }")
        .await;
    let expected = json!({ "invitations": [{ "id": id }], "users": { "totalCount": 1 } });
    assert_eq!(waiting, expected);
    let named = format!("id: {id}");
    let stranger = stage.world.stranger().await;
    for name in ["resendInvitation", "revokeInvitation"] {
        let refused = done(&stage, &stranger, name, &named, "__typename").await;
        assert_eq!(refused["userErrors"], error("NOT_FOUND", &["id"]), "{name}");
    }
    let mail = app::mails::next(&stage.world.services)
        .await
        .unwrap()
        .unwrap();
    let app::mails::Message::Invitation { secret, .. } = &mail.message else {
        panic!("{mail:?}");
    };
    let accept = |name: &str| {
        format!(
            r#"mutation {{ acceptInvitation(input: {{ token: "{}", name: "{name}",
                password: "Wrong-Zebra-8-Teapot" }}) {{ done organizationName userErrors {{ code field }} }} }}"#,
            secrecy::ExposeSecret::expose_secret(secret)
        )
    };
    let nameless = stage.ask(None, &accept("")).await;
    let refused = &nameless["data"]["acceptInvitation"];
    assert_eq!(
        refused["userErrors"],
        error("INVALID", &["name"]),
        "{nameless}"
    );
    let accepted = stage.ask(None, &accept("Eve")).await;
    let done = json!({ "done": true, "organizationName": "Example", "userErrors": [] });
    assert_eq!(accepted["data"]["acceptInvitation"], done);
    let mut members = stage
        .data(
            &admin,
            "{ invitations { id } users { nodes { name state } } }",
        )
        .await;
    // People of one moment come in no particular order.
    let nodes = members["users"]["nodes"].as_array_mut().unwrap();
    nodes.sort_by_key(|one| one["name"].to_string());
    assert_eq!(
        members,
        json!({ "invitations": [], "users": { "nodes": [{ "name": "Ann", "state": "ACTIVE" },
            { "name": "Eve", "state": "ACTIVE" }] } })
    );
}
