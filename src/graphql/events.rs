//! Subscriptions: changes as they happen, and those that were missed.
//!
//! Not for how events travel (`tasks::live`) or whether the caller may still see them (`app::events`). Invariant: an event
//! carries the thing as it is when it is read, never as it was, and a cursor with which the stream goes on after it.

use app::events::{Happening, Subject};
use app::matching;
use async_graphql::{Context, SimpleObject, Subscription};
use domain::event::Topic;
use futures_util::{Stream, StreamExt as _};

use crate::activity::ActivitySummary;
use crate::alert::{Alert, AlertFilter};
use crate::approval::ApprovalRequest;
use crate::asset::{Asset, AssetFilter};
use crate::audit_event::AuditEvent;
use crate::aws_account::{AwsAccount, AwsAccountFilter};
use crate::context::viewer;
use crate::domain_proof::DomainClaim;
use crate::enums::ChangeKind;
use crate::error::{read, top_level};
use crate::identity_provider::IdentityProvider;
use crate::invitation::Invitation;
use crate::legal_hold::LegalHold;
use crate::organization::Organization;
use crate::organizational_unit::OrganizationalUnit;
use crate::policy::{Policy, PolicyFilter};
use crate::protection_rule::{ProtectionRule, ProtectionRuleFilter};
use crate::recovery_point::{RecoveryPoint, RecoveryPointFilter};
use crate::role::Role;
use crate::service_token::ServiceToken;
use crate::task::{Task, TaskFilter};
use crate::user::User;

macro_rules! events {
    ($($(#[$doc:meta])* $event:ident { $(#[$subject_doc:meta])* $field:ident: $subject:ty })*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub(crate) struct $event {
            /// Pass it as `after` to go on behind this event without a gap; valid for 7 days.
            cursor: String,
            /// What happened.
            kind: ChangeKind,
            $(#[$subject_doc])*
            $field: Option<$subject>,
        }
    )*};
}

events! {
    /// A change of a task.
    TaskEvent {
        /// The task as it is now.
        task: Task
    }
    /// A change of an asset.
    AssetEvent {
        /// The asset as it is now; null when it is gone from Holdfast.
        asset: Asset
    }
    /// A change of a recovery point.
    RecoveryPointEvent {
        /// The recovery point as it is now.
        recovery_point: RecoveryPoint
    }
    /// A change of a policy.
    PolicyEvent {
        /// The policy as it is now; null when it was deleted.
        policy: Policy
    }
    /// A change of a protection rule or of its place.
    ProtectionRuleEvent {
        /// The rule as it is now; null when it was deleted.
        protection_rule: ProtectionRule
    }
    /// A change of a linked AWS account.
    AwsAccountEvent {
        /// The link as it is now.
        aws_account: AwsAccount
    }
    /// A change of an alert.
    AlertEvent {
        /// The alert as it is now.
        alert: Alert
    }
    /// An asset that stands otherwise than before.
    ComplianceEvent {
        /// The asset as it is now; ask for its `compliance`.
        asset: Asset
    }
    /// A legal hold that was placed or released.
    LegalHoldEvent {
        /// The hold as it is now.
        legal_hold: LegalHold
    }
    /// A change that was asked for, or decided.
    ApprovalRequestEvent {
        /// The request as it is now.
        approval_request: ApprovalRequest
    }
    /// A change of a member of the organization: who they are, whether they may act, what they are granted.
    UserEvent {
        /// The person as they are now; null when they are no member any more.
        user: User
    }
    /// A change of an invitation.
    InvitationEvent {
        /// The invitation as it is now; null when it was accepted or taken back.
        invitation: Invitation
    }
    /// A change of a role that the organization made.
    RoleEvent {
        /// The role as it is now; null when it was deleted.
        role: Role
    }
    /// A change of an organizational unit or of its place.
    OrganizationalUnitEvent {
        /// The unit as it is now; null when it was deleted.
        organizational_unit: OrganizationalUnit
    }
    /// A service token that was made or deleted.
    ServiceTokenEvent {
        /// The token as it is now; null when it was deleted.
        service_token: ServiceToken
    }
    /// A change of an identity provider or of its group rules.
    IdentityProviderEvent {
        /// The provider as it is now; null when it was deleted.
        identity_provider: IdentityProvider
    }
    /// A change of a domain that the organization claims.
    DomainClaimEvent {
        /// The claim as it is now; null when the domain was given up.
        domain_claim: DomainClaim
    }
    /// A change of what belongs to the organization as a whole.
    OrganizationEvent {
        /// The organization as it is now.
        organization: Organization
    }
    /// A new record in the audit log.
    AuditLogEvent {
        /// The record.
        audit_event: AuditEvent
    }
}

/// A change of what is the viewer's alone.
#[derive(SimpleObject)]
pub(crate) struct ViewerEvent {
    /// Pass it as `after` to go on behind this event without a gap; valid for 7 days.
    cursor: String,
    /// What happened.
    kind: ChangeKind,
}

/// Events of one topic; `pick` answers the node, or none for what the filter hides. A thing that is gone is told to everyone,
/// because nothing is left that a filter could look at.
fn stream<N: Send, E: Send>(
    ctx: &Context<'_>,
    topic: Topic,
    after: Option<String>,
    pick: impl Fn(Subject) -> Option<N> + Send,
    event: impl Fn(String, ChangeKind, Option<N>) -> E + Send,
) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<E>> + Send> {
    let happenings = read(app::events::follow(viewer(ctx)?, topic, after))?;
    let shown = move |happening: Result<Happening, app::Error>| {
        let told = match happening {
            Err(error) => Some(Err(top_level(&error))),
            Ok(Happening {
                cursor,
                change,
                subject,
            }) => match subject {
                Some(subject) => {
                    pick(subject).map(|node| Ok(event(cursor, change.into(), Some(node))))
                }
                None if change == domain::event::ChangeKind::Deleted => {
                    Some(Ok(event(cursor, change.into(), None)))
                }
                None => None,
            },
        };
        futures_util::future::ready(told)
    };
    Ok(happenings.filter_map(shown))
}

/// Streams of changes; a query first, then the stream from the query's `eventCursor`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subscription;

/// Streams of changes; a query first, then the stream from the query's `eventCursor`.
#[Subscription]
impl Subscription {
    /// Changes of tasks as they happen; `after` first replays what was missed.
    async fn task_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only changes of tasks that match when they are told.")] filter: Option<
            TaskFilter,
        >,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<TaskEvent>>> {
        let filter = filter.unwrap_or_default().into();
        let pick = move |subject: Subject| {
            let matching = subject.task().filter(|task| matching::task(&filter, task));
            matching.map(Task::from)
        };
        stream(ctx, Topic::Task, after, pick, |cursor, kind, task| {
            TaskEvent { cursor, kind, task }
        })
    }

    /// Changes of assets as they happen; `after` first replays what was missed.
    async fn asset_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only changes of assets that match when they are told.")] filter: Option<
            AssetFilter,
        >,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<AssetEvent>>> {
        let filter = filter.unwrap_or_default().into();
        let pick = move |subject: Subject| {
            let matching = subject
                .asset()
                .filter(|asset| matching::asset(&filter, asset));
            matching.map(Asset::from)
        };
        stream(ctx, Topic::Asset, after, pick, |cursor, kind, asset| {
            AssetEvent {
                cursor,
                kind,
                asset,
            }
        })
    }

    /// Changes of recovery points as they happen; `after` first replays what was missed.
    async fn recovery_point_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only changes of recovery points that match when they are told.")]
        filter: Option<RecoveryPointFilter>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<RecoveryPointEvent>>> {
        let filter = filter.unwrap_or_default().into();
        let pick = move |subject: Subject| {
            let point = subject.recovery_point();
            let matching = point.filter(|point| matching::recovery_point(&filter, point));
            matching.map(RecoveryPoint::from)
        };
        let event = |cursor, kind, recovery_point| RecoveryPointEvent {
            cursor,
            kind,
            recovery_point,
        };
        stream(ctx, Topic::RecoveryPoint, after, pick, event)
    }

    /// Changes of policies as they happen; `after` first replays what was missed.
    async fn policy_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only changes of policies that match when they are told.")] filter: Option<
            PolicyFilter,
        >,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<PolicyEvent>>> {
        let filter = filter.unwrap_or_default().into();
        let pick = move |subject: Subject| {
            let policy = subject.policy();
            let matching = policy.filter(|policy| matching::policy(&filter, policy));
            matching.map(Policy::from)
        };
        stream(ctx, Topic::Policy, after, pick, |cursor, kind, policy| {
            PolicyEvent {
                cursor,
                kind,
                policy,
            }
        })
    }

    /// Changes of protection rules and of their places as they happen; `after` first replays what was missed.
    async fn protection_rule_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only changes of rules that match when they are told.")] filter: Option<
            ProtectionRuleFilter,
        >,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ProtectionRuleEvent>>> {
        let filter = filter.unwrap_or_default().into();
        let pick = move |subject: Subject| {
            let rule = subject.protection_rule();
            let matching = rule.filter(|rule| matching::protection_rule(&filter, rule));
            matching.map(ProtectionRule::from)
        };
        let event = |cursor, kind, protection_rule| ProtectionRuleEvent {
            cursor,
            kind,
            protection_rule,
        };
        stream(ctx, Topic::ProtectionRule, after, pick, event)
    }

    /// Changes of linked AWS accounts as they happen; `after` first replays what was missed.
    async fn aws_account_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only changes of links that match when they are told.")] filter: Option<
            AwsAccountFilter,
        >,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<AwsAccountEvent>>> {
        let filter = filter.unwrap_or_default().into();
        let pick = move |subject: Subject| {
            let account = subject.aws_account();
            let matching = account.filter(|account| matching::aws_account(&filter, account));
            matching.map(AwsAccount::from)
        };
        let event = |cursor, kind, aws_account| AwsAccountEvent {
            cursor,
            kind,
            aws_account,
        };
        stream(ctx, Topic::AwsAccount, after, pick, event)
    }

    /// Changes of alerts as they happen: raised, renewed with news, acknowledged, cleared; `after` first replays what was missed.
    async fn alert_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only changes of alerts that match when they are told.")] filter: Option<
            AlertFilter,
        >,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<AlertEvent>>> {
        let filter = filter.unwrap_or_default().into();
        let pick = move |subject: Subject| {
            let alert = subject.alert();
            let matching = alert.filter(|alert| matching::alert(&filter, alert));
            matching.map(Alert::from)
        };
        stream(ctx, Topic::Alert, after, pick, |cursor, kind, alert| {
            AlertEvent {
                cursor,
                kind,
                alert,
            }
        })
    }

    /// Assets that stand otherwise than before, as it is found out; `after` first replays what was missed.
    async fn compliance_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only assets that match when they are told; `compliance` has no effect.")]
        filter: Option<AssetFilter>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ComplianceEvent>>> {
        let filter = filter.unwrap_or_default().into();
        let pick = move |subject: Subject| {
            let asset = subject.asset();
            let matching = asset.filter(|asset| matching::asset(&filter, asset));
            matching.map(Asset::from)
        };
        stream(
            ctx,
            Topic::Compliance,
            after,
            pick,
            |cursor, kind, asset| ComplianceEvent {
                cursor,
                kind,
                asset,
            },
        )
    }

    /// Legal holds as they are placed and released; `after` first replays what was missed.
    async fn legal_hold_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<LegalHoldEvent>>> {
        let pick = |subject: Subject| subject.legal_hold().map(LegalHold);
        let event = |cursor, kind, legal_hold| LegalHoldEvent {
            cursor,
            kind,
            legal_hold,
        };
        stream(ctx, Topic::LegalHold, after, pick, event)
    }

    /// Changes that wait for a second person, as they are asked for and decided; `after` first replays what was missed. Takes the
    /// right `APPROVAL_DECIDE`.
    async fn approval_request_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ApprovalRequestEvent>>>
    {
        let pick = |subject: Subject| subject.approval_request().map(ApprovalRequest);
        let event = |cursor, kind, approval_request| ApprovalRequestEvent {
            cursor,
            kind,
            approval_request,
        };
        stream(ctx, Topic::Approval, after, pick, event)
    }

    /// Changes of members as they happen: who came and went, was suspended or resumed, was granted something, has another name or address;
    /// `after` first replays what was missed. Not told is when somebody was last seen. Takes `READ` at the root unit, as the list does.
    async fn user_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<UserEvent>>> {
        let pick = |subject: Subject| subject.user().map(User);
        let event = |cursor, kind, user| UserEvent { cursor, kind, user };
        stream(ctx, Topic::User, after, pick, event)
    }

    /// Invitations as they are made, sent again, accepted and taken back; `after` first replays what was missed. Takes `USER_MANAGE`.
    async fn invitation_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<InvitationEvent>>> {
        let pick = |subject: Subject| subject.invitation().map(Invitation);
        let event = |cursor, kind, invitation| InvitationEvent {
            cursor,
            kind,
            invitation,
        };
        stream(ctx, Topic::Invitation, after, pick, event)
    }

    /// Changes of the organization's own roles as they happen; `after` first replays what was missed.
    async fn role_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<RoleEvent>>> {
        let pick = |subject: Subject| subject.role().map(Role);
        let event = |cursor, kind, role| RoleEvent { cursor, kind, role };
        stream(ctx, Topic::Role, after, pick, event)
    }

    /// Changes of the organizational units that you see as they happen; `after` first replays what was missed.
    async fn organizational_unit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<OrganizationalUnitEvent>>>
    {
        let pick = |subject: Subject| subject.organizational_unit().map(OrganizationalUnit);
        let event = |cursor, kind, organizational_unit| OrganizationalUnitEvent {
            cursor,
            kind,
            organizational_unit,
        };
        stream(ctx, Topic::OrganizationalUnit, after, pick, event)
    }

    /// Service tokens that you manage as they are made and deleted; `after` first replays what was missed. Takes `SERVICE_TOKEN_MANAGE`.
    async fn service_token_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ServiceTokenEvent>>> {
        let pick = |subject: Subject| subject.service_token().map(ServiceToken);
        let event = |cursor, kind, service_token| ServiceTokenEvent {
            cursor,
            kind,
            service_token,
        };
        stream(ctx, Topic::ServiceToken, after, pick, event)
    }

    /// Changes of identity providers and their group rules as they happen; `after` first replays what was missed. Takes `SSO_MANAGE`.
    async fn identity_provider_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<IdentityProviderEvent>>>
    {
        let pick = |subject: Subject| subject.identity_provider().map(IdentityProvider);
        let event = |cursor, kind, identity_provider| IdentityProviderEvent {
            cursor,
            kind,
            identity_provider,
        };
        stream(ctx, Topic::IdentityProvider, after, pick, event)
    }

    /// Domains as they are claimed, proven and given up; `after` first replays what was missed. Takes `SSO_MANAGE`.
    async fn domain_claim_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<DomainClaimEvent>>> {
        let pick = |subject: Subject| subject.domain_proof().map(DomainClaim);
        let event = |cursor, kind, domain_claim| DomainClaimEvent {
            cursor,
            kind,
            domain_claim,
        };
        stream(ctx, Topic::DomainProof, after, pick, event)
    }

    /// Changes of the organization's name and settings, of who must sign on through a provider, and of the lock of its vault, as they happen;
    /// `after` first replays what was missed.
    async fn organization_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<OrganizationEvent>>> {
        let pick = |subject: Subject| subject.organization().map(Organization);
        let event = |cursor, kind, organization| OrganizationEvent {
            cursor,
            kind,
            organization,
        };
        stream(ctx, Topic::Organization, after, pick, event)
    }

    /// Changes of what is yours alone as they happen, wherever you are signed in: sessions, API tokens, second factors, links to identity
    /// providers, name and address; `after` first replays what was missed. Ask for `viewer` again.
    async fn viewer_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ViewerEvent>>> {
        let happenings = read(app::events::follow(viewer(ctx)?, Topic::OwnAccount, after))?;
        Ok(happenings.map(|happening| {
            let Happening { cursor, change, .. } = happening.map_err(|error| top_level(&error))?;
            let kind = change.into();
            Ok(ViewerEvent { cursor, kind })
        }))
    }

    /// Records of the audit log as they are written; `after` first replays what was missed. Takes the right `AUDIT_READ`.
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on behind the event with this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<AuditLogEvent>>> {
        let pick = |subject: Subject| subject.audit_event().map(AuditEvent);
        let event = |cursor, kind, audit_event| AuditLogEvent {
            cursor,
            kind,
            audit_event,
        };
        stream(ctx, Topic::Audit, after, pick, event)
    }

    /// Counts of what is going on, at once and then whenever they change, at most once a second.
    async fn activity_counts(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ActivitySummary>>> {
        let counts = read(app::activity::follow(viewer(ctx)?))?;
        Ok(counts.map(|counts| read(counts).map(ActivitySummary::from)))
    }
}
