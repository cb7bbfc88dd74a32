//! Accounts, as a person meets them: mails, links and passwords, by HTTP alone.

use std::path::Path;

use serde_json::json;
use tests::{EMAIL, PASSWORD, TestApp};

const OTHER: &str = "Wrong-Zebra-8-Teapot";

/// The link in the newest mail to this address whose text has `path`.
fn link_in(folder: &Path, to: &str, path: &str) -> Option<String> {
    let mut mails: Vec<_> = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    mails.sort();
    mails.into_iter().rev().find_map(|(_, file)| {
        let mail = std::fs::read_to_string(file).ok()?;
        // Quoted-printable: lines are cut by "=", and an equals sign is "=3D".
        let text = mail.replace("=\r\n", "").replace("=3D", "=");
        let is_to = text.contains(&format!("<{to}>")) || text.contains(&format!("To: {to}"));
        let start = text.find(path).filter(|_| is_to)?;
        let link = text.get(start..)?.split(char::is_whitespace).next()?;
        Some(link.to_owned())
    })
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_a_mail() {
    let mut app = TestApp::start().await.unwrap();
    let ask = "mutation($input: RequestPasswordResetInput!) {
        requestPasswordReset(input: $input) { accepted userErrors { message } } }";
    let mut answers = Vec::new();
    for email in [EMAIL, "nobody@corp.example"] {
        let input = json!({ "input": { "email": email } });
        answers.push(app.graphql(ask, input).await.unwrap());
    }
    assert_eq!(answers[0], answers[1], "known and unknown read the same");
    let folder = app.config.mail.folder.clone();
    let link = app
        .wait_until("the mail", || async {
            Ok(link_in(&folder, EMAIL, "/console/reset-password?token="))
        })
        .await
        .unwrap();
    let token = link.split_once("token=").unwrap().1.to_owned();
    let set = "mutation($input: ResetPasswordInput!) {
        resetPassword(input: $input) { done userErrors { field } } }";
    for (password, is_done) in [("short", false), (OTHER, true), (PASSWORD, false)] {
        let input = json!({ "input": { "token": token, "password": password } });
        let told = app.graphql(set, input).await.unwrap();
        assert_eq!(told["resetPassword"]["done"], is_done, "{password}: {told}");
    }

    let data = app.send("{ viewer { id } }", json!({})).await.unwrap();
    let code = data.pointer("/errors/0/extensions/code").unwrap();
    assert_eq!(code, "UNAUTHENTICATED", "the session of before has ended");
    assert!(app.sign_in(EMAIL, PASSWORD).await.is_err());
    app.sign_in(EMAIL, OTHER).await.unwrap();

    let change = "mutation($input: ChangePasswordInput!) {
        changePassword(input: $input) { done userErrors { field message } } }";
    let input = json!({ "input": { "currentPassword": "wrong", "newPassword": PASSWORD } });
    let refused = app.graphql(change, input).await.unwrap();
    let field = refused.pointer("/changePassword/userErrors/0/field/1");
    assert_eq!(field.unwrap(), "currentPassword");
    app.stop().await.unwrap();
}

#[tokio::test]
async fn own_sessions_are_seen_and_ended() {
    let mut app = TestApp::start().await.unwrap();
    let lost = app.cookie().unwrap().to_owned();
    app.sign_in(EMAIL, PASSWORD).await.unwrap();
    let query = "{ viewer { sessions { id isCurrent createdAt lastSeenAt expiresAt } } }";
    let data = app.graphql(query, json!({})).await.unwrap();
    let sessions = data["viewer"]["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0]["isCurrent"], true);
    assert_eq!(sessions[1]["isCurrent"], false);
    let end = "mutation { deleteOtherSessions(input: {}) { ended userErrors { message } } }";
    let data = app.graphql(end, json!({})).await.unwrap();
    assert_eq!(data["deleteOtherSessions"]["ended"], 1);
    let body = json!({ "query": "{ viewer { id } }" });
    let asked = app
        .client()
        .post(app.url("/graphql"))
        .header("cookie", lost)
        .header("x-requested-by", "test")
        .json(&body);
    let answer: serde_json::Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        answer.pointer("/errors/0/extensions/code").unwrap(),
        "UNAUTHENTICATED"
    );
    app.stop().await.unwrap();
}

#[tokio::test]
async fn a_stranger_signs_up_by_mail() {
    let app = TestApp::builder().config(|config| config.sign_up.open = true);
    let mut app = app.start().await.unwrap();
    let form = "{ signUpForm { isOpen termsVersion termsText passwordRules { rule text } } }";
    let data = app.graphql(form, json!({})).await.unwrap();
    assert_eq!(data["signUpForm"]["isOpen"], true);
    let rules = data["signUpForm"]["passwordRules"].as_array().unwrap();
    assert_eq!(rules.len(), 8);
    let ask = "mutation($input: SignUpInput!) {
        signUp(input: $input) { accepted userErrors { field message } } }";
    let sign_up = |email: &str, password: &str| {
        json!({ "input": { "name": "Eve", "email": email, "password": password,
            "organizationName": "Acme", "termsVersion": "" } })
    };
    let short = app.graphql(ask, sign_up("eve@acme.example", "short")).await;
    let short = short.unwrap();
    let errors = short["signUp"]["userErrors"].as_array().unwrap();
    for error in errors {
        let is_known = rules.iter().any(|rule| rule["text"] == error["message"]);
        assert!(is_known, "{error}");
    }
    let mut answers = Vec::new();
    for email in [EMAIL, "eve@acme.example"] {
        answers.push(app.graphql(ask, sign_up(email, OTHER)).await.unwrap());
    }
    assert_eq!(answers[0], answers[1], "known and unknown read the same");
    assert_eq!(answers[0]["signUp"]["accepted"], true);
    let folder = app.config.mail.folder.clone();
    let link = app
        .wait_until("the mail", || async {
            Ok(link_in(
                &folder,
                "eve@acme.example",
                "/console/confirm-sign-up?token=",
            ))
        })
        .await
        .unwrap();
    assert!(link_in(&folder, EMAIL, "/console/confirm-sign-up?token=").is_none());
    let token = link.split_once("token=").unwrap().1;
    let confirm = "mutation($input: ConfirmSignUpInput!) {
        confirmSignUp(input: $input) { done userErrors { field } } }";
    let input = json!({ "input": { "token": token, "password": OTHER } });
    let told = app.graphql(confirm, input).await.unwrap();
    assert_eq!(told["confirmSignUp"]["done"], true, "{told}");
    app.sign_in("eve@acme.example", OTHER).await.unwrap();
    let query = "{ viewer { organization { name } permissions memberships { state } } }";
    let data = app.graphql(query, json!({})).await.unwrap();
    assert_eq!(data["viewer"]["organization"]["name"], "Acme");
    app.stop().await.unwrap();
}
