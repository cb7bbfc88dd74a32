//! A page that is nothing but a form and sends itself: how SAML carries a message through a browser.
//!
//! Not for forms that a person fills in. Invariant: every value is escaped, and the only script that may run is the one line
//! with the nonce of this answer.

use actix_web::HttpResponse;
use actix_web::http::header;

/// Where the form may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// To an address of ours.
    Ourselves,
    /// To an identity provider. Browsers apply the policy to the redirects behind it too, so it cannot name one host.
    Provider,
}

/// The page.
pub(crate) fn page(
    target: Target,
    action: &str,
    fields: &[(&str, &str)],
    nonce: &str,
) -> HttpResponse {
    let form_action = match target {
        Target::Ourselves => "'self'",
        Target::Provider if action.starts_with("http://") => "https: http:",
        Target::Provider => "https:",
    };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
    );
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html(action, fields, nonce))
}

fn html(action: &str, fields: &[(&str, &str)], nonce: &str) -> String {
    let mut inputs = String::new();
    for (name, value) in fields {
        inputs.push_str("<input type=\"hidden\" name=\"");
        inputs.push_str(&escape(name));
        inputs.push_str("\" value=\"");
        inputs.push_str(&escape(value));
        inputs.push_str("\">");
    }
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Signing on</title></head><body>\
         <form method=\"post\" action=\"{}\">{inputs}<noscript><p>Signing on needs one more step.</p><button>Continue</button></noscript></form>\
         <script nonce=\"{}\">document.forms[0].submit()</script></body></html>",
        escape(action),
        escape(nonce),
    )
}

/// The text as it may stand in an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes_from_a_value() {
        let evil = "\"'><script>alert(1)</script>&";
        let page = html(evil, &[(evil, evil)], "n0nce");
        assert_eq!(page.matches("<script").count(), 1);
        assert_eq!(page.matches("&lt;script&gt;").count(), 3);
        assert!(!page.contains(evil));
    }

    #[test]
    fn the_policy_lets_one_script_run_and_the_form_go_where_it_must() {
        let policy = |target, action| {
            let page = page(target, action, &[], "n0nce");
            let policy = page.headers().get(header::CONTENT_SECURITY_POLICY);
            policy.unwrap().to_str().unwrap().to_owned()
        };
        let ours = policy(Target::Ourselves, "/auth/saml/x/acs");
        assert!(ours.contains("script-src 'nonce-n0nce'"));
        assert!(ours.contains("form-action 'self'"));
        let theirs = policy(Target::Provider, "https://idp.test/");
        assert!(theirs.contains("form-action https:;"));
    }
}
