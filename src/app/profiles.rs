//! What a person says of themselves.
//!
//! Not for what others decide about them (`memberships.rs`) nor for passwords. Invariant: only the person changes it, and every
//! organization to which they belong has the record.

use domain::audit::Outcome;
use domain::limits::NAME_LENGTH_MAX;
use domain::text::checked_name;
use domain::user::User;

use crate::actions;
use crate::audit::{self, Deed};
use crate::context::Ctx;
use crate::error::Error;

/// Gives the caller another name to show.
pub async fn update(ctx: &Ctx, name: &str) -> Result<User, Error> {
    ctx.authorize(actions::UPDATE_PROFILE).await?;
    let user = ctx
        .user()
        .ok_or_else(|| Error::precondition("", "A profile belongs to a person."))?;
    let name = checked_name("name", name, NAME_LENGTH_MAX)?;
    let mut tx = ctx.system_begin().await?;
    store::users::rename(&mut tx, user.id, &name).await?;
    let deed = Deed {
        user: user.id,
        action: actions::UPDATE_PROFILE,
        outcome: Outcome::Success,
        origin: ctx.origin(),
        summary: serde_json::json!({ "name": name }),
    };
    audit::deed(ctx.services(), &mut tx, deed).await?;
    tx.commit().await?;
    Ok(User {
        name,
        ..user.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Harness;

    #[tokio::test]
    async fn a_person_takes_another_name_and_the_log_has_it() {
        let world = Harness::new().await;
        let ctx = world.admin().await;
        let id = ctx.user().map(|user| user.id);
        let user = update(&ctx, "  Ann Other ").await.unwrap();
        assert_eq!((Some(user.id), user.name.as_str()), (id, "Ann Other"));
        let kept = store::users::system_lookup(&world.services.store.read(), user.id).await;
        assert_eq!(kept.unwrap().map(|kept| kept.name), Some(user.name));
        let empty = update(&ctx, " ").await;
        assert!(matches!(empty, Err(Error::Problems(_))), "{empty:?}");
    }
}
