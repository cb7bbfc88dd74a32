//! The list of everything that changes something, with the right that it needs.
//!
//! Not for reads: they need [`Permission::Read`] unless their function says otherwise. Invariant: the list is complete, and the
//! name of an action is the name of its GraphQL mutation in snake case; `schema/permissions.txt` is made from it.

use domain::permission::Permission;
use domain::task::TaskKind;

/// Something that a caller can do and that the audit log records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// The name in the audit log.
    pub name: &'static str,
    /// The right that it needs.
    pub needs: Needs,
    /// What a session has to show besides; see `Ctx::authorize`.
    pub proof: Proof,
}

/// What a session has to show of its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Nothing but itself.
    Nothing,
    /// A fresh proof of who the person is.
    Fresh,
    /// The person's own word, given in it at some time: see `own_word.rs`.
    OwnWord,
    /// The person's own word, fresh.
    FreshOwnWord,
}

impl Proof {
    /// Whether it wears off.
    #[must_use]
    pub const fn is_fresh(self) -> bool {
        matches!(self, Self::Fresh | Self::FreshOwnWord)
    }

    /// Whether a session that came through an identity provider shows it only once its person has proven themselves.
    #[must_use]
    pub const fn is_own(self) -> bool {
        matches!(self, Self::OwnWord | Self::FreshOwnWord)
    }
}

/// The right that an action needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// None: signing in and out.
    Nothing,
    /// This one.
    One(Permission),
    /// Every right at the root unit. Whoever sets a provider up decides whom it signs on, and so could be anybody.
    Every,
    /// The one that starting a task of the same kind needs, see [`permission_of_task`].
    OfTask,
}

/// The right that aborting or retrying a task of `kind` needs.
#[must_use]
pub const fn permission_of_task(kind: TaskKind) -> Permission {
    match kind {
        TaskKind::VerifyAwsAccount | TaskKind::SyncInventory => Permission::AwsAccountManage,
        TaskKind::ApplyProtection | TaskKind::AssignPolicy => Permission::PolicyAssign,
        TaskKind::BackupEbs | TaskKind::SnapshotEbs => Permission::BackupRun,
        TaskKind::RestoreEbs | TaskKind::RestoreImage => Permission::RestoreRun,
        TaskKind::VerifyRecoveryPoint => Permission::VerificationRun,
        TaskKind::ExpireRecoveryPoints | TaskKind::ReconcileVault | TaskKind::PruneVault => {
            Permission::SettingsManage
        }
    }
}

macro_rules! proof {
    () => {
        Proof::Nothing
    };
    ($proof:ident) => {
        $proof
    };
}

macro_rules! actions {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $needs:expr $(, $proof:ident)?;)*) => {
        $(
            $(#[$doc])*
            pub const $constant: Action =
                Action { name: $name, needs: $needs, proof: proof!($($proof)?) };
        )*

        /// All of them, by name.
        pub const ALL: &[Action] = &[$($constant),*];
    };
}

/// What lasts beyond the session that did it, or opens a way in, takes a proof.
const PROVEN: Proof = Proof::Fresh;
/// What concerns the account in every organization of the person takes a word that no provider of one of them can give.
const OWN: Proof = Proof::OwnWord;
/// Both of it.
const OWN_PROVEN: Proof = Proof::FreshOwnWord;

actions! {
    /// Asks a task to stop.
    ABORT_TASK = "abort_task", Needs::OfTask;
    /// Accepts an invitation by its link.
    ACCEPT_INVITATION = "accept_invitation", Needs::Nothing;
    /// Says that one knows of an alert.
    ACKNOWLEDGE_ALERT = "acknowledge_alert", Needs::One(Permission::AlertManage);
    /// Lets an identity provider sign people on.
    ACTIVATE_IDENTITY_PROVIDER = "activate_identity_provider", Needs::Every, PROVEN;
    /// Applies a plan of policies and rules.
    APPLY_PROTECTION = "apply_protection", Needs::One(Permission::PolicyAssign);
    /// Applies a vault lock, or asks for a looser one.
    APPLY_VAULT_LOCK = "apply_vault_lock", Needs::One(Permission::SettingsManage), PROVEN;
    /// Agrees to what another person asked for, and carries it out.
    APPROVE_APPROVAL_REQUEST = "approve_approval_request", Needs::One(Permission::ApprovalDecide), PROVEN;
    /// Assigns a policy to assets.
    ASSIGN_POLICY = "assign_policy", Needs::One(Permission::PolicyAssign);
    /// Assigns a policy to all assets that match.
    ASSIGN_POLICY_TO_MATCHING = "assign_policy_to_matching", Needs::One(Permission::PolicyAssign);
    /// Asks an authenticator for a new passkey of one's own.
    BEGIN_PASSKEY = "begin_passkey", Needs::Nothing, OWN_PROVEN;
    /// Asks an authenticator for a proof of who one is.
    BEGIN_PASSKEY_PROOF = "begin_passkey_proof", Needs::Nothing;
    /// Begins to set up an authenticator app of one's own.
    BEGIN_TOTP = "begin_totp", Needs::Nothing, OWN_PROVEN;
    /// Takes back what one asked for oneself.
    CANCEL_APPROVAL_REQUEST = "cancel_approval_request", Needs::One(Permission::Read);
    /// Changes one's own password.
    CHANGE_PASSWORD = "change_password", Needs::Nothing, OWN;
    /// Says that a domain is the organization's.
    CLAIM_DOMAIN = "claim_domain", Needs::Every, PROVEN;
    /// Makes a new policy that does what another does.
    CLONE_POLICY = "clone_policy", Needs::One(Permission::PolicyWrite);
    /// Gives the second factor of a sign-in.
    COMPLETE_SESSION = "complete_session", Needs::Nothing;
    /// Proves that another address is one's own, with which one signs in from now on.
    CONFIRM_EMAIL_CHANGE = "confirm_email_change", Needs::Nothing, OWN;
    /// Confirms the address of a sign-up, which makes the account and its organization.
    CONFIRM_SIGN_UP = "confirm_sign_up", Needs::Nothing;
    /// Proves that an authenticator app of one's own works, which turns it on.
    CONFIRM_TOTP = "confirm_totp", Needs::Nothing, OWN_PROVEN;
    /// Links an AWS account.
    CONNECT_AWS_ACCOUNT = "connect_aws_account", Needs::One(Permission::AwsAccountManage);
    /// Makes an API token of one's own.
    CREATE_API_TOKEN = "create_api_token", Needs::One(Permission::ApiTokenManage), PROVEN;
    /// Adds an identity provider.
    CREATE_IDENTITY_PROVIDER = "create_identity_provider", Needs::Every, PROVEN;
    /// Places a legal hold.
    CREATE_LEGAL_HOLD = "create_legal_hold", Needs::One(Permission::LegalHoldManage);
    /// Makes an organizational unit.
    CREATE_ORGANIZATIONAL_UNIT = "create_organizational_unit", Needs::One(Permission::UnitManage);
    /// Adds a passkey of one's own.
    CREATE_PASSKEY = "create_passkey", Needs::Nothing, OWN_PROVEN;
    /// Adds a policy.
    CREATE_POLICY = "create_policy", Needs::One(Permission::PolicyWrite);
    /// Adds a protection rule.
    CREATE_PROTECTION_RULE = "create_protection_rule", Needs::One(Permission::PolicyAssign);
    /// Makes recovery codes of one's own anew.
    CREATE_RECOVERY_CODES = "create_recovery_codes", Needs::Nothing, OWN_PROVEN;
    /// Makes a role.
    CREATE_ROLE = "create_role", Needs::One(Permission::RoleManage), PROVEN;
    /// Makes the token with which an identity provider pushes people and groups.
    CREATE_SCIM_TOKEN = "create_scim_token", Needs::Every, PROVEN;
    /// Makes a token that belongs to no person.
    CREATE_SERVICE_TOKEN = "create_service_token", Needs::One(Permission::ServiceTokenManage), PROVEN;
    /// Signs in.
    CREATE_SESSION = "create_session", Needs::Nothing;
    /// Stops an identity provider from signing people on.
    DEACTIVATE_IDENTITY_PROVIDER = "deactivate_identity_provider", Needs::Every, PROVEN;
    /// Ends an API token of one's own.
    DELETE_API_TOKEN = "delete_api_token", Needs::One(Permission::ApiTokenManage);
    /// Removes an identity provider with its links and grants.
    DELETE_IDENTITY_PROVIDER = "delete_identity_provider", Needs::Every, PROVEN;
    /// Removes an organizational unit.
    DELETE_ORGANIZATIONAL_UNIT = "delete_organizational_unit", Needs::One(Permission::UnitManage);
    /// Ends all sessions of one's own but this one.
    DELETE_OTHER_SESSIONS = "delete_other_sessions", Needs::Nothing;
    /// Removes a passkey of one's own.
    DELETE_PASSKEY = "delete_passkey", Needs::Nothing, OWN_PROVEN;
    /// Removes a policy.
    DELETE_POLICY = "delete_policy", Needs::One(Permission::PolicyWrite);
    /// Removes a protection rule.
    DELETE_PROTECTION_RULE = "delete_protection_rule", Needs::One(Permission::PolicyAssign);
    /// Asks for recovery points to end now.
    DELETE_RECOVERY_POINTS = "delete_recovery_points", Needs::One(Permission::RecoveryPointDelete), PROVEN;
    /// Removes a role.
    DELETE_ROLE = "delete_role", Needs::One(Permission::RoleManage), PROVEN;
    /// Ends the token of an identity provider.
    DELETE_SCIM_TOKEN = "delete_scim_token", Needs::Every, PROVEN;
    /// Ends a service token.
    DELETE_SERVICE_TOKEN = "delete_service_token", Needs::One(Permission::ServiceTokenManage);
    /// Signs out.
    DELETE_SESSION = "delete_session", Needs::Nothing;
    /// Removes an authenticator app of one's own, with the recovery codes.
    DELETE_TOTP = "delete_totp", Needs::Nothing, OWN_PROVEN;
    /// Ends all sessions of a member.
    DELETE_USER_SESSIONS = "delete_user_sessions", Needs::One(Permission::SessionManage);
    /// Refuses what another person asked for.
    DENY_APPROVAL_REQUEST = "deny_approval_request", Needs::One(Permission::ApprovalDecide), PROVEN;
    /// Unlinks an AWS account.
    DISCONNECT_AWS_ACCOUNT = "disconnect_aws_account", Needs::One(Permission::AwsAccountManage), PROVEN;
    /// Decides whether people must come through an identity provider, and who need not.
    ENFORCE_SIGN_ON = "enforce_sign_on", Needs::Every, PROVEN;
    /// Exports the keys of the vault.
    EXPORT_RECOVERY_KIT = "export_recovery_kit", Needs::One(Permission::RecoveryKitExport), PROVEN;
    /// Keeps a recovery point longer.
    EXTEND_RECOVERY_POINT_RETENTION = "extend_recovery_point_retention", Needs::One(Permission::RetentionManage);
    /// Invites a person.
    INVITE_USER = "invite_user", Needs::One(Permission::UserManage), PROVEN;
    /// Makes an account at a provider a way to sign on as oneself; takes the password besides.
    LINK_IDENTITY = "link_identity", Needs::Nothing, OWN_PROVEN;
    /// Puts an organizational unit under another parent.
    MOVE_ORGANIZATIONAL_UNIT = "move_organizational_unit", Needs::One(Permission::UnitManage);
    /// Moves the place of direct assignments, or of the rules of child units.
    MOVE_PROTECTION_PLACE = "move_protection_place", Needs::One(Permission::SettingsManage);
    /// Moves a protection rule.
    MOVE_PROTECTION_RULE = "move_protection_rule", Needs::One(Permission::PolicyAssign);
    /// Stops the schedules of a policy.
    PAUSE_POLICY = "pause_policy", Needs::One(Permission::PolicyWrite);
    /// Leaves a protection rule out.
    PAUSE_PROTECTION_RULE = "pause_protection_rule", Needs::One(Permission::PolicyAssign);
    /// Asks the DNS whether a claimed domain is the organization's.
    PROVE_DOMAIN = "prove_domain", Needs::Every, PROVEN;
    /// Proves again who one is, before something dangerous.
    PROVE_SESSION = "prove_session", Needs::Nothing;
    /// Reads the inventory of an AWS account now.
    REFRESH_INVENTORY = "refresh_inventory", Needs::One(Permission::AwsAccountManage);
    /// Gives a domain up.
    RELEASE_DOMAIN = "release_domain", Needs::Every, PROVEN;
    /// Asks for points to end that nobody foresaw.
    RELEASE_EXPIRY_BRAKE = "release_expiry_brake", Needs::One(Permission::SettingsManage), PROVEN;
    /// Asks for the release of a legal hold.
    RELEASE_LEGAL_HOLD = "release_legal_hold", Needs::One(Permission::LegalHoldManage), PROVEN;
    /// Ends the membership of a person.
    REMOVE_USER = "remove_user", Needs::One(Permission::UserManage), PROVEN;
    /// Asks for the removal of the vault lock.
    REMOVE_VAULT_LOCK = "remove_vault_lock", Needs::One(Permission::SettingsManage), PROVEN;
    /// Gives an organizational unit another name.
    RENAME_ORGANIZATIONAL_UNIT = "rename_organizational_unit", Needs::One(Permission::UnitManage);
    /// Gives a passkey of one's own another name.
    RENAME_PASSKEY = "rename_passkey", Needs::Nothing;
    /// Asks for another link that confirms a sign-up.
    REQUEST_CONFIRMATION = "request_confirmation", Needs::Nothing;
    /// Asks for another address to sign in with.
    REQUEST_EMAIL_CHANGE = "request_email_change", Needs::Nothing, OWN_PROVEN;
    /// Asks for a link that sets a new password.
    REQUEST_PASSWORD_RESET = "request_password_reset", Needs::Nothing;
    /// Sends an invitation again.
    RESEND_INVITATION = "resend_invitation", Needs::One(Permission::UserManage);
    /// Sets a new password by a link.
    RESET_PASSWORD = "reset_password", Needs::Nothing;
    /// Removes the second factors of a member who lost them.
    RESET_SECOND_FACTORS = "reset_second_factors", Needs::One(Permission::UserManage), PROVEN;
    /// Restores a point into a new volume.
    RESTORE_EBS_VOLUME = "restore_ebs_volume", Needs::One(Permission::RestoreRun);
    /// Restores a point into an image file on the server.
    RESTORE_IMAGE = "restore_image", Needs::One(Permission::RestoreRun);
    /// Starts the schedules of a policy again.
    RESUME_POLICY = "resume_policy", Needs::One(Permission::PolicyWrite);
    /// Tries a protection rule again.
    RESUME_PROTECTION_RULE = "resume_protection_rule", Needs::One(Permission::PolicyAssign);
    /// Lets a suspended member act again.
    RESUME_USER = "resume_user", Needs::One(Permission::UserManage), PROVEN;
    /// Starts a task that failed again.
    RETRY_TASK = "retry_task", Needs::OfTask;
    /// Takes an invitation back.
    REVOKE_INVITATION = "revoke_invitation", Needs::One(Permission::UserManage);
    /// Asks for recovery points to be kept shorter.
    SHORTEN_RECOVERY_POINT_RETENTION = "shorten_recovery_point_retention", Needs::One(Permission::RecoveryPointDelete), PROVEN;
    /// Asks for an account and an organization of one's own.
    SIGN_UP = "sign_up", Needs::Nothing;
    /// Backs assets up now.
    START_BACKUP = "start_backup", Needs::One(Permission::BackupRun);
    /// Proves a recovery point now.
    START_VERIFICATION = "start_verification", Needs::One(Permission::VerificationRun);
    /// Stops a member.
    SUSPEND_USER = "suspend_user", Needs::One(Permission::UserManage), PROVEN;
    /// Goes on in another organization of the caller.
    SWITCH_ORGANIZATION = "switch_organization", Needs::Nothing;
    /// Tries an identity provider out.
    TEST_IDENTITY_PROVIDER = "test_identity_provider", Needs::Every;
    /// Takes the policy away from assets.
    UNASSIGN_POLICY = "unassign_policy", Needs::One(Permission::PolicyAssign);
    /// Takes the policy away from all assets that match.
    UNASSIGN_POLICY_FROM_MATCHING = "unassign_policy_from_matching", Needs::One(Permission::PolicyAssign);
    /// Takes an ending recovery point back.
    UNDO_RECOVERY_POINT_EXPIRY = "undo_recovery_point_expiry", Needs::One(Permission::RetentionManage);
    /// Takes an account at a provider away as a way to sign on as oneself.
    UNLINK_IDENTITY = "unlink_identity", Needs::Nothing, PROVEN;
    /// Changes name and regions of an AWS account.
    UPDATE_AWS_ACCOUNT = "update_aws_account", Needs::One(Permission::AwsAccountManage);
    /// Changes what the organization wants of its assets.
    UPDATE_COMPLIANCE_CONTROLS = "update_compliance_controls", Needs::One(Permission::SettingsManage);
    /// Changes an identity provider or its rules.
    UPDATE_IDENTITY_PROVIDER = "update_identity_provider", Needs::Every, PROVEN;
    /// Changes name and settings of the organization.
    UPDATE_ORGANIZATION_SETTINGS = "update_organization_settings", Needs::One(Permission::SettingsManage), PROVEN;
    /// Changes a policy.
    UPDATE_POLICY = "update_policy", Needs::One(Permission::PolicyWrite);
    /// Changes what the person is called.
    UPDATE_PROFILE = "update_profile", Needs::Nothing;
    /// Changes a protection rule.
    UPDATE_PROTECTION_RULE = "update_protection_rule", Needs::One(Permission::PolicyAssign);
    /// Changes a role.
    UPDATE_ROLE = "update_role", Needs::One(Permission::RoleManage), PROVEN;
    /// Gives and takes roles of a member.
    UPDATE_USER_GRANTS = "update_user_grants", Needs::One(Permission::UserManage), PROVEN;
    /// Checks an AWS account again.
    VERIFY_AWS_ACCOUNT = "verify_aws_account", Needs::One(Permission::AwsAccountManage);
    /// Takes back a compliance lock that does not hold yet.
    WITHDRAW_VAULT_LOCK = "withdraw_vault_lock", Needs::One(Permission::SettingsManage), PROVEN;
}

macro_rules! events {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
        $(
            $(#[$doc])*
            pub(crate) const $constant: Action =
                Action { name: $name, needs: Needs::Nothing, proof: Proof::Nothing };
        )*

        /// What no mutation does: it is recorded, and nobody is asked for a right.
        const EVENTS: &[Action] = &[$($constant),*];
    };
}

events! {
    /// A provider's rules changed what a person is granted.
    APPLY_GROUP_RULES = "apply_group_rules";
    /// The signed head of a repository is not what it must be (`workflows`).
    DOUBT_VAULT_HEAD = "doubt_vault_head";
    /// Old records were removed from the audit log, as the settings want it.
    EXPIRE_AUDIT_EVENTS = "expire_audit_events";
    /// A person was made because a provider vouched for them.
    PROVISION_USER = "provision_user";
    /// Rows were put back to what the signed head of their repository says (`workflows`).
    PUT_BACK_RECOVERY_POINTS = "put_back_recovery_points";
    /// A provider pushed a group.
    SCIM_PUSH_GROUP = "scim_push_group";
    /// A provider pushed a person.
    SCIM_PUSH_USER = "scim_push_user";
    /// A provider took a group away.
    SCIM_REMOVE_GROUP = "scim_remove_group";
    /// A provider took a person away.
    SCIM_REMOVE_USER = "scim_remove_user";
}

/// Every name that the audit log of this version may hold, sorted.
#[must_use]
pub fn recorded() -> Vec<&'static str> {
    let mut names: Vec<_> = ALL.iter().chain(EVENTS).map(|one| one.name).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_has_no_twins() {
        assert!(ALL.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(EVENTS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn what_is_recorded_has_every_action_and_event_once() {
        let names = recorded();
        assert_eq!(names.len(), ALL.len() + EVENTS.len());
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(names.contains(&"create_policy") && names.contains(&"scim_push_user"));
    }
}
