//! Gives the errors of the GraphQL library a code, and hides what must not leave. The library's own errors carry no
//! code, so they are told apart by phase and wording; the tests run every wording against the pinned version.
//! Invariant: an error without a code that is not known to be about the input becomes one generic message.

use async_graphql::ServerError;

use super::super::problem::{Code, Problem, set_code};

/// What a user sees of an error that nobody foresaw.
pub(super) const GENERIC: &str =
    "Something went wrong on our side. The server's log has the details under this request id.";

/// A syntax error, without the picture of the text that the parser draws.
pub(super) fn syntax(error: &ServerError) -> Problem {
    let reason = error.message.rsplit("= ").next().unwrap_or_default().trim();
    let reason = if reason.is_empty() || reason.contains('\n') {
        "unexpected text"
    } else {
        reason
    };
    let mut problem = Problem::new(Code::ParseFailed, format!("Syntax error: {reason}."));
    problem.locations.clone_from(&error.locations);
    problem
}

/// Codes for errors that came before execution.
pub(super) fn mark_refused(errors: &mut [ServerError], with_suggestions: bool) {
    for error in errors {
        if error
            .extensions
            .as_ref()
            .is_none_or(|extensions| extensions.get("code").is_none())
        {
            set_code(error, refused_code(&error.message).as_str());
        }
        if !with_suggestions && let Some((message, _)) = error.message.split_once(" Did you mean") {
            error.message = message.to_owned();
        }
    }
}

fn refused_code(message: &str) -> Code {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| message.starts_with(prefix));
    if starts(&[
        "Query is too complex",
        "Query is nested too deep",
        "The recursion depth",
        "The number of directives",
    ]) {
        Code::LimitExceeded
    } else if starts(&[
        "Invalid value for argument",
        "Invalid value for variable",
        "Failed to parse",
    ]) || (message.starts_with("Variable") && message.ends_with("is not defined."))
    {
        Code::BadUserInput
    } else {
        Code::ValidationFailed
    }
}

/// Codes for errors of resolvers. Calls `report` for each that a user must not read.
pub(super) fn mark_executed(errors: &mut [ServerError], mut report: impl FnMut(&ServerError)) {
    for error in errors {
        if error
            .extensions
            .as_ref()
            .is_some_and(|extensions| extensions.get("code").is_some())
        {
            continue;
        }
        if is_input_error(error) {
            set_code(error, Code::BadUserInput.as_str());
            continue;
        }
        report(error);
        GENERIC.clone_into(&mut error.message);
        error.source = None;
        set_code(error, Code::Internal.as_str());
    }
}

/// An argument that could not be read. Such errors have no source; a resolver's error that was converted has one.
fn is_input_error(error: &ServerError) -> bool {
    const KNOWN: [&str; 6] = [
        "Failed to parse \"",
        "Expected input type \"",
        "Invalid value for argument",
        "Variable ",
        "the value is ",
        "the value length is ",
    ];
    error.source.is_none()
        && (KNOWN.iter().any(|prefix| error.message.starts_with(prefix))
            || error.message.contains("(occurred while parsing \""))
}
