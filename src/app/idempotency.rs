//! Idempotency keys: the same request twice starts work once.
//!
//! Not for what a workflow does twice (`tasks`). Invariant: a key is claimed in the transaction that queues the work, so
//! there is never one without the other.

use domain::limits::IDEMPOTENCY_KEY_LENGTH_MAX;
use domain::{Problem, ProblemCode, TaskId};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::Tx;
use store::idempotency::Claim;

use crate::actions::Action;
use crate::context::Ctx;
use crate::error::Error;

/// Separates a key from the number of a further task; keys of callers cannot hold it.
const SEPARATOR: char = '\n';

/// A claimed key.
#[derive(Debug)]
pub(crate) struct Key {
    text: String,
    hash: [u8; 32],
}

impl Key {
    /// The key that belongs to the `index`-th task of a request; the 0th is the caller's own.
    fn at(&self, index: usize) -> String {
        match index {
            0 => self.text.clone(),
            _ => format!("{}{SEPARATOR}{index}", self.text),
        }
    }
}

/// What became of a claim.
#[derive(Debug)]
pub(crate) enum Claimed {
    /// The work is new: start it and [`bind`] each task.
    Fresh(Key),
    /// The same request was carried out before, with these tasks.
    Repeated(Vec<TaskId>),
}

/// Checks the form of a key.
pub(crate) fn check(key: &str) -> Result<(), Problem> {
    let length = key.chars().count();
    let is_sound =
        (1..=IDEMPOTENCY_KEY_LENGTH_MAX).contains(&length) && !key.chars().any(char::is_control);
    if is_sound {
        return Ok(());
    }
    let message = format!(
        "An idempotency key has 1 to {IDEMPOTENCY_KEY_LENGTH_MAX} characters, none of them a control character."
    );
    Err(Problem::invalid("idempotencyKey", message))
}

/// Claims `key` for one request of `action` with `input`, which starts `tasks` tasks.
pub(crate) async fn claim(
    ctx: &Ctx,
    tx: &mut Tx,
    action: Action,
    key: &str,
    input: &(impl Serialize + Sync),
    tasks: usize,
) -> Result<Claimed, Error> {
    let body = serde_json::to_vec(&(action.name, input))
        .map_err(|error| Error::Internal(Box::new(error)))?;
    let key = Key {
        text: key.to_owned(),
        hash: Sha256::digest(&body).into(),
    };
    let (organization, now) = (ctx.organization(), ctx.now());
    let mut earlier = Vec::new();
    for index in 0..tasks {
        let name = key.at(index);
        match store::idempotency::claim(tx, organization, &name, &key.hash, now).await? {
            Claim::Fresh => {}
            Claim::Same(task) => earlier.extend(task),
            Claim::Different => {
                let message = "This key was used for other work. Take a fresh key.";
                let problem = Problem::new(ProblemCode::Conflict, "idempotencyKey", message);
                return Err(problem.into());
            }
        }
    }
    if earlier.is_empty() {
        Ok(Claimed::Fresh(key))
    } else {
        Ok(Claimed::Repeated(earlier))
    }
}

/// Remembers that the `index`-th task of the request is `task`.
pub(crate) async fn bind(
    ctx: &Ctx,
    tx: &mut Tx,
    key: &Key,
    index: usize,
    task: TaskId,
) -> Result<(), Error> {
    Ok(store::idempotency::bind(tx, ctx.organization(), &key.at(index), task).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_a_length_and_no_control_characters() {
        assert!(check("a").is_ok());
        assert!(check(&"ä".repeat(IDEMPOTENCY_KEY_LENGTH_MAX)).is_ok());
        for bad in ["", "a\nb", &"a".repeat(IDEMPOTENCY_KEY_LENGTH_MAX + 1)] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }
}
