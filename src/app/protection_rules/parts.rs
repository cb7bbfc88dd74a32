//! Changes of rules and their order inside a transaction that goes on and holds the organization's protection locked.
//!
//! Not for opening or committing it. Invariant: each asks for the right at the rule's unit and leaves its record.

use super::{
    Action, Changed, Connection, Ctx, EntryKey, Error, OrganizationalUnitId, PROTECTION_RULES_MAX,
    Problem, ProblemCode, Problems, ProtectionRule, ProtectionRuleFilter, Task, Tx, actions, apply,
    audit, check_condition, put, shown, summary, taken,
};

/// Adds the rule at the end of its unit's list.
pub(crate) async fn add(ctx: &Ctx, tx: Tx, rule: &ProtectionRule) -> Result<Tx, Error> {
    let action = actions::CREATE_PROTECTION_RULE;
    let mut tx = ctx.authorize_at(tx, action, [rule.unit_id]).await?;
    check_count(ctx, &tx).await?;
    taken(store::protection_rules::add(&mut tx, rule).await)?;
    record(ctx, &mut tx, action, rule.id, summary(rule)).await?;
    Ok(tx)
}

/// Makes a rule into another: its content and whether it is tried, each by its own action.
pub(crate) async fn replace(
    ctx: &Ctx,
    tx: Tx,
    before: &ProtectionRule,
    after: &ProtectionRule,
) -> Result<Tx, Error> {
    let content = ProtectionRule {
        is_active: before.is_active,
        ..after.clone()
    };
    let mut tx = tx;
    let mut present = before.clone();
    if content != present {
        let action = actions::UPDATE_PROTECTION_RULE;
        tx = ctx.authorize_at(tx, action, [before.unit_id]).await?;
        let summary = serde_json::json!({ "before": summary(before), "after": summary(&content) });
        present = write(ctx, &mut tx, action, content, summary).await?.0;
    }
    if present.is_active != after.is_active {
        let action = activity(after.is_active);
        tx = ctx.authorize_at(tx, action, [before.unit_id]).await?;
        let after = ProtectionRule {
            is_active: after.is_active,
            ..present
        };
        let summary = serde_json::json!({ "name": after.name });
        write(ctx, &mut tx, action, after, summary).await?;
    }
    Ok(tx)
}

/// Removes the rule.
pub(crate) async fn remove(ctx: &Ctx, tx: Tx, rule: &ProtectionRule) -> Result<Tx, Error> {
    let action = actions::DELETE_PROTECTION_RULE;
    let mut tx = ctx.authorize_at(tx, action, [rule.unit_id]).await?;
    store::protection_rules::remove(&mut tx, ctx.organization(), rule.id).await?;
    record(ctx, &mut tx, action, rule.id, summary(rule)).await?;
    Ok(tx)
}

/// Puts an entry of a unit's list before another one, or to the end; `rule` is the rule that it is, if it is one.
pub(crate) async fn shift(
    ctx: &Ctx,
    tx: Tx,
    unit: OrganizationalUnitId,
    (entry, rule): (EntryKey, Option<&ProtectionRule>),
    before: Option<EntryKey>,
) -> Result<Tx, Error> {
    let action = match entry {
        EntryKey::Rule(_) => actions::MOVE_PROTECTION_RULE,
        EntryKey::DirectAssignments | EntryKey::ChildUnits => actions::MOVE_PROTECTION_PLACE,
    };
    let mut tx = ctx.authorize_at(tx, action, [unit]).await?;
    let before = before.map(Some);
    put(ctx, &mut tx, unit, entry, before).await?;
    let (target, summary) = match rule {
        Some(rule) => (
            rule.id.to_string(),
            serde_json::json!({ "name": rule.name, "before": shown(before) }),
        ),
        None => (
            String::new(),
            serde_json::json!({ "place": shown(Some(Some(entry))), "before": shown(before) }),
        ),
    };
    record(ctx, &mut tx, action, target, summary).await?;
    Ok(tx)
}

/// Refuses one more rule than an organization may have.
pub(super) async fn check_count(ctx: &Ctx, tx: &Tx) -> Result<(), Error> {
    let all = ProtectionRuleFilter::default();
    let count = store::protection_rules::count(tx, ctx.organization(), &all).await?;
    if usize::try_from(count).is_ok_and(|count| count >= PROTECTION_RULES_MAX) {
        let message =
            format!("An organization has at most {PROTECTION_RULES_MAX} protection rules.");
        return Err(Problem::new(ProblemCode::LimitReached, "", message).into());
    }
    Ok(())
}

/// The action that leaves a rule out or tries it again.
pub(super) const fn activity(is_active: bool) -> Action {
    if is_active {
        actions::RESUME_PROTECTION_RULE
    } else {
        actions::PAUSE_PROTECTION_RULE
    }
}

/// Writes `after` one version on and records it.
pub(super) async fn write(
    ctx: &Ctx,
    tx: &mut Tx,
    action: Action,
    after: ProtectionRule,
    summary: serde_json::Value,
) -> Result<Changed, Error> {
    let expected = after.version;
    let after = ProtectionRule {
        version: expected.saturating_add(1),
        updated_at: ctx.now(),
        ..after
    };
    taken(store::protection_rules::update(tx, &after, expected).await)?;
    let task = record(ctx, tx, action, after.id, summary).await?;
    Ok((after, task))
}

/// Queues the task that applies the change, and records it.
pub(super) async fn record(
    ctx: &Ctx,
    tx: &mut Tx,
    action: Action,
    target: impl ToString,
    summary: serde_json::Value,
) -> Result<Option<Task>, Error> {
    let task = apply(ctx, tx).await?;
    audit::success(ctx, tx, action, target, summary).await?;
    Ok(task)
}

/// What drafted rules name must exist and be the caller's to see. Each comes with its place in the draft and its policy.
pub(crate) async fn check_all<'a>(
    ctx: &Ctx,
    db: &impl Connection,
    rules: impl IntoIterator<Item = (&'a str, &'a ProtectionRule, &'a domain::policy::Policy)> + Send,
) -> Result<(), Error> {
    let tree = store::organizational_units::tree(db, ctx.organization()).await?;
    let mut problems = Problems::new();
    for (at, rule, policy) in rules {
        problems.check(
            tree.is_within(rule.unit_id, policy.unit_id),
            &format!("{at}.policy"),
            "This policy belongs to an organizational unit that is not above the rule's.",
        );
        let at = format!("{at}.condition");
        check_condition(ctx, db, &at, &rule.condition, &mut problems).await?;
    }
    Ok(problems.into_result()?)
}
