//! The root of reads: the root fields of all nouns, merged.
//!
//! Invariant: nothing but the merge happens here.

use async_graphql::MergedObject;

use crate::activity::ActivityQuery;
use crate::alert::AlertQuery;
use crate::api_token::ApiTokenQuery;
use crate::approval::ApprovalQuery;
use crate::asset::AssetQuery;
use crate::audit_event::AuditQuery;
use crate::aws_account::AwsAccountQuery;
use crate::calendar::CalendarQuery;
use crate::compliance::{ComplianceControlsQuery, ComplianceQuery};
use crate::domain_proof::DomainQuery;
use crate::identity_provider::IdentityProviderQuery;
use crate::invitation::InvitationQuery;
use crate::legal_hold::LegalHoldQuery;
use crate::node::NodeQuery;
use crate::organization::OrganizationQuery;
use crate::organizational_unit::OrganizationalUnitQuery;
use crate::overview::OverviewQuery;
use crate::policy::PolicyQuery;
use crate::protection_plan::ProtectionPlanQuery;
use crate::protection_rule::ProtectionRuleQuery;
use crate::rate_limit::RateLimitQuery;
use crate::recovery_point::RecoveryPointQuery;
use crate::recovery_point::ends::RecoveryPointEndQuery;
use crate::role::RoleQuery;
use crate::service_token::ServiceTokenQuery;
use crate::sign_in::SignInQuery;
use crate::sign_up::SignUpQuery;
use crate::task::TaskQuery;
use crate::user::UserQuery;
use crate::vault_lock::VaultLockQuery;
use crate::verification::VerificationQuery;
use crate::viewer::ViewerQuery;

/// Reads; every field but `signUpForm` needs a viewer, and is null where there is nothing that the viewer may see.
#[derive(Default, MergedObject)]
pub struct Query(PeopleQuery, FleetQuery, ProtectionQuery, PointQuery);

// In groups: merged objects nest, and each level of nesting is a frame of the stack of every request.

#[derive(Default, MergedObject)]
struct PeopleQuery(
    ApiTokenQuery,
    AuditQuery,
    DomainQuery,
    IdentityProviderQuery,
    InvitationQuery,
    OrganizationQuery,
    OrganizationalUnitQuery,
    RoleQuery,
    ServiceTokenQuery,
    SignInQuery,
    SignUpQuery,
    UserQuery,
    ViewerQuery,
);

#[derive(Default, MergedObject)]
struct FleetQuery(
    ActivityQuery,
    AlertQuery,
    AssetQuery,
    AwsAccountQuery,
    NodeQuery,
    OverviewQuery,
    RateLimitQuery,
    TaskQuery,
);

#[derive(Default, MergedObject)]
struct ProtectionQuery(
    CalendarQuery,
    ComplianceControlsQuery,
    ComplianceQuery,
    PolicyQuery,
    ProtectionPlanQuery,
    ProtectionRuleQuery,
);

#[derive(Default, MergedObject)]
struct PointQuery(
    ApprovalQuery,
    LegalHoldQuery,
    RecoveryPointEndQuery,
    RecoveryPointQuery,
    VaultLockQuery,
    VerificationQuery,
);
