//! From the errors of use cases to the two places where a client meets them.
//!
//! Problems of the input are data: `userErrors` of the payload. All else is a top-level error with a code. Not for errors of
//! documents and transports (`server`). Invariant: the text of an internal error goes to the log and nowhere else.

use async_graphql::{ErrorExtensions as _, SimpleObject};
use domain::Problem;

use crate::enums::UserErrorCode;

/// A problem that the caller can mend.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct UserError {
    /// The reason, for programs.
    pub(crate) code: UserErrorCode,
    /// The reason and what is allowed, for people.
    pub(crate) message: String,
    /// Path to the input at fault, starting with `input`; list indexes are decimal numbers.
    pub(crate) field: Vec<String>,
}

impl From<Problem> for UserError {
    fn from(problem: Problem) -> Self {
        let mut field = vec!["input".to_owned()];
        field.extend(problem.field);
        Self {
            code: problem.code.into(),
            message: problem.message,
            field,
        }
    }
}

/// What a mutation answers: a value, or what the caller must mend.
pub(crate) type Outcome<T> = (Option<T>, Vec<UserError>);

/// Splits the result of a use case into value and user errors; other failures become a top-level error.
pub(crate) fn outcome<T>(result: Result<T, app::Error>) -> async_graphql::Result<Outcome<T>> {
    match result {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(app::Error::Problems(problems)) => {
            Ok((None, problems.into_iter().map(UserError::from).collect()))
        }
        Err(error) => Err(top_level(&error)),
    }
}

/// Whether a version was stale, so that the payload shows the thing as it is.
pub(crate) fn is_conflict(user_errors: &[UserError]) -> bool {
    user_errors
        .iter()
        .any(|error| error.code == UserErrorCode::Conflict)
}

/// The result of a read. A problem of an argument (a page size, a cursor) has no payload to lie in.
pub(crate) fn read<T>(result: Result<T, app::Error>) -> async_graphql::Result<T> {
    result.map_err(|error| top_level(&error))
}

/// A failure that is no data: it lies in `errors`, with a code.
pub(crate) fn top_level(error: &app::Error) -> async_graphql::Error {
    match error {
        app::Error::Problems(problems) => {
            let text = problems
                .iter()
                .map(|problem| format!("{}: {}", problem.field.join("."), problem.message))
                .collect::<Vec<_>>()
                .join(" ");
            coded("BAD_USER_INPUT", &text)
        }
        app::Error::Unauthenticated => unauthenticated(),
        app::Error::Forbidden(permission) => coded(
            "FORBIDDEN",
            &format!("Your role lacks the right {}.", screaming(*permission)),
        ),
        app::Error::AddressNotAllowed => coded(
            "FORBIDDEN",
            "Your organization does not allow its members to come from this address.",
        ),
        app::Error::UnknownUnit => coded("BAD_USER_INPUT", "There is no such organizational unit."),
        app::Error::ProofNeeded => coded(
            "PROOF_NEEDED",
            "This is dangerous: prove who you are with proveSession first, or sign in again.",
        ),
        app::Error::OwnProofNeeded => coded(
            "PROOF_NEEDED",
            "This concerns your account in every organization, and you came through an identity provider: prove who you are with your \
             own password or second factor (proveSession) first.",
        ),
        app::Error::TooManyAttempts {
            retry_after_seconds,
        } => coded(
            "RATE_LIMITED",
            &format!("Too many attempts. Try again in {retry_after_seconds} seconds."),
        )
        .extend_with(|_, extensions| extensions.set("retryAfterSeconds", *retry_after_seconds)),
        app::Error::Internal(_) => internal(error),
    }
}

/// An unexpected failure: its text is logged under the request's span.
pub(crate) fn internal(error: &dyn std::error::Error) -> async_graphql::Error {
    let mut causes = String::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        causes.push_str(": ");
        causes.push_str(&inner.to_string());
        cause = inner.source();
    }
    tracing::error!(error = %format!("{error}{causes}"), "a resolver failed");
    coded(
        "INTERNAL_SERVER_ERROR",
        "Something went wrong on our side. The server's log has the details under this request id.",
    )
}

/// Nobody is signed in.
pub(crate) fn unauthenticated() -> async_graphql::Error {
    coded("UNAUTHENTICATED", "Sign in first, or send an API token.")
}

/// Something that was there when the answer began and is not any more.
pub(crate) fn gone() -> async_graphql::Error {
    coded(
        "CONFLICT",
        "This was removed while the answer was made. Ask again.",
    )
}

fn coded(code: &'static str, message: &str) -> async_graphql::Error {
    async_graphql::Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

fn screaming(permission: domain::permission::Permission) -> String {
    use async_graphql::resolver_utils::EnumType as _;
    let mirror = crate::enums::Permission::from(permission);
    crate::enums::Permission::items()
        .iter()
        .find(|item| item.value == mirror)
        .map(|item| item.name.to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_become_user_errors_that_start_at_input() {
        let problem = Problem::invalid("draft.operations.0.start.zone", "no");
        let (value, errors) = outcome::<()>(Err(problem.into())).unwrap();
        assert!(value.is_none());
        assert_eq!(
            errors[0].field,
            ["input", "draft", "operations", "0", "start", "zone"]
        );
    }

    #[test]
    fn internal_text_does_not_leak() {
        let secret = "password=hunter2";
        let error = app::Error::Internal(secret.into());
        let shown = format!("{:?}", top_level(&error));
        assert!(!shown.contains(secret), "{shown}");
        assert!(shown.contains("INTERNAL_SERVER_ERROR"));
    }

    #[test]
    fn a_refusal_names_the_right_as_the_schema_does() {
        let error = top_level(&app::Error::Forbidden(
            domain::permission::Permission::PolicyWrite,
        ));
        assert!(error.message.contains("POLICY_WRITE"), "{}", error.message);
    }
}
