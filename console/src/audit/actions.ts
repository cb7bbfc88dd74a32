// Names of what the audit log records, for the filter: `src/app/actions.rs` has them. A name that is missing here still shows in
// the log and works in the address.
export const actions = [
  'abort_task', 'accept_invitation', 'acknowledge_alert', 'activate_identity_provider', 'assign_policy', 'begin_passkey', 'begin_passkey_proof', 'begin_totp', 'change_password',
  'claim_domain', 'complete_session', 'confirm_sign_up', 'confirm_totp', 'connect_aws_account', 'create_api_token', 'create_identity_provider', 'create_organizational_unit',
  'create_passkey', 'create_policy', 'create_recovery_codes', 'create_role', 'create_scim_token', 'create_service_token', 'create_session', 'deactivate_identity_provider',
  'delete_api_token', 'delete_identity_provider', 'delete_organizational_unit', 'delete_other_sessions', 'delete_passkey', 'delete_policy', 'delete_role', 'delete_scim_token',
  'delete_service_token', 'delete_session', 'delete_totp', 'delete_user_sessions', 'disconnect_aws_account', 'enforce_sign_on', 'export_recovery_kit', 'invite_user',
  'link_identity', 'move_organizational_unit', 'pause_policy', 'prove_domain', 'prove_session', 'refresh_inventory', 'release_domain', 'remove_user', 'rename_organizational_unit',
  'rename_passkey', 'request_confirmation', 'request_password_reset', 'resend_invitation', 'reset_password', 'reset_second_factors', 'restore_ebs_volume', 'restore_image',
  'resume_policy', 'resume_user', 'retry_task', 'revoke_invitation', 'sign_up', 'start_backup', 'start_verification', 'suspend_user', 'switch_organization',
  'test_identity_provider', 'unassign_policy', 'unlink_identity', 'update_aws_account', 'update_identity_provider', 'update_organization_settings', 'update_policy',
  'update_profile', 'update_role', 'update_user_grants', 'verify_aws_account',
] as const;
