//! Protection rules: which assets get which policy by themselves, and in which order that is decided.
//!
//! Not for why one asset has what it has (`protection.rs`). Invariant: a mutation that changes what rules decide answers the task
//! that applies it, where the viewer may see it.

mod condition;
mod order;

use app::protection_rules::NewRule;
use async_graphql::{Context, ID, InputObject, Json, Object, SimpleObject};
use domain::ProtectionRuleId;
use domain::permission::Permission as Right;
use domain::protection_rule::ProtectionRuleDraft;

use crate::connection::{Connection, Noun, Total, page_cost, page_request};
use crate::context::{loaders, viewer};
use crate::error::{UserError, is_conflict, outcome, read};
use crate::node::{parse, parse_all};
use crate::organizational_unit::OrganizationalUnit;
use crate::policy::Policy;
pub(crate) use crate::protection_rule::condition::RuleConditionInput;
use crate::protection_rule::condition::{RuleCondition, as_input};
use crate::protection_rule::order::{
    ProtectionOrder, ProtectionOrderKeyInput, ProtectionPlace, place,
};
use crate::scalars::DateTime;
use crate::task::Task;
use crate::user::IntoId as _;

/// A rule that gives a policy to assets by itself.
pub(crate) struct ProtectionRule(domain::protection_rule::ProtectionRule);

impl From<domain::protection_rule::ProtectionRule> for ProtectionRule {
    fn from(rule: domain::protection_rule::ProtectionRule) -> Self {
        Self(rule)
    }
}

impl Noun for ProtectionRule {
    const CONNECTION: &'static str = "ProtectionRuleConnection";
    const EDGE: &'static str = "ProtectionRuleEdge";
}

/// A rule that gives a policy to assets by itself: to those of its organizational unit and below for which the condition holds, unless
/// something that comes before it has decided.
#[Object]
impl ProtectionRule {
    /// Globally unique identifier.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into_id()
    }

    /// Name to show, unique in the organization.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// For which assets, as the value of a variable of type `RuleConditionInput`: the whole tree in one piece, to be changed and sent
    /// back.
    async fn condition_input(&self) -> Json<serde_json::Value> {
        Json(as_input(&self.0.condition))
    }

    /// For which assets; it has the shape of `RuleConditionInput`. Ask for as many levels as you know there are.
    async fn condition(&self) -> RuleCondition {
        self.0.condition.clone().into()
    }

    /// The condition in words, to show; long lists are cut short.
    async fn condition_text(&self) -> String {
        self.0.condition.to_string()
    }

    /// The policy that the assets get. Null when you do not see it.
    async fn policy(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Policy>> {
        Ok(loaders(ctx)?
            .load(self.0.policy_id)
            .await?
            .map(Policy::from))
    }

    /// The organizational unit that wrote it. Null when you do not see the unit.
    async fn organizational_unit(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<OrganizationalUnit>> {
        let unit = loaders(ctx)?.load(self.0.unit_id).await?;
        Ok(unit.map(OrganizationalUnit))
    }

    /// Whether it is tried; a paused rule keeps its place and protects nothing.
    async fn is_active(&self) -> bool {
        self.0.is_active
    }

    /// Counts changes of name, condition and policy; pass it as `expectedVersion` when you update.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was changed last; a move is no change.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// What the viewer may do with it now.
    async fn viewer_can(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<ProtectionRuleAbilities> {
        let write = viewer(ctx)?.can_at(Right::PolicyAssign, self.0.unit_id);
        Ok(ProtectionRuleAbilities {
            update: write,
            relocate: write,
            pause: write,
            delete: write,
        })
    }
}

/// What the viewer may do with a protection rule now.
#[derive(SimpleObject)]
pub(crate) struct ProtectionRuleAbilities {
    /// Change it.
    update: bool,
    /// Move it.
    #[graphql(name = "move")]
    relocate: bool,
    /// Pause and resume it.
    pause: bool,
    /// Delete it.
    delete: bool,
}

/// Which protection rules a list shows; all given members must hold.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ProtectionRuleFilter {
    /// One of these identifiers.
    id: Option<Vec<ID>>,
    /// Written by one of these organizational units themselves.
    organizational_unit: Option<Vec<ID>>,
    /// Gives one of these policies.
    policy: Option<Vec<ID>>,
    /// Name contains this text, whatever the case.
    search: Option<String>,
    /// Active (true) or paused (false).
    is_active: Option<bool>,
}

impl From<ProtectionRuleFilter> for domain::protection_rule::ProtectionRuleFilter {
    fn from(filter: ProtectionRuleFilter) -> Self {
        let ProtectionRuleFilter {
            id,
            organizational_unit,
            policy,
            search,
            is_active,
        } = filter;
        Self {
            ids: parse_all(id),
            unit_ids: parse_all(organizational_unit),
            policy_ids: parse_all(policy),
            text: search,
            is_active,
        }
    }
}

/// Root fields of protection rules.
#[derive(Default)]
pub(crate) struct ProtectionRuleQuery;

#[Object]
impl ProtectionRuleQuery {
    /// Protection rules, by name; their order of trying is in `protectionOrder`.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "Relay's four arguments are given"
    )]
    async fn protection_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Size of a page from the start, 1 to 100; 25 when absent.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Start after this cursor.")] after: Option<String>,
        #[graphql(desc = "Size of a page from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "End before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which rules.")] filter: Option<ProtectionRuleFilter>,
    ) -> async_graphql::Result<Option<Connection<ProtectionRule>>> {
        let caller = viewer(ctx)?;
        let page = page_request(first, after, last, before)?;
        let filter = filter.unwrap_or_default().into();
        let page = read(app::protection_rules::list(caller, &filter, &page).await)?;
        let total = Total::ProtectionRules(filter);
        Ok(Some(Connection::new(page, total, ProtectionRule::from)))
    }

    /// One protection rule; null when there is none that you may see.
    async fn protection_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identifier of the rule.")] id: ID,
    ) -> async_graphql::Result<Option<ProtectionRule>> {
        ProtectionRule::find(ctx, &id).await
    }

    /// The list of an organizational unit in the order in which it is tried; null when you may not see the unit.
    async fn protection_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identifier of the unit; the root unit when absent.")]
        organizational_unit_id: Option<ID>,
    ) -> async_graphql::Result<Option<ProtectionOrder>> {
        let unit = organizational_unit_id.as_ref().map(parse);
        let order = read(app::protection_rules::order(viewer(ctx)?, unit).await)?;
        Ok(order.map(ProtectionOrder::from))
    }
}

/// A protection rule as its author wants it.
#[derive(Debug, InputObject)]
pub(crate) struct ProtectionRuleDraftInput {
    /// Name to show, unique in the organization, 1 to 100 characters.
    name: String,
    /// The policy that the assets get; it must belong to the rule's organizational unit or one above.
    policy_id: ID,
    /// For which assets.
    condition: RuleConditionInput,
}

impl From<ProtectionRuleDraftInput> for NewRule {
    fn from(draft: ProtectionRuleDraftInput) -> Self {
        let ProtectionRuleDraftInput {
            name,
            policy_id,
            condition,
        } = draft;
        Self {
            draft: ProtectionRuleDraft {
                name,
                condition: condition.into(),
            },
            policy_id: parse(&policy_id),
        }
    }
}

macro_rules! inputs {
    ($($(#[$doc:meta])* $input:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)* } $payload:ident = $result:literal;)*) => {$(
        $(#[$doc])*
        #[derive(InputObject)]
        pub(crate) struct $input {
            $($(#[$field_doc])* $field: $ty,)*
        }

        #[doc = $result]
        #[derive(SimpleObject)]
        pub(crate) struct $payload {
            /// The rule as it is now; on a conflict as somebody else has left it.
            protection_rule: Option<ProtectionRule>,
            /// The task that applies the change to all assets, shared with other changes; null when you may not see it or there was
            /// nothing to change.
            task: Option<Task>,
            /// What to mend; empty when it was done.
            user_errors: Vec<UserError>,
        }

        impl $payload {
            fn of(
                changed: Result<app::protection_rules::Changed, app::Error>,
            ) -> async_graphql::Result<Self> {
                let (changed, user_errors) = outcome(changed)?;
                let (rule, task) = changed.unzip();
                Ok(Self {
                    protection_rule: rule.map(ProtectionRule::from),
                    task: task.flatten().map(Task::from),
                    user_errors,
                })
            }
        }
    )*};
}

inputs! {
    /// A new protection rule.
    CreateProtectionRuleInput {
        /// The organizational unit that writes it; your topmost one when absent.
        organizational_unit_id: Option<ID>,
        /// The rule as you want it.
        draft: ProtectionRuleDraftInput,
        /// The entry of the unit's list before which it is tried; it comes last when absent.
        before: Option<ProtectionOrderKeyInput>,
    } CreateProtectionRulePayload = "Result of `createProtectionRule`.";
    /// A change of a protection rule; it keeps its place.
    UpdateProtectionRuleInput {
        /// The rule.
        id: ID,
        /// The version that you have read; the change is refused when there is a later one.
        expected_version: i32,
        /// The whole rule as you want it.
        draft: ProtectionRuleDraftInput,
    } UpdateProtectionRulePayload = "Result of `updateProtectionRule`.";
    /// Where a protection rule goes.
    MoveProtectionRuleInput {
        /// The rule.
        id: ID,
        /// The entry of the unit's list before which it is tried from now on; it comes last when absent.
        before: Option<ProtectionOrderKeyInput>,
    } MoveProtectionRulePayload = "Result of `moveProtectionRule`.";
    /// Which protection rule is paused.
    PauseProtectionRuleInput {
        /// The rule.
        id: ID,
    } PauseProtectionRulePayload = "Result of `pauseProtectionRule`.";
    /// Which protection rule is tried again.
    ResumeProtectionRuleInput {
        /// The rule.
        id: ID,
    } ResumeProtectionRulePayload = "Result of `resumeProtectionRule`.";
}

/// Where one of the movable places goes.
#[derive(InputObject)]
pub(crate) struct MoveProtectionPlaceInput {
    /// Which of them.
    place: ProtectionPlace,
    /// The entry of the root unit's list before which it comes from now on; it comes last when absent.
    before: Option<ProtectionOrderKeyInput>,
}

/// Result of `moveProtectionPlace`.
#[derive(SimpleObject)]
pub(crate) struct MoveProtectionPlacePayload {
    /// The list of the root unit as it is now; null when nothing was done.
    protection_order: Option<ProtectionOrder>,
    /// The task that applies the change to all assets, shared with other changes; null when you may not see it.
    task: Option<Task>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Which protection rule is deleted.
#[derive(InputObject)]
pub(crate) struct DeleteProtectionRuleInput {
    /// The rule.
    id: ID,
}

/// Result of `deleteProtectionRule`.
#[derive(SimpleObject)]
pub(crate) struct DeleteProtectionRulePayload {
    /// Identifier of the rule that is gone.
    deleted_protection_rule_id: Option<ID>,
    /// The task that applies the change to all assets, shared with other changes; null when you may not see it.
    task: Option<Task>,
    /// What to mend; empty when it was done.
    user_errors: Vec<UserError>,
}

/// Mutations of protection rules.
#[derive(Default)]
pub(crate) struct ProtectionRuleMutation;

#[Object]
impl ProtectionRuleMutation {
    /// Adds a protection rule and applies it.
    async fn create_protection_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new rule.")] input: CreateProtectionRuleInput,
    ) -> async_graphql::Result<Option<CreateProtectionRulePayload>> {
        let unit = input.organizational_unit_id.as_ref().map(parse);
        let (caller, before) = (viewer(ctx)?, place(input.before));
        let made = app::protection_rules::create(caller, unit, input.draft.into(), before).await;
        CreateProtectionRulePayload::of(made).map(Some)
    }

    /// Changes a protection rule and applies the change.
    async fn update_protection_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateProtectionRuleInput,
    ) -> async_graphql::Result<Option<UpdateProtectionRulePayload>> {
        let caller = viewer(ctx)?;
        let UpdateProtectionRuleInput {
            id,
            expected_version,
            draft,
        } = input;
        let id = parse::<ProtectionRuleId>(&id);
        let updated = app::protection_rules::update(caller, id, draft.into(), expected_version);
        let mut payload = UpdateProtectionRulePayload::of(updated.await)?;
        if let Some(id) = id.filter(|_| is_conflict(&payload.user_errors)) {
            let rule = read(app::protection_rules::lookup(caller, id).await)?;
            payload.protection_rule = rule.map(ProtectionRule::from);
        }
        Ok(Some(payload))
    }

    /// Moves a protection rule within the list of its organizational unit and applies the change.
    async fn move_protection_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which rule goes where.")] input: MoveProtectionRuleInput,
    ) -> async_graphql::Result<Option<MoveProtectionRulePayload>> {
        let (id, before) = (parse(&input.id), place(input.before));
        let moved = app::protection_rules::relocate(viewer(ctx)?, id, before).await;
        MoveProtectionRulePayload::of(moved).map(Some)
    }

    /// Moves the place of direct assignments, or of the rules of child units, within the list of the root unit and applies the change.
    async fn move_protection_place(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which place goes where.")] input: MoveProtectionPlaceInput,
    ) -> async_graphql::Result<Option<MoveProtectionPlacePayload>> {
        let (caller, before) = (viewer(ctx)?, place(input.before));
        let moved = app::protection_rules::relocate_place(caller, input.place.into(), before);
        let (task, user_errors) = outcome(moved.await)?;
        let mut protection_order = None;
        if task.is_some() {
            let order = read(app::protection_rules::order(caller, None).await)?;
            protection_order = order.map(ProtectionOrder::from);
        }
        Ok(Some(MoveProtectionPlacePayload {
            protection_order,
            task: task.flatten().map(Task::from),
            user_errors,
        }))
    }

    /// Leaves a protection rule out until it is resumed; its assets get what the rules after it say.
    async fn pause_protection_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which rule is paused.")] input: PauseProtectionRuleInput,
    ) -> async_graphql::Result<Option<PauseProtectionRulePayload>> {
        let (caller, id) = (viewer(ctx)?, parse(&input.id));
        let paused = app::protection_rules::set_active(caller, id, false).await;
        PauseProtectionRulePayload::of(paused).map(Some)
    }

    /// Tries a paused protection rule again, at the place that it kept.
    async fn resume_protection_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which rule is tried again.")] input: ResumeProtectionRuleInput,
    ) -> async_graphql::Result<Option<ResumeProtectionRulePayload>> {
        let (caller, id) = (viewer(ctx)?, parse(&input.id));
        let resumed = app::protection_rules::set_active(caller, id, true).await;
        ResumeProtectionRulePayload::of(resumed).map(Some)
    }

    /// Deletes a protection rule; assets that it protected get what the rules after it say, and keep their recovery points.
    async fn delete_protection_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which rule is deleted.")] input: DeleteProtectionRuleInput,
    ) -> async_graphql::Result<Option<DeleteProtectionRulePayload>> {
        let (caller, id) = (viewer(ctx)?, parse(&input.id));
        let (deleted, user_errors) = outcome(app::protection_rules::delete(caller, id).await)?;
        let (id, task) = deleted.unzip();
        Ok(Some(DeleteProtectionRulePayload {
            deleted_protection_rule_id: id.map(crate::user::IntoId::into_id),
            task: task.flatten().map(Task::from),
            user_errors,
        }))
    }
}
