//! The root of writes: the mutations of all nouns, merged.
//!
//! Invariant: nothing but the merge happens here.

use async_graphql::MergedObject;

use crate::alert::AlertMutation;
use crate::api_token::ApiTokenMutation;
use crate::approval::ApprovalMutation;
use crate::assignment::AssignmentMutation;
use crate::aws_account::AwsAccountMutation;
use crate::compliance::ComplianceControlsMutation;
use crate::domain_proof::DomainMutation;
use crate::email_change::EmailChangeMutation;
use crate::identity_provider::IdentityProviderMutation;
use crate::invitation::InvitationMutation;
use crate::legal_hold::LegalHoldMutation;
use crate::membership::MembershipMutation;
use crate::organization::OrganizationMutation;
use crate::organizational_unit::OrganizationalUnitMutation;
use crate::passkey::PasskeyMutation;
use crate::password::PasswordMutation;
use crate::policy::PolicyMutation;
use crate::profile::ProfileMutation;
use crate::protection_plan::ProtectionPlanMutation;
use crate::protection_rule::ProtectionRuleMutation;
use crate::recovery_point::RecoveryKitMutation;
use crate::recovery_point::ends::RecoveryPointMutation;
use crate::restore::WorkMutation;
use crate::role::RoleMutation;
use crate::second_factor::SecondFactorMutation;
use crate::service_token::ServiceTokenMutation;
use crate::sign_up::SignUpMutation;
use crate::task::TaskMutation;
use crate::vault_lock::VaultLockMutation;
use crate::viewer::SessionMutation;

/// Writes; every field takes one `input` and returns a payload whose `userErrors` say what to mend.
#[derive(Default, MergedObject)]
pub struct Mutation(
    AccountMutation,
    PeopleMutation,
    FleetMutation,
    ProtectionMutation,
    PointMutation,
);

// In groups: merged objects nest, and each level of nesting is a frame of the stack of every request.

#[derive(Default, MergedObject)]
struct AccountMutation(
    ApiTokenMutation,
    EmailChangeMutation,
    PasskeyMutation,
    PasswordMutation,
    ProfileMutation,
    SecondFactorMutation,
    SessionMutation,
    SignUpMutation,
);

#[derive(Default, MergedObject)]
struct PeopleMutation(
    DomainMutation,
    IdentityProviderMutation,
    InvitationMutation,
    MembershipMutation,
    OrganizationMutation,
    OrganizationalUnitMutation,
    RoleMutation,
    ServiceTokenMutation,
);

#[derive(Default, MergedObject)]
struct FleetMutation(
    AlertMutation,
    AwsAccountMutation,
    TaskMutation,
    WorkMutation,
);

#[derive(Default, MergedObject)]
struct ProtectionMutation(
    AssignmentMutation,
    ComplianceControlsMutation,
    PolicyMutation,
    ProtectionPlanMutation,
    ProtectionRuleMutation,
);

#[derive(Default, MergedObject)]
struct PointMutation(
    ApprovalMutation,
    LegalHoldMutation,
    RecoveryKitMutation,
    RecoveryPointMutation,
    VaultLockMutation,
);
