/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query Account {\n  viewer {\n    id user { id name email createdAt }\n    passwordRules { rule charactersMin charactersMax }\n    secondFactors { totpSince recoveryCodesLeft passkeys { id name createdAt lastUsedAt } }\n    identityLinks { identityProviderId name isActive linkedAt }\n    sessions { id browser address createdAt lastSeenAt expiresAt isCurrent }\n  }\n}": typeof types.AccountDocument,
    "query ApiTokens { apiTokens(first: 100) { nodes { id name createdAt lastUsedAt expiresAt } } }": typeof types.ApiTokensDocument,
    "mutation CreateApiToken($input: CreateApiTokenInput!) { createApiToken(input: $input) { apiToken { id } secret userErrors { field message } } }": typeof types.CreateApiTokenDocument,
    "mutation DeleteApiToken($input: DeleteApiTokenInput!) { deleteApiToken(input: $input) { deletedApiTokenId userErrors { field message } } }": typeof types.DeleteApiTokenDocument,
    "mutation RequestEmailChange($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) { accepted userErrors { field message } } }": typeof types.RequestEmailChangeDocument,
    "mutation ChangePassword($input: ChangePasswordInput!) { changePassword(input: $input) { done userErrors { field message } } }": typeof types.ChangePasswordDocument,
    "mutation ConfirmEmailChange($input: ConfirmEmailChangeInput!) { confirmEmailChange(input: $input) { user { id email } userErrors { field message } } }": typeof types.ConfirmEmailChangeDocument,
    "mutation DeleteTotp($input: DeleteTotpInput!) { deleteTotp(input: $input) { done userErrors { field message } } }": typeof types.DeleteTotpDocument,
    "mutation DeletePasskey($input: DeletePasskeyInput!) { deletePasskey(input: $input) { deletedPasskeyId userErrors { field message } } }": typeof types.DeletePasskeyDocument,
    "mutation CreateRecoveryCodes($input: CreateRecoveryCodesInput!) { createRecoveryCodes(input: $input) { recoveryCodes userErrors { field message } } }": typeof types.CreateRecoveryCodesDocument,
    "mutation LinkIdentity($input: LinkIdentityInput!) { linkIdentity(input: $input) { location userErrors { field message } } }": typeof types.LinkIdentityDocument,
    "mutation UnlinkIdentity($input: UnlinkIdentityInput!) { unlinkIdentity(input: $input) { unlinkedIdentityProviderId userErrors { field message } } }": typeof types.UnlinkIdentityDocument,
    "mutation UpdateProfile($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id name } userErrors { field message } } }": typeof types.UpdateProfileDocument,
    "mutation RenamePasskey($input: RenamePasskeyInput!) { renamePasskey(input: $input) { passkey { id name } userErrors { field message } } }": typeof types.RenamePasskeyDocument,
    "mutation EndSession($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { field message } } }": typeof types.EndSessionDocument,
    "mutation EndOtherSessions($input: DeleteOtherSessionsInput!) { deleteOtherSessions(input: $input) { ended userErrors { field message } } }": typeof types.EndOtherSessionsDocument,
    "mutation BeginTotp($input: BeginTotpInput!) { beginTotp(input: $input) { secret qrCode userErrors { field message } } }": typeof types.BeginTotpDocument,
    "mutation ConfirmTotp($input: ConfirmTotpInput!) { confirmTotp(input: $input) { recoveryCodes userErrors { field message } } }": typeof types.ConfirmTotpDocument,
    "mutation BeginPasskey($input: BeginPasskeyInput!) { beginPasskey(input: $input) { question { token options } userErrors { field message } } }": typeof types.BeginPasskeyDocument,
    "mutation CreatePasskey($input: CreatePasskeyInput!) { createPasskey(input: $input) { passkey { id name } recoveryCodes userErrors { field message } } }": typeof types.CreatePasskeyDocument,
    "mutation AcknowledgeAlert($input: AcknowledgeAlertInput!) { acknowledgeAlert(input: $input) { alert { id acknowledgedAt } userErrors { field message } } }": typeof types.AcknowledgeAlertDocument,
    "query Alert($ids: [ID!]) {\n  alerts(first: 1, filter: { id: $ids }) { nodes { ...AlertRow cause evidence note acknowledgedBy { id name } subject { __typename id } } }\n}": typeof types.AlertDocument,
    "fragment AlertRow on Alert { id kind severity title raisedAt renewedAt clearedAt acknowledgedAt occurrences asset { id name } }": typeof types.AlertRowFragmentDoc,
    "query Alerts($first: Int, $after: String, $last: Int, $before: String, $filter: AlertFilter) {\n  alerts(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...AlertRow } }\n}": typeof types.AlertsDocument,
    "mutation ReleaseBrake($input: ReleaseExpiryBrakeInput!) { releaseExpiryBrake(input: $input) { approvalRequest { id } userErrors { field message } } }": typeof types.ReleaseBrakeDocument,
    "query Approval($id: ID!) {\n  node(id: $id) {\n    __typename\n    ... on ApprovalRequest {\n      id action status summary plan planHash reason note requestedAt expiresAt decidedAt until requestedBy { id name email } decidedBy { id name } viewerCan { decide cancel }\n      legalHold { id name reason recoveryPoints(first: 1) { totalCount } }\n      recoveryPoints { id takenAt expiresAt status asset { id name } }\n    }\n  }\n}": typeof types.ApprovalDocument,
    "mutation Approve($input: ApproveApprovalRequestInput!) { approveApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }": typeof types.ApproveDocument,
    "mutation Deny($input: DenyApprovalRequestInput!) { denyApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }": typeof types.DenyDocument,
    "mutation CancelApproval($input: CancelApprovalRequestInput!) { cancelApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }": typeof types.CancelApprovalDocument,
    "query Approvals($first: Int, $after: String, $last: Int, $before: String, $filter: ApprovalRequestFilter) {\n  approvalRequests(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id action status summary reason requestedAt expiresAt decidedAt requestedBy { id name } viewerCan { decide cancel } }\n  }\n}": typeof types.ApprovalsDocument,
    "query Asset($id: ID!) {\n  asset(id: $id) {\n    id name kind canBeBackedUp nativeId arn region discoveredAt seenAt deletedAt tags { key value } awsAccount { id name accountId } policy { id name }\n    volume { sizeGib state volumeType availabilityZone encrypted iops throughputMibps kmsKeyId attachments { instanceNativeId device } }\n    instance { instanceType state availabilityZone imageNativeId vpcNativeId volumes { device volumeNativeId } }\n    lastRecoveryPoint { id takenAt proof status placement isFull sizeBytes addedBytes expiresAt }\n    recoveryPointDays(days: 366) { day available proven }\n    recoveryPoints(first: 10) { totalCount nodes { ...PointRow } }\n    tasks(first: 8) { nodes { ...TaskRow } }\n    compliance { ...Standing }\n    protection { ...Trace }\n    viewerCan { backUp assignPolicy }\n  }\n}": typeof types.AssetDocument,
    "query Assets($first: Int, $after: String, $last: Int, $before: String, $filter: AssetFilter, $orderBy: AssetOrder) {\n  assets(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name kind canBeBackedUp nativeId region discoveredAt deletedAt awsAccount { id name } policy { id name } volume { sizeGib volumeType } instance { instanceType } lastRecoveryPoint { id takenAt proof } compliance { status } viewerCan { backUp assignPolicy } }\n  }\n}": typeof types.AssetsDocument,
    "query MatchingCounts($filter: AssetFilter) { assetsByPolicy(filter: $filter) { policyId assets } }": typeof types.MatchingCountsDocument,
    "mutation AssignMatching($input: AssignPolicyToMatchingInput!) { assignPolicyToMatching(input: $input) { task { id } userErrors { field message } } }": typeof types.AssignMatchingDocument,
    "mutation UnassignMatching($input: UnassignPolicyFromMatchingInput!) { unassignPolicyFromMatching(input: $input) { task { id } userErrors { field message } } }": typeof types.UnassignMatchingDocument,
    "mutation Assign($input: AssignPolicyInput!) { assignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }": typeof types.AssignDocument,
    "mutation Unassign($input: UnassignPolicyInput!) { unassignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }": typeof types.UnassignDocument,
    "mutation BackUp($input: StartBackupInput!) { startBackup(input: $input) { tasks { id } userErrors { field message } } }": typeof types.BackUpDocument,
    "fragment AssetChoice on Asset { id name nativeId }": typeof types.AssetChoiceFragmentDoc,
    "query AssetChoices($first: Int!, $search: String, $chosen: [ID!]!, $any: Boolean!) {\n  assets(first: $first, filter: { search: $search, includeDeleted: true }) { totalCount nodes { ...AssetChoice } }\n  chosen: assets(first: 100, filter: { id: $chosen, includeDeleted: true }) @include(if: $any) { nodes { ...AssetChoice } }\n}": typeof types.AssetChoicesDocument,
    "query Audit($first: Int, $after: String, $last: Int, $before: String, $filter: AuditEventFilter) {\n  auditLog { actions size firstSequence headHash status publicKey lastCheckpoint { size madeAt exportedAt text } }\n  auditEvents(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id sequence action outcome occurredAt summary address interface requestId targetId hash previousHash actor { __typename ... on User { id name } ... on ServiceToken { id } ... on SystemActor { component } } }\n  }\n}": typeof types.AuditDocument,
    "query AuditExport($after: String, $filter: AuditEventFilter) {\n  auditEvents(first: 100, after: $after, filter: $filter) {\n    pageInfo { hasNextPage endCursor }\n    nodes { sequence occurredAt action outcome interface address requestId targetId summary hash previousHash actor { __typename ... on User { id name email } ... on ServiceToken { id } ... on SystemActor { component } } }\n  }\n}": typeof types.AuditExportDocument,
    "query AuditLines($after: String) { auditEvents(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { sequence line } } }": typeof types.AuditLinesDocument,
    "query AwsAccount($id: ID!) {\n  awsAccount(id: $id) {\n    id name accountId status accessKind roleArn externalId createdAt version\n    organizationalUnit { id name }\n    regions { region status assetKinds missingPermissions inventoriedAt }\n    setup { cloudFormation terraform trustPolicy permissionPolicy }\n    viewerCan { disconnect refreshInventory update verify }\n  }\n  checks: tasks(first: 1, filter: { awsAccount: [$id], kind: [VERIFY_AWS_ACCOUNT] }) { nodes { id status createdAt finishedAt failure { message remedy } } }\n  assets(first: 1, filter: { awsAccount: [$id] }) { totalCount }\n}": typeof types.AwsAccountDocument,
    "mutation VerifyAwsAccount($input: VerifyAwsAccountInput!) { verifyAwsAccount(input: $input) { task { id } userErrors { field message } } }": typeof types.VerifyAwsAccountDocument,
    "mutation RefreshInventory($input: RefreshInventoryInput!) { refreshInventory(input: $input) { tasks { id } userErrors { field message } } }": typeof types.RefreshInventoryDocument,
    "mutation DisconnectAwsAccount($input: DisconnectAwsAccountInput!) { disconnectAwsAccount(input: $input) { awsAccount { id status } userErrors { field message } } }": typeof types.DisconnectAwsAccountDocument,
    "query AwsAccounts($first: Int, $after: String, $last: Int, $before: String, $filter: AwsAccountFilter) {\n  awsAccounts(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name accountId status organizationalUnit { id name } regions { region status inventoriedAt missingPermissions } }\n  }\n}": typeof types.AwsAccountsDocument,
    "mutation UpdateAwsAccount($input: UpdateAwsAccountInput!) { updateAwsAccount(input: $input) { awsAccount { id version } userErrors { field message } } }": typeof types.UpdateAwsAccountDocument,
    "mutation ConnectAwsAccount($input: ConnectAwsAccountInput!) { connectAwsAccount(input: $input) { awsAccount { id } task { id } userErrors { field message } } }": typeof types.ConnectAwsAccountDocument,
    "fragment AccountChoice on AwsAccount { id name accountId status regions { region } }": typeof types.AccountChoiceFragmentDoc,
    "query AccountChoices($first: Int!, $search: String, $status: [AwsAccountStatus!], $chosen: [ID!]!) {\n  awsAccounts(first: $first, filter: { search: $search, status: $status }) { totalCount nodes { ...AccountChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on AwsAccount { ...AccountChoice } }\n}": typeof types.AccountChoicesDocument,
    "query Calendar($from: DateTime!, $until: DateTime!) { calendar(from: $from, until: $until) { startsAt runs { assetKind placement count } } }": typeof types.CalendarDocument,
    "fragment Standing on AssetCompliance { status since checkedAt nextCheckAt controls { control status since reasons { code message } } }": typeof types.StandingFragmentDoc,
    "fragment AccountRow on AwsAccount { id name status regions { region status missingPermissions } }": typeof types.AccountRowFragmentDoc,
    "query Dashboard($since: DateTime!) {\n  activityCounts { running queued blocked failed completed }\n  protectionCounts { assetKind total protected canBeBackedUp }\n  complianceSummary { overall { in out unknown } }\n  recoveryPointsByProof { proof recoveryPoints }\n  accounts: awsAccounts(first: 5, filter: { status: [DEGRADED] }) { nodes { ...AccountRow } }\n  alerts(first: 5, filter: { isOpen: true }) { nodes { ...AlertRow } }\n  blocked: tasks(first: 5, filter: { status: [BLOCKED] }) { nodes { ...TaskRow } }\n  failed: tasks(first: 5, filter: { status: [FAILED, PARTIAL], createdAt: { gte: $since } }) { totalCount nodes { ...TaskRow } }\n  running: tasks(first: 6, filter: { status: [RUNNING, ABORTING] }) { nodes { ...TaskRow } }\n}": typeof types.DashboardDocument,
    "query Latest { recoveryPoints(first: 6) { nodes { id status proof takenAt asset { id name } } } }": typeof types.LatestDocument,
    "query Next($from: DateTime!, $until: DateTime!) { calendar(from: $from, until: $until) { startsAt runs { count } } }": typeof types.NextDocument,
    "query Protection { protectionCounts { assetKind total protected canBeBackedUp awsAccount { id name } organizationalUnit { id name } } complianceSummary { byKind { kind counts { out } } byAwsAccount { awsAccount { id } counts { out } } byOrganizationalUnit { organizationalUnit { id } counts { out } } } }": typeof types.ProtectionDocument,
    "query Storage { storageHistory(days: 30) { day protectedBytes storedBytes } }": typeof types.StorageDocument,
    "query FirstSteps {\n  accounts: awsAccounts(first: 1, filter: { status: [CONNECTED, DEGRADED] }) { totalCount }\n  waiting: awsAccounts(first: 1, filter: { status: [PENDING] }) { nodes { id name } }\n  backups: tasks(first: 1, filter: { kind: [BACKUP_EBS], status: [QUEUED, RUNNING] }) { nodes { id } }\n  policies(first: 1) { totalCount }\n  protected: assets(first: 1, filter: { isProtected: true }) { totalCount }\n  points: recoveryPoints(first: 1, filter: { status: [AVAILABLE] }) { totalCount }\n  restores: tasks(first: 1, filter: { kind: [RESTORE_EBS, RESTORE_IMAGE], status: [COMPLETED, COMPLETED_WITH_WARNINGS] }) { totalCount }\n}": typeof types.FirstStepsDocument,
    "query DomainClaims { domainClaims { id domain provenAt recordName recordText } }": typeof types.DomainClaimsDocument,
    "mutation ClaimDomain($input: ClaimDomainInput!) { claimDomain(input: $input) { domainClaim { id } userErrors { field message } } }": typeof types.ClaimDomainDocument,
    "mutation ProveDomain($input: ProveDomainInput!) { proveDomain(input: $input) { domainClaim { id provenAt } userErrors { field message } } }": typeof types.ProveDomainDocument,
    "mutation ReleaseDomain($input: ReleaseDomainInput!) { releaseDomain(input: $input) { releasedDomainClaimId userErrors { field message } } }": typeof types.ReleaseDomainDocument,
    "query Enforcement {\n  signOnEnforcement { enforced breakGlassUsers { id name } }\n}": typeof types.EnforcementDocument,
    "mutation EnforceSignOn($input: EnforceSignOnInput!) { enforceSignOn(input: $input) { enforcement { enforced } userErrors { field message } } }": typeof types.EnforceSignOnDocument,
    "query IdentityProvider($id: ID!) {\n  node(id: $id) { __typename ... on IdentityProvider {\n    id name state version createdAt\n    addresses { start callback backChannelLogout signedOut assertionConsumer metadata scim }\n    oidc { issuer clientId groupsClaim hasClientSecret }\n    saml { entityId signOnAddress certificates emailAttribute nameAttribute groupsAttribute allowsUnsolicited needsSignedAssertion }\n    rules { name operator values role { id name builtIn } organizationalUnits { id name } }\n  } }\n}": typeof types.IdentityProviderDocument,
    "mutation TestIdentityProvider($input: TestIdentityProviderInput!) { testIdentityProvider(input: $input) { location userErrors { field message } } }": typeof types.TestIdentityProviderDocument,
    "mutation ActivateIdentityProvider($input: ActivateIdentityProviderInput!) { activateIdentityProvider(input: $input) { identityProvider { id state } userErrors { field message } } }": typeof types.ActivateIdentityProviderDocument,
    "mutation DeactivateIdentityProvider($input: DeactivateIdentityProviderInput!) { deactivateIdentityProvider(input: $input) { identityProvider { id state } userErrors { field message } } }": typeof types.DeactivateIdentityProviderDocument,
    "mutation UpdateIdentityProvider($input: UpdateIdentityProviderInput!) { updateIdentityProvider(input: $input) { identityProvider { id version } userErrors { field message } } }": typeof types.UpdateIdentityProviderDocument,
    "mutation DeleteIdentityProvider($input: DeleteIdentityProviderInput!) { deleteIdentityProvider(input: $input) { deletedIdentityProviderId userErrors { field message } } }": typeof types.DeleteIdentityProviderDocument,
    "query IdentityProviders { identityProviders { id name state createdAt oidc { issuer } saml { entityId } rules { name } } }": typeof types.IdentityProvidersDocument,
    "mutation CreateIdentityProvider($input: CreateIdentityProviderInput!) { createIdentityProvider(input: $input) { identityProvider { id } userErrors { field message } } }": typeof types.CreateIdentityProviderDocument,
    "mutation UpdateGroupRules($input: UpdateIdentityProviderInput!) { updateIdentityProvider(input: $input) { identityProvider { id version } userErrors { field message } } }": typeof types.UpdateGroupRulesDocument,
    "mutation CreateScimToken($input: CreateScimTokenInput!) { createScimToken(input: $input) { secret userErrors { field message } } }": typeof types.CreateScimTokenDocument,
    "mutation DeleteScimToken($input: DeleteScimTokenInput!) { deleteScimToken(input: $input) { identityProviderId userErrors { field message } } }": typeof types.DeleteScimTokenDocument,
    "query LegalHold($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {\n  node(id: $id) {\n    __typename\n    ... on LegalHold {\n      id name reason includesNew createdAt releasedAt organizationalUnit { id name } createdBy { __typename ... on User { name } ... on ServiceToken { id } }\n      recoveryPoints(first: $first, after: $after, last: $last, before: $before) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...PointRow } }\n    }\n  }\n}": typeof types.LegalHoldDocument,
    "mutation ReleaseLegalHold($input: ReleaseLegalHoldInput!) { releaseLegalHold(input: $input) { approvalRequest { id } userErrors { field message } } }": typeof types.ReleaseLegalHoldDocument,
    "query LegalHolds($first: Int, $after: String, $last: Int, $before: String, $filter: LegalHoldFilter) {\n  legalHolds(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name reason includesNew createdAt releasedAt organizationalUnit { id name } createdBy { __typename ... on User { name } ... on ServiceToken { id } } recoveryPoints(first: 1) { totalCount } }\n  }\n}": typeof types.LegalHoldsDocument,
    "query HoldUnits { organizationalUnits { id name parent { id } } }": typeof types.HoldUnitsDocument,
    "query HoldCount($filter: RecoveryPointFilter) { recoveryPoints(first: 1, filter: $filter) { totalCount } }": typeof types.HoldCountDocument,
    "mutation CreateLegalHold($input: CreateLegalHoldInput!) { createLegalHold(input: $input) { legalHold { id } userErrors { field message } } }": typeof types.CreateLegalHoldDocument,
    "query Organization {\n  organization { id name createdAt version kmsKeyArn settings { auditRetentionDays auditWebhookUrl ipAllowlist mfaRequired passwordDaysMax passwordProfile sessionHours sessionIdleMinutes } }\n}": typeof types.OrganizationDocument,
    "mutation UpdateOrganizationSettings($input: UpdateOrganizationSettingsInput!) { updateOrganizationSettings(input: $input) { organization { id version } userErrors { field message } } }": typeof types.UpdateOrganizationSettingsDocument,
    "mutation CreateOrganizationalUnit($input: CreateOrganizationalUnitInput!) { createOrganizationalUnit(input: $input) { organizationalUnit { id name } userErrors { field message } } }": typeof types.CreateOrganizationalUnitDocument,
    "mutation RenameOrganizationalUnit($input: RenameOrganizationalUnitInput!) { renameOrganizationalUnit(input: $input) { organizationalUnit { id name version } userErrors { field message } } }": typeof types.RenameOrganizationalUnitDocument,
    "mutation MoveOrganizationalUnit($input: MoveOrganizationalUnitInput!) { moveOrganizationalUnit(input: $input) { organizationalUnit { id version } userErrors { field message } } }": typeof types.MoveOrganizationalUnitDocument,
    "mutation DeleteOrganizationalUnit($input: DeleteOrganizationalUnitInput!) { deleteOrganizationalUnit(input: $input) { deletedOrganizationalUnitId userErrors { field message } } }": typeof types.DeleteOrganizationalUnitDocument,
    "query OrganizationalUnits { organizationalUnits { id name version parent { id } } }": typeof types.OrganizationalUnitsDocument,
    "query DraftRuns($operations: [PolicyOperationInput!]!) { policyDraftRuns(first: 3, operations: $operations) { nominalAt assetKind placement keep { value unit } } }": typeof types.DraftRunsDocument,
    "query PolicyToEdit($id: ID!, $ids: [ID!]) { policy(id: $id) { ...PolicyTerms viewerCan { update } } assetsByPolicy(filter: { policy: $ids }) { assets } }": typeof types.PolicyToEditDocument,
    "mutation CreatePolicy($input: CreatePolicyInput!) { createPolicy(input: $input) { policy { id } userErrors { code field message } } }": typeof types.CreatePolicyDocument,
    "mutation UpdatePolicy($input: UpdatePolicyInput!) { updatePolicy(input: $input) { policy { ...PolicyTerms } userErrors { code field message } } }": typeof types.UpdatePolicyDocument,
    "query PolicyTemplates { policyTemplates { name description operations { assetKind placement targetRegion storageTier catchUp start { hour minute zone } window { opens { hour minute } closes { hour minute } } proof { level within { value unit } sample { kind percent } } frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } } } }": typeof types.PolicyTemplatesDocument,
    "query Policies($first: Int, $after: String, $last: Int, $before: String, $filter: PolicyFilter) {\n  policies(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name description isActive updatedAt operations { assetKind placement frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } } }\n  }\n  assetsByPolicy { policyId assets }\n}": typeof types.PoliciesDocument,
    "query Policy($id: ID!, $ids: [ID!]) {\n  policy(id: $id) { ...PolicyTerms isActive createdAt updatedAt organizationalUnit { id name } viewerCan { assign delete pause update } nextRuns(first: 8) { nominalAt assetKind placement keep { value unit } closesAt } }\n  assetsByPolicy(filter: { policy: $ids }) { assets }\n}": typeof types.PolicyDocument,
    "fragment PolicyTerms on Policy {\n  id name description version\n  operations { assetKind placement targetRegion storageTier catchUp start { hour minute zone } window { opens { hour minute } closes { hour minute } } proof { level within { value unit } sample { kind percent } } frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } }\n}": typeof types.PolicyTermsFragmentDoc,
    "mutation PausePolicy($input: PausePolicyInput!) { pausePolicy(input: $input) { policy { id isActive } userErrors { field message } } }": typeof types.PausePolicyDocument,
    "mutation ResumePolicy($input: ResumePolicyInput!) { resumePolicy(input: $input) { policy { id isActive } userErrors { field message } } }": typeof types.ResumePolicyDocument,
    "mutation DeletePolicy($input: DeletePolicyInput!) { deletePolicy(input: $input) { deletedPolicyId userErrors { field message } } }": typeof types.DeletePolicyDocument,
    "fragment PolicyChoice on Policy { id name viewerCan { assign } }": typeof types.PolicyChoiceFragmentDoc,
    "query PolicyChoices($first: Int!, $search: String, $chosen: [ID!]!) {\n  policies(first: $first, filter: { search: $search }) { totalCount nodes { ...PolicyChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on Policy { ...PolicyChoice } }\n}": typeof types.PolicyChoicesDocument,
    "query PlanNow($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Policy { ...PolicyTerms } ... on ProtectionRule { id name isActive conditionInput policy { id } } } }": typeof types.PlanNowDocument,
    "query RuleToEdit($id: ID!, $isNew: Boolean!, $unit: ID) {\n  protectionRule(id: $id) @skip(if: $isNew) { id name isActive conditionInput policy { id } viewerCan { update } }\n  protectionOrder(organizationalUnitId: $unit) @include(if: $isNew) { entries { kind rule { id name } } }\n  ...Known\n}": typeof types.RuleToEditDocument,
    "query ProtectionPlan($input: ProtectionPreviewInput!, $effects: [ProtectionEffect!], $first: Int, $after: String, $last: Int, $before: String) {\n  protectionPreview(input: $input) {\n    userErrors { field message }\n    plan {\n      ...PlanCounts\n      changes { action noun name differenceCount differences { path before after } }\n      assetChanges(effects: $effects, first: $first, after: $after, last: $last, before: $before) {\n        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n        nodes { effect asset { id name kind } before { policy { id name } source ruleName } after { policy { id name } source ruleName } }\n      }\n      recoveryPointsToShorten(first: 10) { totalCount nodes { wouldExpireAt recoveryPoint { id takenAt expiresAt asset { id name } } } }\n      forecastBefore { ...Forecast } forecastAfter { ...Forecast }\n    }\n  }\n}": typeof types.ProtectionPlanDocument,
    "mutation ApplyProtection($input: ApplyProtectionInput!) { applyProtection(input: $input) { task { id } userErrors { code field message } } }": typeof types.ApplyProtectionDocument,
    "fragment Forecast on ProtectionForecastInfo { tasksPerDay runsInLast30Days recoveryPointsKept vaultBytes snapshotBytes costUsdPerMonth }": typeof types.ForecastFragmentDoc,
    "fragment PlanCounts on ProtectionPlanSummary { hash changeCount assetsGainedCount assetsLostCount assetsChangedCount }": typeof types.PlanCountsFragmentDoc,
    "query ProtectionPreview($input: ProtectionPreviewInput!) {\n  protectionPreview(input: $input) {\n    userErrors { field message }\n    plan { ...PlanCounts changes { action noun } assetChanges(first: 6) { totalCount nodes { effect asset { id name } before { policy { name } } after { policy { name } } } } forecastBefore { ...Forecast } forecastAfter { ...Forecast } }\n  }\n}": typeof types.ProtectionPreviewDocument,
    "query ProtectionOrder($unit: ID) {\n  protectionOrder(organizationalUnitId: $unit) { organizationalUnit { id name } viewerCanChange entries { kind rule { id name conditionInput conditionText isActive policy { id name } viewerCan { update move pause delete } } } }\n  ...Known\n}": typeof types.ProtectionOrderDocument,
    "fragment Trace on AssetProtection { isPending policy { id name } trace { source outcome rule { id name conditionInput } failedTest { path text } } }": typeof types.TraceFragmentDoc,
    "fragment Known on Query { organizationalUnits { id name parent { id } } }": typeof types.KnownFragmentDoc,
    "query Brake($kinds: [AlertKind!]) { alerts(first: 3, filter: { kind: $kinds, isOpen: true }) { nodes { id title } } }": typeof types.BrakeDocument,
    "query EndPreview($ids: [ID!]!) {\n  recoveryPointEndTerms { approvalDays undoDays }\n  recoveryPoints(first: 100, filter: { id: $ids }) { nodes { id status expiresAt lockedUntil addedBytes legalHolds { id } asset { id policy { id } lastRecoveryPoint { id } } viewerCan { delete } } }\n}": typeof types.EndPreviewDocument,
    "mutation DeletePoints($input: DeleteRecoveryPointsInput!) { deleteRecoveryPoints(input: $input) { approvalRequest { id } userErrors { field message } } }": typeof types.DeletePointsDocument,
    "mutation ShortenPoints($input: ShortenRecoveryPointRetentionInput!) { shortenRecoveryPointRetention(input: $input) { approvalRequest { id } userErrors { field message } } }": typeof types.ShortenPointsDocument,
    "fragment PointRow on RecoveryPoint {\n  id status proof takenAt expiresAt placement isFull sizeBytes addedBytes asset { id name kind } viewerCan { restore verify delete }\n}": typeof types.PointRowFragmentDoc,
    "query RecoveryPoint($id: ID!) {\n  recoveryPoint(id: $id) {\n    ...Retention id status proof provenAt takenAt expiresAt placement region storageTier isFull sizeBytes addedBytes contentSha256 snapshotNativeId\n    asset { id name kind } policy { id name } task { id kind } verifications(first: 10) { nodes { ...Attempt } } viewerCan { restore verify }\n  }\n}": typeof types.RecoveryPointDocument,
    "mutation Verify($input: StartVerificationInput!) { startVerification(input: $input) { task { id } userErrors { field message } } }": typeof types.VerifyDocument,
    "query RecoveryPoints($first: Int, $after: String, $last: Int, $before: String, $filter: RecoveryPointFilter) {\n  recoveryPoints(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...PointRow } }\n}": typeof types.RecoveryPointsDocument,
    "query PointToRestore($id: ID!) {\n  recoveryPoint(id: $id) { id status proof placement region takenAt sizeBytes viewerCan { restore } asset { id name nativeId region awsAccount { ...AccountChoice } volume { availabilityZone encrypted sizeGib volumeType } } }\n}": typeof types.PointToRestoreDocument,
    "mutation RestoreImage($input: RestoreImageInput!) { restoreImage(input: $input) { task { id } userErrors { field message } } }": typeof types.RestoreImageDocument,
    "mutation RestoreVolume($input: RestoreEbsVolumeInput!) { restoreEbsVolume(input: $input) { task { id } userErrors { field message } } }": typeof types.RestoreVolumeDocument,
    "fragment Retention on RecoveryPoint { id status expiresAt expiringSince lockedUntil legalHolds { id name reason } viewerCan { extend undoExpiry delete } }": typeof types.RetentionFragmentDoc,
    "mutation Extend($input: ExtendRecoveryPointRetentionInput!) { extendRecoveryPointRetention(input: $input) { recoveryPoint { id expiresAt } userErrors { field message } } }": typeof types.ExtendDocument,
    "mutation UndoExpiry($input: UndoRecoveryPointExpiryInput!) { undoRecoveryPointExpiry(input: $input) { recoveryPoint { id status expiresAt } userErrors { field message } } }": typeof types.UndoExpiryDocument,
    "fragment Attempt on Verification { id wanted proof verdict bytesChecked evidence evidenceSha256 startedAt finishedAt task { id } }": typeof types.AttemptFragmentDoc,
    "query GrantChoices { roles { id name builtIn } organizationalUnits { id name parent { id } } }": typeof types.GrantChoicesDocument,
    "query Role { roles { id name builtIn description permissions version } }": typeof types.RoleDocument,
    "mutation CreateRole($input: CreateRoleInput!) { createRole(input: $input) { role { id name } userErrors { field message } } }": typeof types.CreateRoleDocument,
    "mutation UpdateRole($input: UpdateRoleInput!) { updateRole(input: $input) { role { id name version } userErrors { field message } } }": typeof types.UpdateRoleDocument,
    "mutation DeleteRole($input: DeleteRoleInput!) { deleteRole(input: $input) { deletedRoleId userErrors { field message } } }": typeof types.DeleteRoleDocument,
    "query Roles { roles { id name builtIn description permissions } }": typeof types.RolesDocument,
    "query ServiceTokens { serviceTokens { id name createdAt lastUsedAt expiresAt createdBy { id name } grants { role { id name builtIn } organizationalUnit { id name } } } }": typeof types.ServiceTokensDocument,
    "mutation CreateServiceToken($input: CreateServiceTokenInput!) { createServiceToken(input: $input) { serviceToken { id } secret userErrors { field message } } }": typeof types.CreateServiceTokenDocument,
    "mutation DeleteServiceToken($input: DeleteServiceTokenInput!) { deleteServiceToken(input: $input) { deletedServiceTokenId userErrors { field message } } }": typeof types.DeleteServiceTokenDocument,
    "mutation AcceptInvitation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { done organizationName userErrors { field message } } }": typeof types.AcceptInvitationDocument,
    "mutation ConfirmSignUp($input: ConfirmSignUpInput!) { confirmSignUp(input: $input) { done userErrors { field message } } }": typeof types.ConfirmSignUpDocument,
    "query OwnPasswordRules { viewer { id passwordRules { rule charactersMin charactersMax } } }": typeof types.OwnPasswordRulesDocument,
    "mutation LeaveDuties($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { message } } }": typeof types.LeaveDutiesDocument,
    "mutation RequestPasswordReset($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted userErrors { field message } } }": typeof types.RequestPasswordResetDocument,
    "query ProofMeans { viewer { id secondFactors { totpSince recoveryCodesLeft passkeys { id } } } }": typeof types.ProofMeansDocument,
    "mutation ProveSession($input: ProveSessionInput!) { proveSession(input: $input) { done userErrors { field message } } }": typeof types.ProveSessionDocument,
    "mutation BeginPasskeyProof($input: BeginPasskeyProofInput!) { beginPasskeyProof(input: $input) { question { token options } userErrors { field message } } }": typeof types.BeginPasskeyProofDocument,
    "mutation SignInAgain($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { field message } } }": typeof types.SignInAgainDocument,
    "mutation ResetPassword($input: ResetPasswordInput!) { resetPassword(input: $input) { done userErrors { field message } } }": typeof types.ResetPasswordDocument,
    "query SignInForm($email: String!) { signInForm(email: $email) { identityProviders { name startUrl } } signUpForm { isOpen } }": typeof types.SignInFormDocument,
    "mutation CreateSession($input: CreateSessionInput!) {\n  createSession(input: $input) { viewer { id } challenge { token takesCode takesRecoveryCode passkeyOptions } userErrors { field message } }\n}": typeof types.CreateSessionDocument,
    "mutation CompleteSession($input: CompleteSessionInput!) {\n  completeSession(input: $input) { viewer { id } userErrors { field message } }\n}": typeof types.CompleteSessionDocument,
    "query SignUpRules { signUpForm { isOpen termsVersion termsText passwordRules { rule charactersMin charactersMax } } }": typeof types.SignUpRulesDocument,
    "mutation SignUp($input: SignUpInput!) { signUp(input: $input) { accepted userErrors { field message } } }": typeof types.SignUpDocument,
    "mutation RequestConfirmation($input: RequestConfirmationInput!) { requestConfirmation(input: $input) { accepted userErrors { field message } } }": typeof types.RequestConfirmationDocument,
    "query LinkForms { signUpForm { termsVersion termsText passwordRules { rule charactersMin charactersMax } } }": typeof types.LinkFormsDocument,
    "mutation SwitchOrganization($input: SwitchOrganizationInput!) { switchOrganization(input: $input) { viewer { id } userErrors { field message } } }": typeof types.SwitchOrganizationDocument,
    "mutation SignOut { deleteSession(input: {}) { deletedSessionId providerLogoutUrl userErrors { message } } }": typeof types.SignOutDocument,
    "query Search($text: String!) {\n  assets(first: 6, filter: { search: $text }) { nodes { id name nativeId kind region } }\n  policies(first: 4, filter: { search: $text }) { nodes { id name } }\n  awsAccounts(first: 3, filter: { search: $text }) { nodes { id name accountId } }\n}": typeof types.SearchDocument,
    "query SearchById($id: ID!) { node(id: $id) { __typename id } }": typeof types.SearchByIdDocument,
    "subscription RunningTasks { activityCounts { running queued openAlerts pendingApprovals } }": typeof types.RunningTasksDocument,
    "query Units { organizationalUnits { id name parent { id } } }": typeof types.UnitsDocument,
    "query Names($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    __typename id ... on ApiToken { name } ... on Asset { name } ... on AwsAccount { name } ... on IdentityProvider { name } ... on LegalHold { name } ... on Organization { name }\n    ... on OrganizationalUnit { name } ... on Policy { name } ... on ProtectionRule { name } ... on Role { name } ... on User { name }\n  }\n}": typeof types.NamesDocument,
    "query Viewer {\n  viewer { id permissions user { id name email } organization { id name } memberships { organizationId organizationName state } secondFactors { mustSetUp mustChangePassword } }\n  eventCursor\n}": typeof types.ViewerDocument,
    "query Task($id: ID!) {\n  task(id: $id) {\n    id kind status progress attempt bytesDone bytesTotal createdAt nominalAt startedAt finishedAt currentStep warnings restoredVolumeNativeId restoredFile\n    asset { id name } policy { id name } awsAccount { id name } recoveryPoint { id takenAt status }\n    actor { __typename ... on User { name } ... on SystemActor { component } }\n    failure { code message remedy retryable awsRequestId } steps { name status startedAt finishedAt warnings } viewerCan { abort retry }\n  }\n}": typeof types.TaskDocument,
    "mutation AbortTask($input: AbortTaskInput!) { abortTask(input: $input) { task { id status } userErrors { field message } } }": typeof types.AbortTaskDocument,
    "mutation RetryTask($input: RetryTaskInput!) { retryTask(input: $input) { task { id status } userErrors { field message } } }": typeof types.RetryTaskDocument,
    "fragment TaskRow on Task { id kind status progress currentStep createdAt startedAt finishedAt asset { id name } awsAccount { id name } failure { code message } }": typeof types.TaskRowFragmentDoc,
    "query Tasks($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter) {\n  tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...TaskRow } }\n}": typeof types.TasksDocument,
    "query Invitations { invitations { id email createdAt expiresAt invitedBy { id name } grants { role { id name builtIn } organizationalUnit { id name } } } }": typeof types.InvitationsDocument,
    "mutation ResendInvitation($input: ResendInvitationInput!) { resendInvitation(input: $input) { invitation { id email } userErrors { field message } } }": typeof types.ResendInvitationDocument,
    "mutation RevokeInvitation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { revokedInvitationId userErrors { field message } } }": typeof types.RevokeInvitationDocument,
    "mutation InviteUser($input: InviteUserInput!) { inviteUser(input: $input) { invitation { id email } userErrors { field message } } }": typeof types.InviteUserDocument,
    "query User($id: ID!) {\n  node(id: $id) { __typename ... on User { id name email state createdAt lastActiveAt grants { source role { id name builtIn } organizationalUnit { id name } } } }\n}": typeof types.UserDocument,
    "mutation SuspendUser($input: SuspendUserInput!) { suspendUser(input: $input) { user { id state } userErrors { field message } } }": typeof types.SuspendUserDocument,
    "mutation ResumeUser($input: ResumeUserInput!) { resumeUser(input: $input) { user { id state } userErrors { field message } } }": typeof types.ResumeUserDocument,
    "mutation RemoveUser($input: RemoveUserInput!) { removeUser(input: $input) { removedUserId userErrors { field message } } }": typeof types.RemoveUserDocument,
    "mutation ResetSecondFactors($input: ResetSecondFactorsInput!) { resetSecondFactors(input: $input) { user { id } userErrors { field message } } }": typeof types.ResetSecondFactorsDocument,
    "mutation DeleteUserSessions($input: DeleteUserSessionsInput!) { deleteUserSessions(input: $input) { user { id } userErrors { field message } } }": typeof types.DeleteUserSessionsDocument,
    "mutation UpdateUserGrants($input: UpdateUserGrantsInput!) { updateUserGrants(input: $input) { user { id } userErrors { field message } } }": typeof types.UpdateUserGrantsDocument,
    "query Users($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {\n  users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name email state lastActiveAt createdAt grants { source role { id name builtIn } organizationalUnit { id name } } }\n  }\n}": typeof types.UsersDocument,
    "fragment UserChoice on User { id name email grants { role { id name builtIn } } }": typeof types.UserChoiceFragmentDoc,
    "query UserChoices($first: Int!, $search: String, $states: [MembershipState!], $chosen: [ID!]!) {\n  users(first: $first, filter: { text: $search, states: $states }) { totalCount nodes { ...UserChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on User { ...UserChoice } }\n}": typeof types.UserChoicesDocument,
    "mutation ApplyVaultLock($input: ApplyVaultLockInput!) { applyVaultLock(input: $input) { vaultLock { mode } pendingVaultLock { holdsAt } approvalRequest { id } userErrors { field message } } }": typeof types.ApplyVaultLockDocument,
    "query VaultLock {\n  vaultLock { mode minimumRetentionDays lockedAt updatedAt }\n  pendingVaultLock { minimumRetentionDays requestedAt holdsAt }\n  vaultLockSupport { strongestMode missing probedAt coolingOffHours }\n}": typeof types.VaultLockDocument,
    "mutation RemoveVaultLock($input: RemoveVaultLockInput!) { removeVaultLock(input: $input) { approvalRequest { id } userErrors { field message } } }": typeof types.RemoveVaultLockDocument,
    "mutation WithdrawVaultLock($input: WithdrawVaultLockInput!) { withdrawVaultLock(input: $input) { pendingVaultLock { holdsAt } userErrors { field message } } }": typeof types.WithdrawVaultLockDocument,
};
const documents: Documents = {
    "query Account {\n  viewer {\n    id user { id name email createdAt }\n    passwordRules { rule charactersMin charactersMax }\n    secondFactors { totpSince recoveryCodesLeft passkeys { id name createdAt lastUsedAt } }\n    identityLinks { identityProviderId name isActive linkedAt }\n    sessions { id browser address createdAt lastSeenAt expiresAt isCurrent }\n  }\n}": types.AccountDocument,
    "query ApiTokens { apiTokens(first: 100) { nodes { id name createdAt lastUsedAt expiresAt } } }": types.ApiTokensDocument,
    "mutation CreateApiToken($input: CreateApiTokenInput!) { createApiToken(input: $input) { apiToken { id } secret userErrors { field message } } }": types.CreateApiTokenDocument,
    "mutation DeleteApiToken($input: DeleteApiTokenInput!) { deleteApiToken(input: $input) { deletedApiTokenId userErrors { field message } } }": types.DeleteApiTokenDocument,
    "mutation RequestEmailChange($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) { accepted userErrors { field message } } }": types.RequestEmailChangeDocument,
    "mutation ChangePassword($input: ChangePasswordInput!) { changePassword(input: $input) { done userErrors { field message } } }": types.ChangePasswordDocument,
    "mutation ConfirmEmailChange($input: ConfirmEmailChangeInput!) { confirmEmailChange(input: $input) { user { id email } userErrors { field message } } }": types.ConfirmEmailChangeDocument,
    "mutation DeleteTotp($input: DeleteTotpInput!) { deleteTotp(input: $input) { done userErrors { field message } } }": types.DeleteTotpDocument,
    "mutation DeletePasskey($input: DeletePasskeyInput!) { deletePasskey(input: $input) { deletedPasskeyId userErrors { field message } } }": types.DeletePasskeyDocument,
    "mutation CreateRecoveryCodes($input: CreateRecoveryCodesInput!) { createRecoveryCodes(input: $input) { recoveryCodes userErrors { field message } } }": types.CreateRecoveryCodesDocument,
    "mutation LinkIdentity($input: LinkIdentityInput!) { linkIdentity(input: $input) { location userErrors { field message } } }": types.LinkIdentityDocument,
    "mutation UnlinkIdentity($input: UnlinkIdentityInput!) { unlinkIdentity(input: $input) { unlinkedIdentityProviderId userErrors { field message } } }": types.UnlinkIdentityDocument,
    "mutation UpdateProfile($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id name } userErrors { field message } } }": types.UpdateProfileDocument,
    "mutation RenamePasskey($input: RenamePasskeyInput!) { renamePasskey(input: $input) { passkey { id name } userErrors { field message } } }": types.RenamePasskeyDocument,
    "mutation EndSession($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { field message } } }": types.EndSessionDocument,
    "mutation EndOtherSessions($input: DeleteOtherSessionsInput!) { deleteOtherSessions(input: $input) { ended userErrors { field message } } }": types.EndOtherSessionsDocument,
    "mutation BeginTotp($input: BeginTotpInput!) { beginTotp(input: $input) { secret qrCode userErrors { field message } } }": types.BeginTotpDocument,
    "mutation ConfirmTotp($input: ConfirmTotpInput!) { confirmTotp(input: $input) { recoveryCodes userErrors { field message } } }": types.ConfirmTotpDocument,
    "mutation BeginPasskey($input: BeginPasskeyInput!) { beginPasskey(input: $input) { question { token options } userErrors { field message } } }": types.BeginPasskeyDocument,
    "mutation CreatePasskey($input: CreatePasskeyInput!) { createPasskey(input: $input) { passkey { id name } recoveryCodes userErrors { field message } } }": types.CreatePasskeyDocument,
    "mutation AcknowledgeAlert($input: AcknowledgeAlertInput!) { acknowledgeAlert(input: $input) { alert { id acknowledgedAt } userErrors { field message } } }": types.AcknowledgeAlertDocument,
    "query Alert($ids: [ID!]) {\n  alerts(first: 1, filter: { id: $ids }) { nodes { ...AlertRow cause evidence note acknowledgedBy { id name } subject { __typename id } } }\n}": types.AlertDocument,
    "fragment AlertRow on Alert { id kind severity title raisedAt renewedAt clearedAt acknowledgedAt occurrences asset { id name } }": types.AlertRowFragmentDoc,
    "query Alerts($first: Int, $after: String, $last: Int, $before: String, $filter: AlertFilter) {\n  alerts(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...AlertRow } }\n}": types.AlertsDocument,
    "mutation ReleaseBrake($input: ReleaseExpiryBrakeInput!) { releaseExpiryBrake(input: $input) { approvalRequest { id } userErrors { field message } } }": types.ReleaseBrakeDocument,
    "query Approval($id: ID!) {\n  node(id: $id) {\n    __typename\n    ... on ApprovalRequest {\n      id action status summary plan planHash reason note requestedAt expiresAt decidedAt until requestedBy { id name email } decidedBy { id name } viewerCan { decide cancel }\n      legalHold { id name reason recoveryPoints(first: 1) { totalCount } }\n      recoveryPoints { id takenAt expiresAt status asset { id name } }\n    }\n  }\n}": types.ApprovalDocument,
    "mutation Approve($input: ApproveApprovalRequestInput!) { approveApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }": types.ApproveDocument,
    "mutation Deny($input: DenyApprovalRequestInput!) { denyApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }": types.DenyDocument,
    "mutation CancelApproval($input: CancelApprovalRequestInput!) { cancelApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }": types.CancelApprovalDocument,
    "query Approvals($first: Int, $after: String, $last: Int, $before: String, $filter: ApprovalRequestFilter) {\n  approvalRequests(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id action status summary reason requestedAt expiresAt decidedAt requestedBy { id name } viewerCan { decide cancel } }\n  }\n}": types.ApprovalsDocument,
    "query Asset($id: ID!) {\n  asset(id: $id) {\n    id name kind canBeBackedUp nativeId arn region discoveredAt seenAt deletedAt tags { key value } awsAccount { id name accountId } policy { id name }\n    volume { sizeGib state volumeType availabilityZone encrypted iops throughputMibps kmsKeyId attachments { instanceNativeId device } }\n    instance { instanceType state availabilityZone imageNativeId vpcNativeId volumes { device volumeNativeId } }\n    lastRecoveryPoint { id takenAt proof status placement isFull sizeBytes addedBytes expiresAt }\n    recoveryPointDays(days: 366) { day available proven }\n    recoveryPoints(first: 10) { totalCount nodes { ...PointRow } }\n    tasks(first: 8) { nodes { ...TaskRow } }\n    compliance { ...Standing }\n    protection { ...Trace }\n    viewerCan { backUp assignPolicy }\n  }\n}": types.AssetDocument,
    "query Assets($first: Int, $after: String, $last: Int, $before: String, $filter: AssetFilter, $orderBy: AssetOrder) {\n  assets(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name kind canBeBackedUp nativeId region discoveredAt deletedAt awsAccount { id name } policy { id name } volume { sizeGib volumeType } instance { instanceType } lastRecoveryPoint { id takenAt proof } compliance { status } viewerCan { backUp assignPolicy } }\n  }\n}": types.AssetsDocument,
    "query MatchingCounts($filter: AssetFilter) { assetsByPolicy(filter: $filter) { policyId assets } }": types.MatchingCountsDocument,
    "mutation AssignMatching($input: AssignPolicyToMatchingInput!) { assignPolicyToMatching(input: $input) { task { id } userErrors { field message } } }": types.AssignMatchingDocument,
    "mutation UnassignMatching($input: UnassignPolicyFromMatchingInput!) { unassignPolicyFromMatching(input: $input) { task { id } userErrors { field message } } }": types.UnassignMatchingDocument,
    "mutation Assign($input: AssignPolicyInput!) { assignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }": types.AssignDocument,
    "mutation Unassign($input: UnassignPolicyInput!) { unassignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }": types.UnassignDocument,
    "mutation BackUp($input: StartBackupInput!) { startBackup(input: $input) { tasks { id } userErrors { field message } } }": types.BackUpDocument,
    "fragment AssetChoice on Asset { id name nativeId }": types.AssetChoiceFragmentDoc,
    "query AssetChoices($first: Int!, $search: String, $chosen: [ID!]!, $any: Boolean!) {\n  assets(first: $first, filter: { search: $search, includeDeleted: true }) { totalCount nodes { ...AssetChoice } }\n  chosen: assets(first: 100, filter: { id: $chosen, includeDeleted: true }) @include(if: $any) { nodes { ...AssetChoice } }\n}": types.AssetChoicesDocument,
    "query Audit($first: Int, $after: String, $last: Int, $before: String, $filter: AuditEventFilter) {\n  auditLog { actions size firstSequence headHash status publicKey lastCheckpoint { size madeAt exportedAt text } }\n  auditEvents(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id sequence action outcome occurredAt summary address interface requestId targetId hash previousHash actor { __typename ... on User { id name } ... on ServiceToken { id } ... on SystemActor { component } } }\n  }\n}": types.AuditDocument,
    "query AuditExport($after: String, $filter: AuditEventFilter) {\n  auditEvents(first: 100, after: $after, filter: $filter) {\n    pageInfo { hasNextPage endCursor }\n    nodes { sequence occurredAt action outcome interface address requestId targetId summary hash previousHash actor { __typename ... on User { id name email } ... on ServiceToken { id } ... on SystemActor { component } } }\n  }\n}": types.AuditExportDocument,
    "query AuditLines($after: String) { auditEvents(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { sequence line } } }": types.AuditLinesDocument,
    "query AwsAccount($id: ID!) {\n  awsAccount(id: $id) {\n    id name accountId status accessKind roleArn externalId createdAt version\n    organizationalUnit { id name }\n    regions { region status assetKinds missingPermissions inventoriedAt }\n    setup { cloudFormation terraform trustPolicy permissionPolicy }\n    viewerCan { disconnect refreshInventory update verify }\n  }\n  checks: tasks(first: 1, filter: { awsAccount: [$id], kind: [VERIFY_AWS_ACCOUNT] }) { nodes { id status createdAt finishedAt failure { message remedy } } }\n  assets(first: 1, filter: { awsAccount: [$id] }) { totalCount }\n}": types.AwsAccountDocument,
    "mutation VerifyAwsAccount($input: VerifyAwsAccountInput!) { verifyAwsAccount(input: $input) { task { id } userErrors { field message } } }": types.VerifyAwsAccountDocument,
    "mutation RefreshInventory($input: RefreshInventoryInput!) { refreshInventory(input: $input) { tasks { id } userErrors { field message } } }": types.RefreshInventoryDocument,
    "mutation DisconnectAwsAccount($input: DisconnectAwsAccountInput!) { disconnectAwsAccount(input: $input) { awsAccount { id status } userErrors { field message } } }": types.DisconnectAwsAccountDocument,
    "query AwsAccounts($first: Int, $after: String, $last: Int, $before: String, $filter: AwsAccountFilter) {\n  awsAccounts(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name accountId status organizationalUnit { id name } regions { region status inventoriedAt missingPermissions } }\n  }\n}": types.AwsAccountsDocument,
    "mutation UpdateAwsAccount($input: UpdateAwsAccountInput!) { updateAwsAccount(input: $input) { awsAccount { id version } userErrors { field message } } }": types.UpdateAwsAccountDocument,
    "mutation ConnectAwsAccount($input: ConnectAwsAccountInput!) { connectAwsAccount(input: $input) { awsAccount { id } task { id } userErrors { field message } } }": types.ConnectAwsAccountDocument,
    "fragment AccountChoice on AwsAccount { id name accountId status regions { region } }": types.AccountChoiceFragmentDoc,
    "query AccountChoices($first: Int!, $search: String, $status: [AwsAccountStatus!], $chosen: [ID!]!) {\n  awsAccounts(first: $first, filter: { search: $search, status: $status }) { totalCount nodes { ...AccountChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on AwsAccount { ...AccountChoice } }\n}": types.AccountChoicesDocument,
    "query Calendar($from: DateTime!, $until: DateTime!) { calendar(from: $from, until: $until) { startsAt runs { assetKind placement count } } }": types.CalendarDocument,
    "fragment Standing on AssetCompliance { status since checkedAt nextCheckAt controls { control status since reasons { code message } } }": types.StandingFragmentDoc,
    "fragment AccountRow on AwsAccount { id name status regions { region status missingPermissions } }": types.AccountRowFragmentDoc,
    "query Dashboard($since: DateTime!) {\n  activityCounts { running queued blocked failed completed }\n  protectionCounts { assetKind total protected canBeBackedUp }\n  complianceSummary { overall { in out unknown } }\n  recoveryPointsByProof { proof recoveryPoints }\n  accounts: awsAccounts(first: 5, filter: { status: [DEGRADED] }) { nodes { ...AccountRow } }\n  alerts(first: 5, filter: { isOpen: true }) { nodes { ...AlertRow } }\n  blocked: tasks(first: 5, filter: { status: [BLOCKED] }) { nodes { ...TaskRow } }\n  failed: tasks(first: 5, filter: { status: [FAILED, PARTIAL], createdAt: { gte: $since } }) { totalCount nodes { ...TaskRow } }\n  running: tasks(first: 6, filter: { status: [RUNNING, ABORTING] }) { nodes { ...TaskRow } }\n}": types.DashboardDocument,
    "query Latest { recoveryPoints(first: 6) { nodes { id status proof takenAt asset { id name } } } }": types.LatestDocument,
    "query Next($from: DateTime!, $until: DateTime!) { calendar(from: $from, until: $until) { startsAt runs { count } } }": types.NextDocument,
    "query Protection { protectionCounts { assetKind total protected canBeBackedUp awsAccount { id name } organizationalUnit { id name } } complianceSummary { byKind { kind counts { out } } byAwsAccount { awsAccount { id } counts { out } } byOrganizationalUnit { organizationalUnit { id } counts { out } } } }": types.ProtectionDocument,
    "query Storage { storageHistory(days: 30) { day protectedBytes storedBytes } }": types.StorageDocument,
    "query FirstSteps {\n  accounts: awsAccounts(first: 1, filter: { status: [CONNECTED, DEGRADED] }) { totalCount }\n  waiting: awsAccounts(first: 1, filter: { status: [PENDING] }) { nodes { id name } }\n  backups: tasks(first: 1, filter: { kind: [BACKUP_EBS], status: [QUEUED, RUNNING] }) { nodes { id } }\n  policies(first: 1) { totalCount }\n  protected: assets(first: 1, filter: { isProtected: true }) { totalCount }\n  points: recoveryPoints(first: 1, filter: { status: [AVAILABLE] }) { totalCount }\n  restores: tasks(first: 1, filter: { kind: [RESTORE_EBS, RESTORE_IMAGE], status: [COMPLETED, COMPLETED_WITH_WARNINGS] }) { totalCount }\n}": types.FirstStepsDocument,
    "query DomainClaims { domainClaims { id domain provenAt recordName recordText } }": types.DomainClaimsDocument,
    "mutation ClaimDomain($input: ClaimDomainInput!) { claimDomain(input: $input) { domainClaim { id } userErrors { field message } } }": types.ClaimDomainDocument,
    "mutation ProveDomain($input: ProveDomainInput!) { proveDomain(input: $input) { domainClaim { id provenAt } userErrors { field message } } }": types.ProveDomainDocument,
    "mutation ReleaseDomain($input: ReleaseDomainInput!) { releaseDomain(input: $input) { releasedDomainClaimId userErrors { field message } } }": types.ReleaseDomainDocument,
    "query Enforcement {\n  signOnEnforcement { enforced breakGlassUsers { id name } }\n}": types.EnforcementDocument,
    "mutation EnforceSignOn($input: EnforceSignOnInput!) { enforceSignOn(input: $input) { enforcement { enforced } userErrors { field message } } }": types.EnforceSignOnDocument,
    "query IdentityProvider($id: ID!) {\n  node(id: $id) { __typename ... on IdentityProvider {\n    id name state version createdAt\n    addresses { start callback backChannelLogout signedOut assertionConsumer metadata scim }\n    oidc { issuer clientId groupsClaim hasClientSecret }\n    saml { entityId signOnAddress certificates emailAttribute nameAttribute groupsAttribute allowsUnsolicited needsSignedAssertion }\n    rules { name operator values role { id name builtIn } organizationalUnits { id name } }\n  } }\n}": types.IdentityProviderDocument,
    "mutation TestIdentityProvider($input: TestIdentityProviderInput!) { testIdentityProvider(input: $input) { location userErrors { field message } } }": types.TestIdentityProviderDocument,
    "mutation ActivateIdentityProvider($input: ActivateIdentityProviderInput!) { activateIdentityProvider(input: $input) { identityProvider { id state } userErrors { field message } } }": types.ActivateIdentityProviderDocument,
    "mutation DeactivateIdentityProvider($input: DeactivateIdentityProviderInput!) { deactivateIdentityProvider(input: $input) { identityProvider { id state } userErrors { field message } } }": types.DeactivateIdentityProviderDocument,
    "mutation UpdateIdentityProvider($input: UpdateIdentityProviderInput!) { updateIdentityProvider(input: $input) { identityProvider { id version } userErrors { field message } } }": types.UpdateIdentityProviderDocument,
    "mutation DeleteIdentityProvider($input: DeleteIdentityProviderInput!) { deleteIdentityProvider(input: $input) { deletedIdentityProviderId userErrors { field message } } }": types.DeleteIdentityProviderDocument,
    "query IdentityProviders { identityProviders { id name state createdAt oidc { issuer } saml { entityId } rules { name } } }": types.IdentityProvidersDocument,
    "mutation CreateIdentityProvider($input: CreateIdentityProviderInput!) { createIdentityProvider(input: $input) { identityProvider { id } userErrors { field message } } }": types.CreateIdentityProviderDocument,
    "mutation UpdateGroupRules($input: UpdateIdentityProviderInput!) { updateIdentityProvider(input: $input) { identityProvider { id version } userErrors { field message } } }": types.UpdateGroupRulesDocument,
    "mutation CreateScimToken($input: CreateScimTokenInput!) { createScimToken(input: $input) { secret userErrors { field message } } }": types.CreateScimTokenDocument,
    "mutation DeleteScimToken($input: DeleteScimTokenInput!) { deleteScimToken(input: $input) { identityProviderId userErrors { field message } } }": types.DeleteScimTokenDocument,
    "query LegalHold($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {\n  node(id: $id) {\n    __typename\n    ... on LegalHold {\n      id name reason includesNew createdAt releasedAt organizationalUnit { id name } createdBy { __typename ... on User { name } ... on ServiceToken { id } }\n      recoveryPoints(first: $first, after: $after, last: $last, before: $before) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...PointRow } }\n    }\n  }\n}": types.LegalHoldDocument,
    "mutation ReleaseLegalHold($input: ReleaseLegalHoldInput!) { releaseLegalHold(input: $input) { approvalRequest { id } userErrors { field message } } }": types.ReleaseLegalHoldDocument,
    "query LegalHolds($first: Int, $after: String, $last: Int, $before: String, $filter: LegalHoldFilter) {\n  legalHolds(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name reason includesNew createdAt releasedAt organizationalUnit { id name } createdBy { __typename ... on User { name } ... on ServiceToken { id } } recoveryPoints(first: 1) { totalCount } }\n  }\n}": types.LegalHoldsDocument,
    "query HoldUnits { organizationalUnits { id name parent { id } } }": types.HoldUnitsDocument,
    "query HoldCount($filter: RecoveryPointFilter) { recoveryPoints(first: 1, filter: $filter) { totalCount } }": types.HoldCountDocument,
    "mutation CreateLegalHold($input: CreateLegalHoldInput!) { createLegalHold(input: $input) { legalHold { id } userErrors { field message } } }": types.CreateLegalHoldDocument,
    "query Organization {\n  organization { id name createdAt version kmsKeyArn settings { auditRetentionDays auditWebhookUrl ipAllowlist mfaRequired passwordDaysMax passwordProfile sessionHours sessionIdleMinutes } }\n}": types.OrganizationDocument,
    "mutation UpdateOrganizationSettings($input: UpdateOrganizationSettingsInput!) { updateOrganizationSettings(input: $input) { organization { id version } userErrors { field message } } }": types.UpdateOrganizationSettingsDocument,
    "mutation CreateOrganizationalUnit($input: CreateOrganizationalUnitInput!) { createOrganizationalUnit(input: $input) { organizationalUnit { id name } userErrors { field message } } }": types.CreateOrganizationalUnitDocument,
    "mutation RenameOrganizationalUnit($input: RenameOrganizationalUnitInput!) { renameOrganizationalUnit(input: $input) { organizationalUnit { id name version } userErrors { field message } } }": types.RenameOrganizationalUnitDocument,
    "mutation MoveOrganizationalUnit($input: MoveOrganizationalUnitInput!) { moveOrganizationalUnit(input: $input) { organizationalUnit { id version } userErrors { field message } } }": types.MoveOrganizationalUnitDocument,
    "mutation DeleteOrganizationalUnit($input: DeleteOrganizationalUnitInput!) { deleteOrganizationalUnit(input: $input) { deletedOrganizationalUnitId userErrors { field message } } }": types.DeleteOrganizationalUnitDocument,
    "query OrganizationalUnits { organizationalUnits { id name version parent { id } } }": types.OrganizationalUnitsDocument,
    "query DraftRuns($operations: [PolicyOperationInput!]!) { policyDraftRuns(first: 3, operations: $operations) { nominalAt assetKind placement keep { value unit } } }": types.DraftRunsDocument,
    "query PolicyToEdit($id: ID!, $ids: [ID!]) { policy(id: $id) { ...PolicyTerms viewerCan { update } } assetsByPolicy(filter: { policy: $ids }) { assets } }": types.PolicyToEditDocument,
    "mutation CreatePolicy($input: CreatePolicyInput!) { createPolicy(input: $input) { policy { id } userErrors { code field message } } }": types.CreatePolicyDocument,
    "mutation UpdatePolicy($input: UpdatePolicyInput!) { updatePolicy(input: $input) { policy { ...PolicyTerms } userErrors { code field message } } }": types.UpdatePolicyDocument,
    "query PolicyTemplates { policyTemplates { name description operations { assetKind placement targetRegion storageTier catchUp start { hour minute zone } window { opens { hour minute } closes { hour minute } } proof { level within { value unit } sample { kind percent } } frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } } } }": types.PolicyTemplatesDocument,
    "query Policies($first: Int, $after: String, $last: Int, $before: String, $filter: PolicyFilter) {\n  policies(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name description isActive updatedAt operations { assetKind placement frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } } }\n  }\n  assetsByPolicy { policyId assets }\n}": types.PoliciesDocument,
    "query Policy($id: ID!, $ids: [ID!]) {\n  policy(id: $id) { ...PolicyTerms isActive createdAt updatedAt organizationalUnit { id name } viewerCan { assign delete pause update } nextRuns(first: 8) { nominalAt assetKind placement keep { value unit } closesAt } }\n  assetsByPolicy(filter: { policy: $ids }) { assets }\n}": types.PolicyDocument,
    "fragment PolicyTerms on Policy {\n  id name description version\n  operations { assetKind placement targetRegion storageTier catchUp start { hour minute zone } window { opens { hour minute } closes { hour minute } } proof { level within { value unit } sample { kind percent } } frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } }\n}": types.PolicyTermsFragmentDoc,
    "mutation PausePolicy($input: PausePolicyInput!) { pausePolicy(input: $input) { policy { id isActive } userErrors { field message } } }": types.PausePolicyDocument,
    "mutation ResumePolicy($input: ResumePolicyInput!) { resumePolicy(input: $input) { policy { id isActive } userErrors { field message } } }": types.ResumePolicyDocument,
    "mutation DeletePolicy($input: DeletePolicyInput!) { deletePolicy(input: $input) { deletedPolicyId userErrors { field message } } }": types.DeletePolicyDocument,
    "fragment PolicyChoice on Policy { id name viewerCan { assign } }": types.PolicyChoiceFragmentDoc,
    "query PolicyChoices($first: Int!, $search: String, $chosen: [ID!]!) {\n  policies(first: $first, filter: { search: $search }) { totalCount nodes { ...PolicyChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on Policy { ...PolicyChoice } }\n}": types.PolicyChoicesDocument,
    "query PlanNow($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Policy { ...PolicyTerms } ... on ProtectionRule { id name isActive conditionInput policy { id } } } }": types.PlanNowDocument,
    "query RuleToEdit($id: ID!, $isNew: Boolean!, $unit: ID) {\n  protectionRule(id: $id) @skip(if: $isNew) { id name isActive conditionInput policy { id } viewerCan { update } }\n  protectionOrder(organizationalUnitId: $unit) @include(if: $isNew) { entries { kind rule { id name } } }\n  ...Known\n}": types.RuleToEditDocument,
    "query ProtectionPlan($input: ProtectionPreviewInput!, $effects: [ProtectionEffect!], $first: Int, $after: String, $last: Int, $before: String) {\n  protectionPreview(input: $input) {\n    userErrors { field message }\n    plan {\n      ...PlanCounts\n      changes { action noun name differenceCount differences { path before after } }\n      assetChanges(effects: $effects, first: $first, after: $after, last: $last, before: $before) {\n        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n        nodes { effect asset { id name kind } before { policy { id name } source ruleName } after { policy { id name } source ruleName } }\n      }\n      recoveryPointsToShorten(first: 10) { totalCount nodes { wouldExpireAt recoveryPoint { id takenAt expiresAt asset { id name } } } }\n      forecastBefore { ...Forecast } forecastAfter { ...Forecast }\n    }\n  }\n}": types.ProtectionPlanDocument,
    "mutation ApplyProtection($input: ApplyProtectionInput!) { applyProtection(input: $input) { task { id } userErrors { code field message } } }": types.ApplyProtectionDocument,
    "fragment Forecast on ProtectionForecastInfo { tasksPerDay runsInLast30Days recoveryPointsKept vaultBytes snapshotBytes costUsdPerMonth }": types.ForecastFragmentDoc,
    "fragment PlanCounts on ProtectionPlanSummary { hash changeCount assetsGainedCount assetsLostCount assetsChangedCount }": types.PlanCountsFragmentDoc,
    "query ProtectionPreview($input: ProtectionPreviewInput!) {\n  protectionPreview(input: $input) {\n    userErrors { field message }\n    plan { ...PlanCounts changes { action noun } assetChanges(first: 6) { totalCount nodes { effect asset { id name } before { policy { name } } after { policy { name } } } } forecastBefore { ...Forecast } forecastAfter { ...Forecast } }\n  }\n}": types.ProtectionPreviewDocument,
    "query ProtectionOrder($unit: ID) {\n  protectionOrder(organizationalUnitId: $unit) { organizationalUnit { id name } viewerCanChange entries { kind rule { id name conditionInput conditionText isActive policy { id name } viewerCan { update move pause delete } } } }\n  ...Known\n}": types.ProtectionOrderDocument,
    "fragment Trace on AssetProtection { isPending policy { id name } trace { source outcome rule { id name conditionInput } failedTest { path text } } }": types.TraceFragmentDoc,
    "fragment Known on Query { organizationalUnits { id name parent { id } } }": types.KnownFragmentDoc,
    "query Brake($kinds: [AlertKind!]) { alerts(first: 3, filter: { kind: $kinds, isOpen: true }) { nodes { id title } } }": types.BrakeDocument,
    "query EndPreview($ids: [ID!]!) {\n  recoveryPointEndTerms { approvalDays undoDays }\n  recoveryPoints(first: 100, filter: { id: $ids }) { nodes { id status expiresAt lockedUntil addedBytes legalHolds { id } asset { id policy { id } lastRecoveryPoint { id } } viewerCan { delete } } }\n}": types.EndPreviewDocument,
    "mutation DeletePoints($input: DeleteRecoveryPointsInput!) { deleteRecoveryPoints(input: $input) { approvalRequest { id } userErrors { field message } } }": types.DeletePointsDocument,
    "mutation ShortenPoints($input: ShortenRecoveryPointRetentionInput!) { shortenRecoveryPointRetention(input: $input) { approvalRequest { id } userErrors { field message } } }": types.ShortenPointsDocument,
    "fragment PointRow on RecoveryPoint {\n  id status proof takenAt expiresAt placement isFull sizeBytes addedBytes asset { id name kind } viewerCan { restore verify delete }\n}": types.PointRowFragmentDoc,
    "query RecoveryPoint($id: ID!) {\n  recoveryPoint(id: $id) {\n    ...Retention id status proof provenAt takenAt expiresAt placement region storageTier isFull sizeBytes addedBytes contentSha256 snapshotNativeId\n    asset { id name kind } policy { id name } task { id kind } verifications(first: 10) { nodes { ...Attempt } } viewerCan { restore verify }\n  }\n}": types.RecoveryPointDocument,
    "mutation Verify($input: StartVerificationInput!) { startVerification(input: $input) { task { id } userErrors { field message } } }": types.VerifyDocument,
    "query RecoveryPoints($first: Int, $after: String, $last: Int, $before: String, $filter: RecoveryPointFilter) {\n  recoveryPoints(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...PointRow } }\n}": types.RecoveryPointsDocument,
    "query PointToRestore($id: ID!) {\n  recoveryPoint(id: $id) { id status proof placement region takenAt sizeBytes viewerCan { restore } asset { id name nativeId region awsAccount { ...AccountChoice } volume { availabilityZone encrypted sizeGib volumeType } } }\n}": types.PointToRestoreDocument,
    "mutation RestoreImage($input: RestoreImageInput!) { restoreImage(input: $input) { task { id } userErrors { field message } } }": types.RestoreImageDocument,
    "mutation RestoreVolume($input: RestoreEbsVolumeInput!) { restoreEbsVolume(input: $input) { task { id } userErrors { field message } } }": types.RestoreVolumeDocument,
    "fragment Retention on RecoveryPoint { id status expiresAt expiringSince lockedUntil legalHolds { id name reason } viewerCan { extend undoExpiry delete } }": types.RetentionFragmentDoc,
    "mutation Extend($input: ExtendRecoveryPointRetentionInput!) { extendRecoveryPointRetention(input: $input) { recoveryPoint { id expiresAt } userErrors { field message } } }": types.ExtendDocument,
    "mutation UndoExpiry($input: UndoRecoveryPointExpiryInput!) { undoRecoveryPointExpiry(input: $input) { recoveryPoint { id status expiresAt } userErrors { field message } } }": types.UndoExpiryDocument,
    "fragment Attempt on Verification { id wanted proof verdict bytesChecked evidence evidenceSha256 startedAt finishedAt task { id } }": types.AttemptFragmentDoc,
    "query GrantChoices { roles { id name builtIn } organizationalUnits { id name parent { id } } }": types.GrantChoicesDocument,
    "query Role { roles { id name builtIn description permissions version } }": types.RoleDocument,
    "mutation CreateRole($input: CreateRoleInput!) { createRole(input: $input) { role { id name } userErrors { field message } } }": types.CreateRoleDocument,
    "mutation UpdateRole($input: UpdateRoleInput!) { updateRole(input: $input) { role { id name version } userErrors { field message } } }": types.UpdateRoleDocument,
    "mutation DeleteRole($input: DeleteRoleInput!) { deleteRole(input: $input) { deletedRoleId userErrors { field message } } }": types.DeleteRoleDocument,
    "query Roles { roles { id name builtIn description permissions } }": types.RolesDocument,
    "query ServiceTokens { serviceTokens { id name createdAt lastUsedAt expiresAt createdBy { id name } grants { role { id name builtIn } organizationalUnit { id name } } } }": types.ServiceTokensDocument,
    "mutation CreateServiceToken($input: CreateServiceTokenInput!) { createServiceToken(input: $input) { serviceToken { id } secret userErrors { field message } } }": types.CreateServiceTokenDocument,
    "mutation DeleteServiceToken($input: DeleteServiceTokenInput!) { deleteServiceToken(input: $input) { deletedServiceTokenId userErrors { field message } } }": types.DeleteServiceTokenDocument,
    "mutation AcceptInvitation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { done organizationName userErrors { field message } } }": types.AcceptInvitationDocument,
    "mutation ConfirmSignUp($input: ConfirmSignUpInput!) { confirmSignUp(input: $input) { done userErrors { field message } } }": types.ConfirmSignUpDocument,
    "query OwnPasswordRules { viewer { id passwordRules { rule charactersMin charactersMax } } }": types.OwnPasswordRulesDocument,
    "mutation LeaveDuties($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { message } } }": types.LeaveDutiesDocument,
    "mutation RequestPasswordReset($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted userErrors { field message } } }": types.RequestPasswordResetDocument,
    "query ProofMeans { viewer { id secondFactors { totpSince recoveryCodesLeft passkeys { id } } } }": types.ProofMeansDocument,
    "mutation ProveSession($input: ProveSessionInput!) { proveSession(input: $input) { done userErrors { field message } } }": types.ProveSessionDocument,
    "mutation BeginPasskeyProof($input: BeginPasskeyProofInput!) { beginPasskeyProof(input: $input) { question { token options } userErrors { field message } } }": types.BeginPasskeyProofDocument,
    "mutation SignInAgain($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { field message } } }": types.SignInAgainDocument,
    "mutation ResetPassword($input: ResetPasswordInput!) { resetPassword(input: $input) { done userErrors { field message } } }": types.ResetPasswordDocument,
    "query SignInForm($email: String!) { signInForm(email: $email) { identityProviders { name startUrl } } signUpForm { isOpen } }": types.SignInFormDocument,
    "mutation CreateSession($input: CreateSessionInput!) {\n  createSession(input: $input) { viewer { id } challenge { token takesCode takesRecoveryCode passkeyOptions } userErrors { field message } }\n}": types.CreateSessionDocument,
    "mutation CompleteSession($input: CompleteSessionInput!) {\n  completeSession(input: $input) { viewer { id } userErrors { field message } }\n}": types.CompleteSessionDocument,
    "query SignUpRules { signUpForm { isOpen termsVersion termsText passwordRules { rule charactersMin charactersMax } } }": types.SignUpRulesDocument,
    "mutation SignUp($input: SignUpInput!) { signUp(input: $input) { accepted userErrors { field message } } }": types.SignUpDocument,
    "mutation RequestConfirmation($input: RequestConfirmationInput!) { requestConfirmation(input: $input) { accepted userErrors { field message } } }": types.RequestConfirmationDocument,
    "query LinkForms { signUpForm { termsVersion termsText passwordRules { rule charactersMin charactersMax } } }": types.LinkFormsDocument,
    "mutation SwitchOrganization($input: SwitchOrganizationInput!) { switchOrganization(input: $input) { viewer { id } userErrors { field message } } }": types.SwitchOrganizationDocument,
    "mutation SignOut { deleteSession(input: {}) { deletedSessionId providerLogoutUrl userErrors { message } } }": types.SignOutDocument,
    "query Search($text: String!) {\n  assets(first: 6, filter: { search: $text }) { nodes { id name nativeId kind region } }\n  policies(first: 4, filter: { search: $text }) { nodes { id name } }\n  awsAccounts(first: 3, filter: { search: $text }) { nodes { id name accountId } }\n}": types.SearchDocument,
    "query SearchById($id: ID!) { node(id: $id) { __typename id } }": types.SearchByIdDocument,
    "subscription RunningTasks { activityCounts { running queued openAlerts pendingApprovals } }": types.RunningTasksDocument,
    "query Units { organizationalUnits { id name parent { id } } }": types.UnitsDocument,
    "query Names($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    __typename id ... on ApiToken { name } ... on Asset { name } ... on AwsAccount { name } ... on IdentityProvider { name } ... on LegalHold { name } ... on Organization { name }\n    ... on OrganizationalUnit { name } ... on Policy { name } ... on ProtectionRule { name } ... on Role { name } ... on User { name }\n  }\n}": types.NamesDocument,
    "query Viewer {\n  viewer { id permissions user { id name email } organization { id name } memberships { organizationId organizationName state } secondFactors { mustSetUp mustChangePassword } }\n  eventCursor\n}": types.ViewerDocument,
    "query Task($id: ID!) {\n  task(id: $id) {\n    id kind status progress attempt bytesDone bytesTotal createdAt nominalAt startedAt finishedAt currentStep warnings restoredVolumeNativeId restoredFile\n    asset { id name } policy { id name } awsAccount { id name } recoveryPoint { id takenAt status }\n    actor { __typename ... on User { name } ... on SystemActor { component } }\n    failure { code message remedy retryable awsRequestId } steps { name status startedAt finishedAt warnings } viewerCan { abort retry }\n  }\n}": types.TaskDocument,
    "mutation AbortTask($input: AbortTaskInput!) { abortTask(input: $input) { task { id status } userErrors { field message } } }": types.AbortTaskDocument,
    "mutation RetryTask($input: RetryTaskInput!) { retryTask(input: $input) { task { id status } userErrors { field message } } }": types.RetryTaskDocument,
    "fragment TaskRow on Task { id kind status progress currentStep createdAt startedAt finishedAt asset { id name } awsAccount { id name } failure { code message } }": types.TaskRowFragmentDoc,
    "query Tasks($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter) {\n  tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...TaskRow } }\n}": types.TasksDocument,
    "query Invitations { invitations { id email createdAt expiresAt invitedBy { id name } grants { role { id name builtIn } organizationalUnit { id name } } } }": types.InvitationsDocument,
    "mutation ResendInvitation($input: ResendInvitationInput!) { resendInvitation(input: $input) { invitation { id email } userErrors { field message } } }": types.ResendInvitationDocument,
    "mutation RevokeInvitation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { revokedInvitationId userErrors { field message } } }": types.RevokeInvitationDocument,
    "mutation InviteUser($input: InviteUserInput!) { inviteUser(input: $input) { invitation { id email } userErrors { field message } } }": types.InviteUserDocument,
    "query User($id: ID!) {\n  node(id: $id) { __typename ... on User { id name email state createdAt lastActiveAt grants { source role { id name builtIn } organizationalUnit { id name } } } }\n}": types.UserDocument,
    "mutation SuspendUser($input: SuspendUserInput!) { suspendUser(input: $input) { user { id state } userErrors { field message } } }": types.SuspendUserDocument,
    "mutation ResumeUser($input: ResumeUserInput!) { resumeUser(input: $input) { user { id state } userErrors { field message } } }": types.ResumeUserDocument,
    "mutation RemoveUser($input: RemoveUserInput!) { removeUser(input: $input) { removedUserId userErrors { field message } } }": types.RemoveUserDocument,
    "mutation ResetSecondFactors($input: ResetSecondFactorsInput!) { resetSecondFactors(input: $input) { user { id } userErrors { field message } } }": types.ResetSecondFactorsDocument,
    "mutation DeleteUserSessions($input: DeleteUserSessionsInput!) { deleteUserSessions(input: $input) { user { id } userErrors { field message } } }": types.DeleteUserSessionsDocument,
    "mutation UpdateUserGrants($input: UpdateUserGrantsInput!) { updateUserGrants(input: $input) { user { id } userErrors { field message } } }": types.UpdateUserGrantsDocument,
    "query Users($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {\n  users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name email state lastActiveAt createdAt grants { source role { id name builtIn } organizationalUnit { id name } } }\n  }\n}": types.UsersDocument,
    "fragment UserChoice on User { id name email grants { role { id name builtIn } } }": types.UserChoiceFragmentDoc,
    "query UserChoices($first: Int!, $search: String, $states: [MembershipState!], $chosen: [ID!]!) {\n  users(first: $first, filter: { text: $search, states: $states }) { totalCount nodes { ...UserChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on User { ...UserChoice } }\n}": types.UserChoicesDocument,
    "mutation ApplyVaultLock($input: ApplyVaultLockInput!) { applyVaultLock(input: $input) { vaultLock { mode } pendingVaultLock { holdsAt } approvalRequest { id } userErrors { field message } } }": types.ApplyVaultLockDocument,
    "query VaultLock {\n  vaultLock { mode minimumRetentionDays lockedAt updatedAt }\n  pendingVaultLock { minimumRetentionDays requestedAt holdsAt }\n  vaultLockSupport { strongestMode missing probedAt coolingOffHours }\n}": types.VaultLockDocument,
    "mutation RemoveVaultLock($input: RemoveVaultLockInput!) { removeVaultLock(input: $input) { approvalRequest { id } userErrors { field message } } }": types.RemoveVaultLockDocument,
    "mutation WithdrawVaultLock($input: WithdrawVaultLockInput!) { withdrawVaultLock(input: $input) { pendingVaultLock { holdsAt } userErrors { field message } } }": types.WithdrawVaultLockDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Account {\n  viewer {\n    id user { id name email createdAt }\n    passwordRules { rule charactersMin charactersMax }\n    secondFactors { totpSince recoveryCodesLeft passkeys { id name createdAt lastUsedAt } }\n    identityLinks { identityProviderId name isActive linkedAt }\n    sessions { id browser address createdAt lastSeenAt expiresAt isCurrent }\n  }\n}"): (typeof documents)["query Account {\n  viewer {\n    id user { id name email createdAt }\n    passwordRules { rule charactersMin charactersMax }\n    secondFactors { totpSince recoveryCodesLeft passkeys { id name createdAt lastUsedAt } }\n    identityLinks { identityProviderId name isActive linkedAt }\n    sessions { id browser address createdAt lastSeenAt expiresAt isCurrent }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ApiTokens { apiTokens(first: 100) { nodes { id name createdAt lastUsedAt expiresAt } } }"): (typeof documents)["query ApiTokens { apiTokens(first: 100) { nodes { id name createdAt lastUsedAt expiresAt } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateApiToken($input: CreateApiTokenInput!) { createApiToken(input: $input) { apiToken { id } secret userErrors { field message } } }"): (typeof documents)["mutation CreateApiToken($input: CreateApiTokenInput!) { createApiToken(input: $input) { apiToken { id } secret userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeleteApiToken($input: DeleteApiTokenInput!) { deleteApiToken(input: $input) { deletedApiTokenId userErrors { field message } } }"): (typeof documents)["mutation DeleteApiToken($input: DeleteApiTokenInput!) { deleteApiToken(input: $input) { deletedApiTokenId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RequestEmailChange($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) { accepted userErrors { field message } } }"): (typeof documents)["mutation RequestEmailChange($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) { accepted userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ChangePassword($input: ChangePasswordInput!) { changePassword(input: $input) { done userErrors { field message } } }"): (typeof documents)["mutation ChangePassword($input: ChangePasswordInput!) { changePassword(input: $input) { done userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ConfirmEmailChange($input: ConfirmEmailChangeInput!) { confirmEmailChange(input: $input) { user { id email } userErrors { field message } } }"): (typeof documents)["mutation ConfirmEmailChange($input: ConfirmEmailChangeInput!) { confirmEmailChange(input: $input) { user { id email } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeleteTotp($input: DeleteTotpInput!) { deleteTotp(input: $input) { done userErrors { field message } } }"): (typeof documents)["mutation DeleteTotp($input: DeleteTotpInput!) { deleteTotp(input: $input) { done userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeletePasskey($input: DeletePasskeyInput!) { deletePasskey(input: $input) { deletedPasskeyId userErrors { field message } } }"): (typeof documents)["mutation DeletePasskey($input: DeletePasskeyInput!) { deletePasskey(input: $input) { deletedPasskeyId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateRecoveryCodes($input: CreateRecoveryCodesInput!) { createRecoveryCodes(input: $input) { recoveryCodes userErrors { field message } } }"): (typeof documents)["mutation CreateRecoveryCodes($input: CreateRecoveryCodesInput!) { createRecoveryCodes(input: $input) { recoveryCodes userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation LinkIdentity($input: LinkIdentityInput!) { linkIdentity(input: $input) { location userErrors { field message } } }"): (typeof documents)["mutation LinkIdentity($input: LinkIdentityInput!) { linkIdentity(input: $input) { location userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UnlinkIdentity($input: UnlinkIdentityInput!) { unlinkIdentity(input: $input) { unlinkedIdentityProviderId userErrors { field message } } }"): (typeof documents)["mutation UnlinkIdentity($input: UnlinkIdentityInput!) { unlinkIdentity(input: $input) { unlinkedIdentityProviderId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateProfile($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id name } userErrors { field message } } }"): (typeof documents)["mutation UpdateProfile($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id name } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RenamePasskey($input: RenamePasskeyInput!) { renamePasskey(input: $input) { passkey { id name } userErrors { field message } } }"): (typeof documents)["mutation RenamePasskey($input: RenamePasskeyInput!) { renamePasskey(input: $input) { passkey { id name } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation EndSession($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { field message } } }"): (typeof documents)["mutation EndSession($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation EndOtherSessions($input: DeleteOtherSessionsInput!) { deleteOtherSessions(input: $input) { ended userErrors { field message } } }"): (typeof documents)["mutation EndOtherSessions($input: DeleteOtherSessionsInput!) { deleteOtherSessions(input: $input) { ended userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation BeginTotp($input: BeginTotpInput!) { beginTotp(input: $input) { secret qrCode userErrors { field message } } }"): (typeof documents)["mutation BeginTotp($input: BeginTotpInput!) { beginTotp(input: $input) { secret qrCode userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ConfirmTotp($input: ConfirmTotpInput!) { confirmTotp(input: $input) { recoveryCodes userErrors { field message } } }"): (typeof documents)["mutation ConfirmTotp($input: ConfirmTotpInput!) { confirmTotp(input: $input) { recoveryCodes userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation BeginPasskey($input: BeginPasskeyInput!) { beginPasskey(input: $input) { question { token options } userErrors { field message } } }"): (typeof documents)["mutation BeginPasskey($input: BeginPasskeyInput!) { beginPasskey(input: $input) { question { token options } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreatePasskey($input: CreatePasskeyInput!) { createPasskey(input: $input) { passkey { id name } recoveryCodes userErrors { field message } } }"): (typeof documents)["mutation CreatePasskey($input: CreatePasskeyInput!) { createPasskey(input: $input) { passkey { id name } recoveryCodes userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation AcknowledgeAlert($input: AcknowledgeAlertInput!) { acknowledgeAlert(input: $input) { alert { id acknowledgedAt } userErrors { field message } } }"): (typeof documents)["mutation AcknowledgeAlert($input: AcknowledgeAlertInput!) { acknowledgeAlert(input: $input) { alert { id acknowledgedAt } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Alert($ids: [ID!]) {\n  alerts(first: 1, filter: { id: $ids }) { nodes { ...AlertRow cause evidence note acknowledgedBy { id name } subject { __typename id } } }\n}"): (typeof documents)["query Alert($ids: [ID!]) {\n  alerts(first: 1, filter: { id: $ids }) { nodes { ...AlertRow cause evidence note acknowledgedBy { id name } subject { __typename id } } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment AlertRow on Alert { id kind severity title raisedAt renewedAt clearedAt acknowledgedAt occurrences asset { id name } }"): (typeof documents)["fragment AlertRow on Alert { id kind severity title raisedAt renewedAt clearedAt acknowledgedAt occurrences asset { id name } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Alerts($first: Int, $after: String, $last: Int, $before: String, $filter: AlertFilter) {\n  alerts(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...AlertRow } }\n}"): (typeof documents)["query Alerts($first: Int, $after: String, $last: Int, $before: String, $filter: AlertFilter) {\n  alerts(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...AlertRow } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ReleaseBrake($input: ReleaseExpiryBrakeInput!) { releaseExpiryBrake(input: $input) { approvalRequest { id } userErrors { field message } } }"): (typeof documents)["mutation ReleaseBrake($input: ReleaseExpiryBrakeInput!) { releaseExpiryBrake(input: $input) { approvalRequest { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Approval($id: ID!) {\n  node(id: $id) {\n    __typename\n    ... on ApprovalRequest {\n      id action status summary plan planHash reason note requestedAt expiresAt decidedAt until requestedBy { id name email } decidedBy { id name } viewerCan { decide cancel }\n      legalHold { id name reason recoveryPoints(first: 1) { totalCount } }\n      recoveryPoints { id takenAt expiresAt status asset { id name } }\n    }\n  }\n}"): (typeof documents)["query Approval($id: ID!) {\n  node(id: $id) {\n    __typename\n    ... on ApprovalRequest {\n      id action status summary plan planHash reason note requestedAt expiresAt decidedAt until requestedBy { id name email } decidedBy { id name } viewerCan { decide cancel }\n      legalHold { id name reason recoveryPoints(first: 1) { totalCount } }\n      recoveryPoints { id takenAt expiresAt status asset { id name } }\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Approve($input: ApproveApprovalRequestInput!) { approveApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }"): (typeof documents)["mutation Approve($input: ApproveApprovalRequestInput!) { approveApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Deny($input: DenyApprovalRequestInput!) { denyApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }"): (typeof documents)["mutation Deny($input: DenyApprovalRequestInput!) { denyApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CancelApproval($input: CancelApprovalRequestInput!) { cancelApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }"): (typeof documents)["mutation CancelApproval($input: CancelApprovalRequestInput!) { cancelApprovalRequest(input: $input) { approvalRequest { id status } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Approvals($first: Int, $after: String, $last: Int, $before: String, $filter: ApprovalRequestFilter) {\n  approvalRequests(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id action status summary reason requestedAt expiresAt decidedAt requestedBy { id name } viewerCan { decide cancel } }\n  }\n}"): (typeof documents)["query Approvals($first: Int, $after: String, $last: Int, $before: String, $filter: ApprovalRequestFilter) {\n  approvalRequests(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id action status summary reason requestedAt expiresAt decidedAt requestedBy { id name } viewerCan { decide cancel } }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Asset($id: ID!) {\n  asset(id: $id) {\n    id name kind canBeBackedUp nativeId arn region discoveredAt seenAt deletedAt tags { key value } awsAccount { id name accountId } policy { id name }\n    volume { sizeGib state volumeType availabilityZone encrypted iops throughputMibps kmsKeyId attachments { instanceNativeId device } }\n    instance { instanceType state availabilityZone imageNativeId vpcNativeId volumes { device volumeNativeId } }\n    lastRecoveryPoint { id takenAt proof status placement isFull sizeBytes addedBytes expiresAt }\n    recoveryPointDays(days: 366) { day available proven }\n    recoveryPoints(first: 10) { totalCount nodes { ...PointRow } }\n    tasks(first: 8) { nodes { ...TaskRow } }\n    compliance { ...Standing }\n    protection { ...Trace }\n    viewerCan { backUp assignPolicy }\n  }\n}"): (typeof documents)["query Asset($id: ID!) {\n  asset(id: $id) {\n    id name kind canBeBackedUp nativeId arn region discoveredAt seenAt deletedAt tags { key value } awsAccount { id name accountId } policy { id name }\n    volume { sizeGib state volumeType availabilityZone encrypted iops throughputMibps kmsKeyId attachments { instanceNativeId device } }\n    instance { instanceType state availabilityZone imageNativeId vpcNativeId volumes { device volumeNativeId } }\n    lastRecoveryPoint { id takenAt proof status placement isFull sizeBytes addedBytes expiresAt }\n    recoveryPointDays(days: 366) { day available proven }\n    recoveryPoints(first: 10) { totalCount nodes { ...PointRow } }\n    tasks(first: 8) { nodes { ...TaskRow } }\n    compliance { ...Standing }\n    protection { ...Trace }\n    viewerCan { backUp assignPolicy }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Assets($first: Int, $after: String, $last: Int, $before: String, $filter: AssetFilter, $orderBy: AssetOrder) {\n  assets(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name kind canBeBackedUp nativeId region discoveredAt deletedAt awsAccount { id name } policy { id name } volume { sizeGib volumeType } instance { instanceType } lastRecoveryPoint { id takenAt proof } compliance { status } viewerCan { backUp assignPolicy } }\n  }\n}"): (typeof documents)["query Assets($first: Int, $after: String, $last: Int, $before: String, $filter: AssetFilter, $orderBy: AssetOrder) {\n  assets(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name kind canBeBackedUp nativeId region discoveredAt deletedAt awsAccount { id name } policy { id name } volume { sizeGib volumeType } instance { instanceType } lastRecoveryPoint { id takenAt proof } compliance { status } viewerCan { backUp assignPolicy } }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query MatchingCounts($filter: AssetFilter) { assetsByPolicy(filter: $filter) { policyId assets } }"): (typeof documents)["query MatchingCounts($filter: AssetFilter) { assetsByPolicy(filter: $filter) { policyId assets } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation AssignMatching($input: AssignPolicyToMatchingInput!) { assignPolicyToMatching(input: $input) { task { id } userErrors { field message } } }"): (typeof documents)["mutation AssignMatching($input: AssignPolicyToMatchingInput!) { assignPolicyToMatching(input: $input) { task { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UnassignMatching($input: UnassignPolicyFromMatchingInput!) { unassignPolicyFromMatching(input: $input) { task { id } userErrors { field message } } }"): (typeof documents)["mutation UnassignMatching($input: UnassignPolicyFromMatchingInput!) { unassignPolicyFromMatching(input: $input) { task { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Assign($input: AssignPolicyInput!) { assignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }"): (typeof documents)["mutation Assign($input: AssignPolicyInput!) { assignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Unassign($input: UnassignPolicyInput!) { unassignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }"): (typeof documents)["mutation Unassign($input: UnassignPolicyInput!) { unassignPolicy(input: $input) { assets { id policy { id name } } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation BackUp($input: StartBackupInput!) { startBackup(input: $input) { tasks { id } userErrors { field message } } }"): (typeof documents)["mutation BackUp($input: StartBackupInput!) { startBackup(input: $input) { tasks { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment AssetChoice on Asset { id name nativeId }"): (typeof documents)["fragment AssetChoice on Asset { id name nativeId }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query AssetChoices($first: Int!, $search: String, $chosen: [ID!]!, $any: Boolean!) {\n  assets(first: $first, filter: { search: $search, includeDeleted: true }) { totalCount nodes { ...AssetChoice } }\n  chosen: assets(first: 100, filter: { id: $chosen, includeDeleted: true }) @include(if: $any) { nodes { ...AssetChoice } }\n}"): (typeof documents)["query AssetChoices($first: Int!, $search: String, $chosen: [ID!]!, $any: Boolean!) {\n  assets(first: $first, filter: { search: $search, includeDeleted: true }) { totalCount nodes { ...AssetChoice } }\n  chosen: assets(first: 100, filter: { id: $chosen, includeDeleted: true }) @include(if: $any) { nodes { ...AssetChoice } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Audit($first: Int, $after: String, $last: Int, $before: String, $filter: AuditEventFilter) {\n  auditLog { actions size firstSequence headHash status publicKey lastCheckpoint { size madeAt exportedAt text } }\n  auditEvents(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id sequence action outcome occurredAt summary address interface requestId targetId hash previousHash actor { __typename ... on User { id name } ... on ServiceToken { id } ... on SystemActor { component } } }\n  }\n}"): (typeof documents)["query Audit($first: Int, $after: String, $last: Int, $before: String, $filter: AuditEventFilter) {\n  auditLog { actions size firstSequence headHash status publicKey lastCheckpoint { size madeAt exportedAt text } }\n  auditEvents(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id sequence action outcome occurredAt summary address interface requestId targetId hash previousHash actor { __typename ... on User { id name } ... on ServiceToken { id } ... on SystemActor { component } } }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query AuditExport($after: String, $filter: AuditEventFilter) {\n  auditEvents(first: 100, after: $after, filter: $filter) {\n    pageInfo { hasNextPage endCursor }\n    nodes { sequence occurredAt action outcome interface address requestId targetId summary hash previousHash actor { __typename ... on User { id name email } ... on ServiceToken { id } ... on SystemActor { component } } }\n  }\n}"): (typeof documents)["query AuditExport($after: String, $filter: AuditEventFilter) {\n  auditEvents(first: 100, after: $after, filter: $filter) {\n    pageInfo { hasNextPage endCursor }\n    nodes { sequence occurredAt action outcome interface address requestId targetId summary hash previousHash actor { __typename ... on User { id name email } ... on ServiceToken { id } ... on SystemActor { component } } }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query AuditLines($after: String) { auditEvents(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { sequence line } } }"): (typeof documents)["query AuditLines($after: String) { auditEvents(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { sequence line } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query AwsAccount($id: ID!) {\n  awsAccount(id: $id) {\n    id name accountId status accessKind roleArn externalId createdAt version\n    organizationalUnit { id name }\n    regions { region status assetKinds missingPermissions inventoriedAt }\n    setup { cloudFormation terraform trustPolicy permissionPolicy }\n    viewerCan { disconnect refreshInventory update verify }\n  }\n  checks: tasks(first: 1, filter: { awsAccount: [$id], kind: [VERIFY_AWS_ACCOUNT] }) { nodes { id status createdAt finishedAt failure { message remedy } } }\n  assets(first: 1, filter: { awsAccount: [$id] }) { totalCount }\n}"): (typeof documents)["query AwsAccount($id: ID!) {\n  awsAccount(id: $id) {\n    id name accountId status accessKind roleArn externalId createdAt version\n    organizationalUnit { id name }\n    regions { region status assetKinds missingPermissions inventoriedAt }\n    setup { cloudFormation terraform trustPolicy permissionPolicy }\n    viewerCan { disconnect refreshInventory update verify }\n  }\n  checks: tasks(first: 1, filter: { awsAccount: [$id], kind: [VERIFY_AWS_ACCOUNT] }) { nodes { id status createdAt finishedAt failure { message remedy } } }\n  assets(first: 1, filter: { awsAccount: [$id] }) { totalCount }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation VerifyAwsAccount($input: VerifyAwsAccountInput!) { verifyAwsAccount(input: $input) { task { id } userErrors { field message } } }"): (typeof documents)["mutation VerifyAwsAccount($input: VerifyAwsAccountInput!) { verifyAwsAccount(input: $input) { task { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RefreshInventory($input: RefreshInventoryInput!) { refreshInventory(input: $input) { tasks { id } userErrors { field message } } }"): (typeof documents)["mutation RefreshInventory($input: RefreshInventoryInput!) { refreshInventory(input: $input) { tasks { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DisconnectAwsAccount($input: DisconnectAwsAccountInput!) { disconnectAwsAccount(input: $input) { awsAccount { id status } userErrors { field message } } }"): (typeof documents)["mutation DisconnectAwsAccount($input: DisconnectAwsAccountInput!) { disconnectAwsAccount(input: $input) { awsAccount { id status } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query AwsAccounts($first: Int, $after: String, $last: Int, $before: String, $filter: AwsAccountFilter) {\n  awsAccounts(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name accountId status organizationalUnit { id name } regions { region status inventoriedAt missingPermissions } }\n  }\n}"): (typeof documents)["query AwsAccounts($first: Int, $after: String, $last: Int, $before: String, $filter: AwsAccountFilter) {\n  awsAccounts(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name accountId status organizationalUnit { id name } regions { region status inventoriedAt missingPermissions } }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateAwsAccount($input: UpdateAwsAccountInput!) { updateAwsAccount(input: $input) { awsAccount { id version } userErrors { field message } } }"): (typeof documents)["mutation UpdateAwsAccount($input: UpdateAwsAccountInput!) { updateAwsAccount(input: $input) { awsAccount { id version } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ConnectAwsAccount($input: ConnectAwsAccountInput!) { connectAwsAccount(input: $input) { awsAccount { id } task { id } userErrors { field message } } }"): (typeof documents)["mutation ConnectAwsAccount($input: ConnectAwsAccountInput!) { connectAwsAccount(input: $input) { awsAccount { id } task { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment AccountChoice on AwsAccount { id name accountId status regions { region } }"): (typeof documents)["fragment AccountChoice on AwsAccount { id name accountId status regions { region } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query AccountChoices($first: Int!, $search: String, $status: [AwsAccountStatus!], $chosen: [ID!]!) {\n  awsAccounts(first: $first, filter: { search: $search, status: $status }) { totalCount nodes { ...AccountChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on AwsAccount { ...AccountChoice } }\n}"): (typeof documents)["query AccountChoices($first: Int!, $search: String, $status: [AwsAccountStatus!], $chosen: [ID!]!) {\n  awsAccounts(first: $first, filter: { search: $search, status: $status }) { totalCount nodes { ...AccountChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on AwsAccount { ...AccountChoice } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Calendar($from: DateTime!, $until: DateTime!) { calendar(from: $from, until: $until) { startsAt runs { assetKind placement count } } }"): (typeof documents)["query Calendar($from: DateTime!, $until: DateTime!) { calendar(from: $from, until: $until) { startsAt runs { assetKind placement count } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment Standing on AssetCompliance { status since checkedAt nextCheckAt controls { control status since reasons { code message } } }"): (typeof documents)["fragment Standing on AssetCompliance { status since checkedAt nextCheckAt controls { control status since reasons { code message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment AccountRow on AwsAccount { id name status regions { region status missingPermissions } }"): (typeof documents)["fragment AccountRow on AwsAccount { id name status regions { region status missingPermissions } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Dashboard($since: DateTime!) {\n  activityCounts { running queued blocked failed completed }\n  protectionCounts { assetKind total protected canBeBackedUp }\n  complianceSummary { overall { in out unknown } }\n  recoveryPointsByProof { proof recoveryPoints }\n  accounts: awsAccounts(first: 5, filter: { status: [DEGRADED] }) { nodes { ...AccountRow } }\n  alerts(first: 5, filter: { isOpen: true }) { nodes { ...AlertRow } }\n  blocked: tasks(first: 5, filter: { status: [BLOCKED] }) { nodes { ...TaskRow } }\n  failed: tasks(first: 5, filter: { status: [FAILED, PARTIAL], createdAt: { gte: $since } }) { totalCount nodes { ...TaskRow } }\n  running: tasks(first: 6, filter: { status: [RUNNING, ABORTING] }) { nodes { ...TaskRow } }\n}"): (typeof documents)["query Dashboard($since: DateTime!) {\n  activityCounts { running queued blocked failed completed }\n  protectionCounts { assetKind total protected canBeBackedUp }\n  complianceSummary { overall { in out unknown } }\n  recoveryPointsByProof { proof recoveryPoints }\n  accounts: awsAccounts(first: 5, filter: { status: [DEGRADED] }) { nodes { ...AccountRow } }\n  alerts(first: 5, filter: { isOpen: true }) { nodes { ...AlertRow } }\n  blocked: tasks(first: 5, filter: { status: [BLOCKED] }) { nodes { ...TaskRow } }\n  failed: tasks(first: 5, filter: { status: [FAILED, PARTIAL], createdAt: { gte: $since } }) { totalCount nodes { ...TaskRow } }\n  running: tasks(first: 6, filter: { status: [RUNNING, ABORTING] }) { nodes { ...TaskRow } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Latest { recoveryPoints(first: 6) { nodes { id status proof takenAt asset { id name } } } }"): (typeof documents)["query Latest { recoveryPoints(first: 6) { nodes { id status proof takenAt asset { id name } } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Next($from: DateTime!, $until: DateTime!) { calendar(from: $from, until: $until) { startsAt runs { count } } }"): (typeof documents)["query Next($from: DateTime!, $until: DateTime!) { calendar(from: $from, until: $until) { startsAt runs { count } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Protection { protectionCounts { assetKind total protected canBeBackedUp awsAccount { id name } organizationalUnit { id name } } complianceSummary { byKind { kind counts { out } } byAwsAccount { awsAccount { id } counts { out } } byOrganizationalUnit { organizationalUnit { id } counts { out } } } }"): (typeof documents)["query Protection { protectionCounts { assetKind total protected canBeBackedUp awsAccount { id name } organizationalUnit { id name } } complianceSummary { byKind { kind counts { out } } byAwsAccount { awsAccount { id } counts { out } } byOrganizationalUnit { organizationalUnit { id } counts { out } } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Storage { storageHistory(days: 30) { day protectedBytes storedBytes } }"): (typeof documents)["query Storage { storageHistory(days: 30) { day protectedBytes storedBytes } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query FirstSteps {\n  accounts: awsAccounts(first: 1, filter: { status: [CONNECTED, DEGRADED] }) { totalCount }\n  waiting: awsAccounts(first: 1, filter: { status: [PENDING] }) { nodes { id name } }\n  backups: tasks(first: 1, filter: { kind: [BACKUP_EBS], status: [QUEUED, RUNNING] }) { nodes { id } }\n  policies(first: 1) { totalCount }\n  protected: assets(first: 1, filter: { isProtected: true }) { totalCount }\n  points: recoveryPoints(first: 1, filter: { status: [AVAILABLE] }) { totalCount }\n  restores: tasks(first: 1, filter: { kind: [RESTORE_EBS, RESTORE_IMAGE], status: [COMPLETED, COMPLETED_WITH_WARNINGS] }) { totalCount }\n}"): (typeof documents)["query FirstSteps {\n  accounts: awsAccounts(first: 1, filter: { status: [CONNECTED, DEGRADED] }) { totalCount }\n  waiting: awsAccounts(first: 1, filter: { status: [PENDING] }) { nodes { id name } }\n  backups: tasks(first: 1, filter: { kind: [BACKUP_EBS], status: [QUEUED, RUNNING] }) { nodes { id } }\n  policies(first: 1) { totalCount }\n  protected: assets(first: 1, filter: { isProtected: true }) { totalCount }\n  points: recoveryPoints(first: 1, filter: { status: [AVAILABLE] }) { totalCount }\n  restores: tasks(first: 1, filter: { kind: [RESTORE_EBS, RESTORE_IMAGE], status: [COMPLETED, COMPLETED_WITH_WARNINGS] }) { totalCount }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query DomainClaims { domainClaims { id domain provenAt recordName recordText } }"): (typeof documents)["query DomainClaims { domainClaims { id domain provenAt recordName recordText } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ClaimDomain($input: ClaimDomainInput!) { claimDomain(input: $input) { domainClaim { id } userErrors { field message } } }"): (typeof documents)["mutation ClaimDomain($input: ClaimDomainInput!) { claimDomain(input: $input) { domainClaim { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ProveDomain($input: ProveDomainInput!) { proveDomain(input: $input) { domainClaim { id provenAt } userErrors { field message } } }"): (typeof documents)["mutation ProveDomain($input: ProveDomainInput!) { proveDomain(input: $input) { domainClaim { id provenAt } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ReleaseDomain($input: ReleaseDomainInput!) { releaseDomain(input: $input) { releasedDomainClaimId userErrors { field message } } }"): (typeof documents)["mutation ReleaseDomain($input: ReleaseDomainInput!) { releaseDomain(input: $input) { releasedDomainClaimId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Enforcement {\n  signOnEnforcement { enforced breakGlassUsers { id name } }\n}"): (typeof documents)["query Enforcement {\n  signOnEnforcement { enforced breakGlassUsers { id name } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation EnforceSignOn($input: EnforceSignOnInput!) { enforceSignOn(input: $input) { enforcement { enforced } userErrors { field message } } }"): (typeof documents)["mutation EnforceSignOn($input: EnforceSignOnInput!) { enforceSignOn(input: $input) { enforcement { enforced } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query IdentityProvider($id: ID!) {\n  node(id: $id) { __typename ... on IdentityProvider {\n    id name state version createdAt\n    addresses { start callback backChannelLogout signedOut assertionConsumer metadata scim }\n    oidc { issuer clientId groupsClaim hasClientSecret }\n    saml { entityId signOnAddress certificates emailAttribute nameAttribute groupsAttribute allowsUnsolicited needsSignedAssertion }\n    rules { name operator values role { id name builtIn } organizationalUnits { id name } }\n  } }\n}"): (typeof documents)["query IdentityProvider($id: ID!) {\n  node(id: $id) { __typename ... on IdentityProvider {\n    id name state version createdAt\n    addresses { start callback backChannelLogout signedOut assertionConsumer metadata scim }\n    oidc { issuer clientId groupsClaim hasClientSecret }\n    saml { entityId signOnAddress certificates emailAttribute nameAttribute groupsAttribute allowsUnsolicited needsSignedAssertion }\n    rules { name operator values role { id name builtIn } organizationalUnits { id name } }\n  } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation TestIdentityProvider($input: TestIdentityProviderInput!) { testIdentityProvider(input: $input) { location userErrors { field message } } }"): (typeof documents)["mutation TestIdentityProvider($input: TestIdentityProviderInput!) { testIdentityProvider(input: $input) { location userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ActivateIdentityProvider($input: ActivateIdentityProviderInput!) { activateIdentityProvider(input: $input) { identityProvider { id state } userErrors { field message } } }"): (typeof documents)["mutation ActivateIdentityProvider($input: ActivateIdentityProviderInput!) { activateIdentityProvider(input: $input) { identityProvider { id state } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeactivateIdentityProvider($input: DeactivateIdentityProviderInput!) { deactivateIdentityProvider(input: $input) { identityProvider { id state } userErrors { field message } } }"): (typeof documents)["mutation DeactivateIdentityProvider($input: DeactivateIdentityProviderInput!) { deactivateIdentityProvider(input: $input) { identityProvider { id state } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateIdentityProvider($input: UpdateIdentityProviderInput!) { updateIdentityProvider(input: $input) { identityProvider { id version } userErrors { field message } } }"): (typeof documents)["mutation UpdateIdentityProvider($input: UpdateIdentityProviderInput!) { updateIdentityProvider(input: $input) { identityProvider { id version } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeleteIdentityProvider($input: DeleteIdentityProviderInput!) { deleteIdentityProvider(input: $input) { deletedIdentityProviderId userErrors { field message } } }"): (typeof documents)["mutation DeleteIdentityProvider($input: DeleteIdentityProviderInput!) { deleteIdentityProvider(input: $input) { deletedIdentityProviderId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query IdentityProviders { identityProviders { id name state createdAt oidc { issuer } saml { entityId } rules { name } } }"): (typeof documents)["query IdentityProviders { identityProviders { id name state createdAt oidc { issuer } saml { entityId } rules { name } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateIdentityProvider($input: CreateIdentityProviderInput!) { createIdentityProvider(input: $input) { identityProvider { id } userErrors { field message } } }"): (typeof documents)["mutation CreateIdentityProvider($input: CreateIdentityProviderInput!) { createIdentityProvider(input: $input) { identityProvider { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateGroupRules($input: UpdateIdentityProviderInput!) { updateIdentityProvider(input: $input) { identityProvider { id version } userErrors { field message } } }"): (typeof documents)["mutation UpdateGroupRules($input: UpdateIdentityProviderInput!) { updateIdentityProvider(input: $input) { identityProvider { id version } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateScimToken($input: CreateScimTokenInput!) { createScimToken(input: $input) { secret userErrors { field message } } }"): (typeof documents)["mutation CreateScimToken($input: CreateScimTokenInput!) { createScimToken(input: $input) { secret userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeleteScimToken($input: DeleteScimTokenInput!) { deleteScimToken(input: $input) { identityProviderId userErrors { field message } } }"): (typeof documents)["mutation DeleteScimToken($input: DeleteScimTokenInput!) { deleteScimToken(input: $input) { identityProviderId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query LegalHold($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {\n  node(id: $id) {\n    __typename\n    ... on LegalHold {\n      id name reason includesNew createdAt releasedAt organizationalUnit { id name } createdBy { __typename ... on User { name } ... on ServiceToken { id } }\n      recoveryPoints(first: $first, after: $after, last: $last, before: $before) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...PointRow } }\n    }\n  }\n}"): (typeof documents)["query LegalHold($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {\n  node(id: $id) {\n    __typename\n    ... on LegalHold {\n      id name reason includesNew createdAt releasedAt organizationalUnit { id name } createdBy { __typename ... on User { name } ... on ServiceToken { id } }\n      recoveryPoints(first: $first, after: $after, last: $last, before: $before) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...PointRow } }\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ReleaseLegalHold($input: ReleaseLegalHoldInput!) { releaseLegalHold(input: $input) { approvalRequest { id } userErrors { field message } } }"): (typeof documents)["mutation ReleaseLegalHold($input: ReleaseLegalHoldInput!) { releaseLegalHold(input: $input) { approvalRequest { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query LegalHolds($first: Int, $after: String, $last: Int, $before: String, $filter: LegalHoldFilter) {\n  legalHolds(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name reason includesNew createdAt releasedAt organizationalUnit { id name } createdBy { __typename ... on User { name } ... on ServiceToken { id } } recoveryPoints(first: 1) { totalCount } }\n  }\n}"): (typeof documents)["query LegalHolds($first: Int, $after: String, $last: Int, $before: String, $filter: LegalHoldFilter) {\n  legalHolds(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name reason includesNew createdAt releasedAt organizationalUnit { id name } createdBy { __typename ... on User { name } ... on ServiceToken { id } } recoveryPoints(first: 1) { totalCount } }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query HoldUnits { organizationalUnits { id name parent { id } } }"): (typeof documents)["query HoldUnits { organizationalUnits { id name parent { id } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query HoldCount($filter: RecoveryPointFilter) { recoveryPoints(first: 1, filter: $filter) { totalCount } }"): (typeof documents)["query HoldCount($filter: RecoveryPointFilter) { recoveryPoints(first: 1, filter: $filter) { totalCount } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateLegalHold($input: CreateLegalHoldInput!) { createLegalHold(input: $input) { legalHold { id } userErrors { field message } } }"): (typeof documents)["mutation CreateLegalHold($input: CreateLegalHoldInput!) { createLegalHold(input: $input) { legalHold { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Organization {\n  organization { id name createdAt version kmsKeyArn settings { auditRetentionDays auditWebhookUrl ipAllowlist mfaRequired passwordDaysMax passwordProfile sessionHours sessionIdleMinutes } }\n}"): (typeof documents)["query Organization {\n  organization { id name createdAt version kmsKeyArn settings { auditRetentionDays auditWebhookUrl ipAllowlist mfaRequired passwordDaysMax passwordProfile sessionHours sessionIdleMinutes } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateOrganizationSettings($input: UpdateOrganizationSettingsInput!) { updateOrganizationSettings(input: $input) { organization { id version } userErrors { field message } } }"): (typeof documents)["mutation UpdateOrganizationSettings($input: UpdateOrganizationSettingsInput!) { updateOrganizationSettings(input: $input) { organization { id version } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateOrganizationalUnit($input: CreateOrganizationalUnitInput!) { createOrganizationalUnit(input: $input) { organizationalUnit { id name } userErrors { field message } } }"): (typeof documents)["mutation CreateOrganizationalUnit($input: CreateOrganizationalUnitInput!) { createOrganizationalUnit(input: $input) { organizationalUnit { id name } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RenameOrganizationalUnit($input: RenameOrganizationalUnitInput!) { renameOrganizationalUnit(input: $input) { organizationalUnit { id name version } userErrors { field message } } }"): (typeof documents)["mutation RenameOrganizationalUnit($input: RenameOrganizationalUnitInput!) { renameOrganizationalUnit(input: $input) { organizationalUnit { id name version } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation MoveOrganizationalUnit($input: MoveOrganizationalUnitInput!) { moveOrganizationalUnit(input: $input) { organizationalUnit { id version } userErrors { field message } } }"): (typeof documents)["mutation MoveOrganizationalUnit($input: MoveOrganizationalUnitInput!) { moveOrganizationalUnit(input: $input) { organizationalUnit { id version } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeleteOrganizationalUnit($input: DeleteOrganizationalUnitInput!) { deleteOrganizationalUnit(input: $input) { deletedOrganizationalUnitId userErrors { field message } } }"): (typeof documents)["mutation DeleteOrganizationalUnit($input: DeleteOrganizationalUnitInput!) { deleteOrganizationalUnit(input: $input) { deletedOrganizationalUnitId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query OrganizationalUnits { organizationalUnits { id name version parent { id } } }"): (typeof documents)["query OrganizationalUnits { organizationalUnits { id name version parent { id } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query DraftRuns($operations: [PolicyOperationInput!]!) { policyDraftRuns(first: 3, operations: $operations) { nominalAt assetKind placement keep { value unit } } }"): (typeof documents)["query DraftRuns($operations: [PolicyOperationInput!]!) { policyDraftRuns(first: 3, operations: $operations) { nominalAt assetKind placement keep { value unit } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query PolicyToEdit($id: ID!, $ids: [ID!]) { policy(id: $id) { ...PolicyTerms viewerCan { update } } assetsByPolicy(filter: { policy: $ids }) { assets } }"): (typeof documents)["query PolicyToEdit($id: ID!, $ids: [ID!]) { policy(id: $id) { ...PolicyTerms viewerCan { update } } assetsByPolicy(filter: { policy: $ids }) { assets } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreatePolicy($input: CreatePolicyInput!) { createPolicy(input: $input) { policy { id } userErrors { code field message } } }"): (typeof documents)["mutation CreatePolicy($input: CreatePolicyInput!) { createPolicy(input: $input) { policy { id } userErrors { code field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdatePolicy($input: UpdatePolicyInput!) { updatePolicy(input: $input) { policy { ...PolicyTerms } userErrors { code field message } } }"): (typeof documents)["mutation UpdatePolicy($input: UpdatePolicyInput!) { updatePolicy(input: $input) { policy { ...PolicyTerms } userErrors { code field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query PolicyTemplates { policyTemplates { name description operations { assetKind placement targetRegion storageTier catchUp start { hour minute zone } window { opens { hour minute } closes { hour minute } } proof { level within { value unit } sample { kind percent } } frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } } } }"): (typeof documents)["query PolicyTemplates { policyTemplates { name description operations { assetKind placement targetRegion storageTier catchUp start { hour minute zone } window { opens { hour minute } closes { hour minute } } proof { level within { value unit } sample { kind percent } } frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Policies($first: Int, $after: String, $last: Int, $before: String, $filter: PolicyFilter) {\n  policies(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name description isActive updatedAt operations { assetKind placement frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } } }\n  }\n  assetsByPolicy { policyId assets }\n}"): (typeof documents)["query Policies($first: Int, $after: String, $last: Int, $before: String, $filter: PolicyFilter) {\n  policies(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name description isActive updatedAt operations { assetKind placement frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } } }\n  }\n  assetsByPolicy { policyId assets }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Policy($id: ID!, $ids: [ID!]) {\n  policy(id: $id) { ...PolicyTerms isActive createdAt updatedAt organizationalUnit { id name } viewerCan { assign delete pause update } nextRuns(first: 8) { nominalAt assetKind placement keep { value unit } closesAt } }\n  assetsByPolicy(filter: { policy: $ids }) { assets }\n}"): (typeof documents)["query Policy($id: ID!, $ids: [ID!]) {\n  policy(id: $id) { ...PolicyTerms isActive createdAt updatedAt organizationalUnit { id name } viewerCan { assign delete pause update } nextRuns(first: 8) { nominalAt assetKind placement keep { value unit } closesAt } }\n  assetsByPolicy(filter: { policy: $ids }) { assets }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment PolicyTerms on Policy {\n  id name description version\n  operations { assetKind placement targetRegion storageTier catchUp start { hour minute zone } window { opens { hour minute } closes { hour minute } } proof { level within { value unit } sample { kind percent } } frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } }\n}"): (typeof documents)["fragment PolicyTerms on Policy {\n  id name description version\n  operations { assetKind placement targetRegion storageTier catchUp start { hour minute zone } window { opens { hour minute } closes { hour minute } } proof { level within { value unit } sample { kind percent } } frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation PausePolicy($input: PausePolicyInput!) { pausePolicy(input: $input) { policy { id isActive } userErrors { field message } } }"): (typeof documents)["mutation PausePolicy($input: PausePolicyInput!) { pausePolicy(input: $input) { policy { id isActive } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ResumePolicy($input: ResumePolicyInput!) { resumePolicy(input: $input) { policy { id isActive } userErrors { field message } } }"): (typeof documents)["mutation ResumePolicy($input: ResumePolicyInput!) { resumePolicy(input: $input) { policy { id isActive } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeletePolicy($input: DeletePolicyInput!) { deletePolicy(input: $input) { deletedPolicyId userErrors { field message } } }"): (typeof documents)["mutation DeletePolicy($input: DeletePolicyInput!) { deletePolicy(input: $input) { deletedPolicyId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment PolicyChoice on Policy { id name viewerCan { assign } }"): (typeof documents)["fragment PolicyChoice on Policy { id name viewerCan { assign } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query PolicyChoices($first: Int!, $search: String, $chosen: [ID!]!) {\n  policies(first: $first, filter: { search: $search }) { totalCount nodes { ...PolicyChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on Policy { ...PolicyChoice } }\n}"): (typeof documents)["query PolicyChoices($first: Int!, $search: String, $chosen: [ID!]!) {\n  policies(first: $first, filter: { search: $search }) { totalCount nodes { ...PolicyChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on Policy { ...PolicyChoice } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query PlanNow($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Policy { ...PolicyTerms } ... on ProtectionRule { id name isActive conditionInput policy { id } } } }"): (typeof documents)["query PlanNow($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Policy { ...PolicyTerms } ... on ProtectionRule { id name isActive conditionInput policy { id } } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query RuleToEdit($id: ID!, $isNew: Boolean!, $unit: ID) {\n  protectionRule(id: $id) @skip(if: $isNew) { id name isActive conditionInput policy { id } viewerCan { update } }\n  protectionOrder(organizationalUnitId: $unit) @include(if: $isNew) { entries { kind rule { id name } } }\n  ...Known\n}"): (typeof documents)["query RuleToEdit($id: ID!, $isNew: Boolean!, $unit: ID) {\n  protectionRule(id: $id) @skip(if: $isNew) { id name isActive conditionInput policy { id } viewerCan { update } }\n  protectionOrder(organizationalUnitId: $unit) @include(if: $isNew) { entries { kind rule { id name } } }\n  ...Known\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ProtectionPlan($input: ProtectionPreviewInput!, $effects: [ProtectionEffect!], $first: Int, $after: String, $last: Int, $before: String) {\n  protectionPreview(input: $input) {\n    userErrors { field message }\n    plan {\n      ...PlanCounts\n      changes { action noun name differenceCount differences { path before after } }\n      assetChanges(effects: $effects, first: $first, after: $after, last: $last, before: $before) {\n        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n        nodes { effect asset { id name kind } before { policy { id name } source ruleName } after { policy { id name } source ruleName } }\n      }\n      recoveryPointsToShorten(first: 10) { totalCount nodes { wouldExpireAt recoveryPoint { id takenAt expiresAt asset { id name } } } }\n      forecastBefore { ...Forecast } forecastAfter { ...Forecast }\n    }\n  }\n}"): (typeof documents)["query ProtectionPlan($input: ProtectionPreviewInput!, $effects: [ProtectionEffect!], $first: Int, $after: String, $last: Int, $before: String) {\n  protectionPreview(input: $input) {\n    userErrors { field message }\n    plan {\n      ...PlanCounts\n      changes { action noun name differenceCount differences { path before after } }\n      assetChanges(effects: $effects, first: $first, after: $after, last: $last, before: $before) {\n        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n        nodes { effect asset { id name kind } before { policy { id name } source ruleName } after { policy { id name } source ruleName } }\n      }\n      recoveryPointsToShorten(first: 10) { totalCount nodes { wouldExpireAt recoveryPoint { id takenAt expiresAt asset { id name } } } }\n      forecastBefore { ...Forecast } forecastAfter { ...Forecast }\n    }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ApplyProtection($input: ApplyProtectionInput!) { applyProtection(input: $input) { task { id } userErrors { code field message } } }"): (typeof documents)["mutation ApplyProtection($input: ApplyProtectionInput!) { applyProtection(input: $input) { task { id } userErrors { code field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment Forecast on ProtectionForecastInfo { tasksPerDay runsInLast30Days recoveryPointsKept vaultBytes snapshotBytes costUsdPerMonth }"): (typeof documents)["fragment Forecast on ProtectionForecastInfo { tasksPerDay runsInLast30Days recoveryPointsKept vaultBytes snapshotBytes costUsdPerMonth }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment PlanCounts on ProtectionPlanSummary { hash changeCount assetsGainedCount assetsLostCount assetsChangedCount }"): (typeof documents)["fragment PlanCounts on ProtectionPlanSummary { hash changeCount assetsGainedCount assetsLostCount assetsChangedCount }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ProtectionPreview($input: ProtectionPreviewInput!) {\n  protectionPreview(input: $input) {\n    userErrors { field message }\n    plan { ...PlanCounts changes { action noun } assetChanges(first: 6) { totalCount nodes { effect asset { id name } before { policy { name } } after { policy { name } } } } forecastBefore { ...Forecast } forecastAfter { ...Forecast } }\n  }\n}"): (typeof documents)["query ProtectionPreview($input: ProtectionPreviewInput!) {\n  protectionPreview(input: $input) {\n    userErrors { field message }\n    plan { ...PlanCounts changes { action noun } assetChanges(first: 6) { totalCount nodes { effect asset { id name } before { policy { name } } after { policy { name } } } } forecastBefore { ...Forecast } forecastAfter { ...Forecast } }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ProtectionOrder($unit: ID) {\n  protectionOrder(organizationalUnitId: $unit) { organizationalUnit { id name } viewerCanChange entries { kind rule { id name conditionInput conditionText isActive policy { id name } viewerCan { update move pause delete } } } }\n  ...Known\n}"): (typeof documents)["query ProtectionOrder($unit: ID) {\n  protectionOrder(organizationalUnitId: $unit) { organizationalUnit { id name } viewerCanChange entries { kind rule { id name conditionInput conditionText isActive policy { id name } viewerCan { update move pause delete } } } }\n  ...Known\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment Trace on AssetProtection { isPending policy { id name } trace { source outcome rule { id name conditionInput } failedTest { path text } } }"): (typeof documents)["fragment Trace on AssetProtection { isPending policy { id name } trace { source outcome rule { id name conditionInput } failedTest { path text } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment Known on Query { organizationalUnits { id name parent { id } } }"): (typeof documents)["fragment Known on Query { organizationalUnits { id name parent { id } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Brake($kinds: [AlertKind!]) { alerts(first: 3, filter: { kind: $kinds, isOpen: true }) { nodes { id title } } }"): (typeof documents)["query Brake($kinds: [AlertKind!]) { alerts(first: 3, filter: { kind: $kinds, isOpen: true }) { nodes { id title } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query EndPreview($ids: [ID!]!) {\n  recoveryPointEndTerms { approvalDays undoDays }\n  recoveryPoints(first: 100, filter: { id: $ids }) { nodes { id status expiresAt lockedUntil addedBytes legalHolds { id } asset { id policy { id } lastRecoveryPoint { id } } viewerCan { delete } } }\n}"): (typeof documents)["query EndPreview($ids: [ID!]!) {\n  recoveryPointEndTerms { approvalDays undoDays }\n  recoveryPoints(first: 100, filter: { id: $ids }) { nodes { id status expiresAt lockedUntil addedBytes legalHolds { id } asset { id policy { id } lastRecoveryPoint { id } } viewerCan { delete } } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeletePoints($input: DeleteRecoveryPointsInput!) { deleteRecoveryPoints(input: $input) { approvalRequest { id } userErrors { field message } } }"): (typeof documents)["mutation DeletePoints($input: DeleteRecoveryPointsInput!) { deleteRecoveryPoints(input: $input) { approvalRequest { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ShortenPoints($input: ShortenRecoveryPointRetentionInput!) { shortenRecoveryPointRetention(input: $input) { approvalRequest { id } userErrors { field message } } }"): (typeof documents)["mutation ShortenPoints($input: ShortenRecoveryPointRetentionInput!) { shortenRecoveryPointRetention(input: $input) { approvalRequest { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment PointRow on RecoveryPoint {\n  id status proof takenAt expiresAt placement isFull sizeBytes addedBytes asset { id name kind } viewerCan { restore verify delete }\n}"): (typeof documents)["fragment PointRow on RecoveryPoint {\n  id status proof takenAt expiresAt placement isFull sizeBytes addedBytes asset { id name kind } viewerCan { restore verify delete }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query RecoveryPoint($id: ID!) {\n  recoveryPoint(id: $id) {\n    ...Retention id status proof provenAt takenAt expiresAt placement region storageTier isFull sizeBytes addedBytes contentSha256 snapshotNativeId\n    asset { id name kind } policy { id name } task { id kind } verifications(first: 10) { nodes { ...Attempt } } viewerCan { restore verify }\n  }\n}"): (typeof documents)["query RecoveryPoint($id: ID!) {\n  recoveryPoint(id: $id) {\n    ...Retention id status proof provenAt takenAt expiresAt placement region storageTier isFull sizeBytes addedBytes contentSha256 snapshotNativeId\n    asset { id name kind } policy { id name } task { id kind } verifications(first: 10) { nodes { ...Attempt } } viewerCan { restore verify }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Verify($input: StartVerificationInput!) { startVerification(input: $input) { task { id } userErrors { field message } } }"): (typeof documents)["mutation Verify($input: StartVerificationInput!) { startVerification(input: $input) { task { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query RecoveryPoints($first: Int, $after: String, $last: Int, $before: String, $filter: RecoveryPointFilter) {\n  recoveryPoints(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...PointRow } }\n}"): (typeof documents)["query RecoveryPoints($first: Int, $after: String, $last: Int, $before: String, $filter: RecoveryPointFilter) {\n  recoveryPoints(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...PointRow } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query PointToRestore($id: ID!) {\n  recoveryPoint(id: $id) { id status proof placement region takenAt sizeBytes viewerCan { restore } asset { id name nativeId region awsAccount { ...AccountChoice } volume { availabilityZone encrypted sizeGib volumeType } } }\n}"): (typeof documents)["query PointToRestore($id: ID!) {\n  recoveryPoint(id: $id) { id status proof placement region takenAt sizeBytes viewerCan { restore } asset { id name nativeId region awsAccount { ...AccountChoice } volume { availabilityZone encrypted sizeGib volumeType } } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RestoreImage($input: RestoreImageInput!) { restoreImage(input: $input) { task { id } userErrors { field message } } }"): (typeof documents)["mutation RestoreImage($input: RestoreImageInput!) { restoreImage(input: $input) { task { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RestoreVolume($input: RestoreEbsVolumeInput!) { restoreEbsVolume(input: $input) { task { id } userErrors { field message } } }"): (typeof documents)["mutation RestoreVolume($input: RestoreEbsVolumeInput!) { restoreEbsVolume(input: $input) { task { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment Retention on RecoveryPoint { id status expiresAt expiringSince lockedUntil legalHolds { id name reason } viewerCan { extend undoExpiry delete } }"): (typeof documents)["fragment Retention on RecoveryPoint { id status expiresAt expiringSince lockedUntil legalHolds { id name reason } viewerCan { extend undoExpiry delete } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Extend($input: ExtendRecoveryPointRetentionInput!) { extendRecoveryPointRetention(input: $input) { recoveryPoint { id expiresAt } userErrors { field message } } }"): (typeof documents)["mutation Extend($input: ExtendRecoveryPointRetentionInput!) { extendRecoveryPointRetention(input: $input) { recoveryPoint { id expiresAt } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UndoExpiry($input: UndoRecoveryPointExpiryInput!) { undoRecoveryPointExpiry(input: $input) { recoveryPoint { id status expiresAt } userErrors { field message } } }"): (typeof documents)["mutation UndoExpiry($input: UndoRecoveryPointExpiryInput!) { undoRecoveryPointExpiry(input: $input) { recoveryPoint { id status expiresAt } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment Attempt on Verification { id wanted proof verdict bytesChecked evidence evidenceSha256 startedAt finishedAt task { id } }"): (typeof documents)["fragment Attempt on Verification { id wanted proof verdict bytesChecked evidence evidenceSha256 startedAt finishedAt task { id } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query GrantChoices { roles { id name builtIn } organizationalUnits { id name parent { id } } }"): (typeof documents)["query GrantChoices { roles { id name builtIn } organizationalUnits { id name parent { id } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Role { roles { id name builtIn description permissions version } }"): (typeof documents)["query Role { roles { id name builtIn description permissions version } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateRole($input: CreateRoleInput!) { createRole(input: $input) { role { id name } userErrors { field message } } }"): (typeof documents)["mutation CreateRole($input: CreateRoleInput!) { createRole(input: $input) { role { id name } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateRole($input: UpdateRoleInput!) { updateRole(input: $input) { role { id name version } userErrors { field message } } }"): (typeof documents)["mutation UpdateRole($input: UpdateRoleInput!) { updateRole(input: $input) { role { id name version } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeleteRole($input: DeleteRoleInput!) { deleteRole(input: $input) { deletedRoleId userErrors { field message } } }"): (typeof documents)["mutation DeleteRole($input: DeleteRoleInput!) { deleteRole(input: $input) { deletedRoleId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Roles { roles { id name builtIn description permissions } }"): (typeof documents)["query Roles { roles { id name builtIn description permissions } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ServiceTokens { serviceTokens { id name createdAt lastUsedAt expiresAt createdBy { id name } grants { role { id name builtIn } organizationalUnit { id name } } } }"): (typeof documents)["query ServiceTokens { serviceTokens { id name createdAt lastUsedAt expiresAt createdBy { id name } grants { role { id name builtIn } organizationalUnit { id name } } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateServiceToken($input: CreateServiceTokenInput!) { createServiceToken(input: $input) { serviceToken { id } secret userErrors { field message } } }"): (typeof documents)["mutation CreateServiceToken($input: CreateServiceTokenInput!) { createServiceToken(input: $input) { serviceToken { id } secret userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeleteServiceToken($input: DeleteServiceTokenInput!) { deleteServiceToken(input: $input) { deletedServiceTokenId userErrors { field message } } }"): (typeof documents)["mutation DeleteServiceToken($input: DeleteServiceTokenInput!) { deleteServiceToken(input: $input) { deletedServiceTokenId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation AcceptInvitation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { done organizationName userErrors { field message } } }"): (typeof documents)["mutation AcceptInvitation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { done organizationName userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ConfirmSignUp($input: ConfirmSignUpInput!) { confirmSignUp(input: $input) { done userErrors { field message } } }"): (typeof documents)["mutation ConfirmSignUp($input: ConfirmSignUpInput!) { confirmSignUp(input: $input) { done userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query OwnPasswordRules { viewer { id passwordRules { rule charactersMin charactersMax } } }"): (typeof documents)["query OwnPasswordRules { viewer { id passwordRules { rule charactersMin charactersMax } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation LeaveDuties($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { message } } }"): (typeof documents)["mutation LeaveDuties($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RequestPasswordReset($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted userErrors { field message } } }"): (typeof documents)["mutation RequestPasswordReset($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ProofMeans { viewer { id secondFactors { totpSince recoveryCodesLeft passkeys { id } } } }"): (typeof documents)["query ProofMeans { viewer { id secondFactors { totpSince recoveryCodesLeft passkeys { id } } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ProveSession($input: ProveSessionInput!) { proveSession(input: $input) { done userErrors { field message } } }"): (typeof documents)["mutation ProveSession($input: ProveSessionInput!) { proveSession(input: $input) { done userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation BeginPasskeyProof($input: BeginPasskeyProofInput!) { beginPasskeyProof(input: $input) { question { token options } userErrors { field message } } }"): (typeof documents)["mutation BeginPasskeyProof($input: BeginPasskeyProofInput!) { beginPasskeyProof(input: $input) { question { token options } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SignInAgain($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { field message } } }"): (typeof documents)["mutation SignInAgain($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ResetPassword($input: ResetPasswordInput!) { resetPassword(input: $input) { done userErrors { field message } } }"): (typeof documents)["mutation ResetPassword($input: ResetPasswordInput!) { resetPassword(input: $input) { done userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SignInForm($email: String!) { signInForm(email: $email) { identityProviders { name startUrl } } signUpForm { isOpen } }"): (typeof documents)["query SignInForm($email: String!) { signInForm(email: $email) { identityProviders { name startUrl } } signUpForm { isOpen } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateSession($input: CreateSessionInput!) {\n  createSession(input: $input) { viewer { id } challenge { token takesCode takesRecoveryCode passkeyOptions } userErrors { field message } }\n}"): (typeof documents)["mutation CreateSession($input: CreateSessionInput!) {\n  createSession(input: $input) { viewer { id } challenge { token takesCode takesRecoveryCode passkeyOptions } userErrors { field message } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CompleteSession($input: CompleteSessionInput!) {\n  completeSession(input: $input) { viewer { id } userErrors { field message } }\n}"): (typeof documents)["mutation CompleteSession($input: CompleteSessionInput!) {\n  completeSession(input: $input) { viewer { id } userErrors { field message } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SignUpRules { signUpForm { isOpen termsVersion termsText passwordRules { rule charactersMin charactersMax } } }"): (typeof documents)["query SignUpRules { signUpForm { isOpen termsVersion termsText passwordRules { rule charactersMin charactersMax } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SignUp($input: SignUpInput!) { signUp(input: $input) { accepted userErrors { field message } } }"): (typeof documents)["mutation SignUp($input: SignUpInput!) { signUp(input: $input) { accepted userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RequestConfirmation($input: RequestConfirmationInput!) { requestConfirmation(input: $input) { accepted userErrors { field message } } }"): (typeof documents)["mutation RequestConfirmation($input: RequestConfirmationInput!) { requestConfirmation(input: $input) { accepted userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query LinkForms { signUpForm { termsVersion termsText passwordRules { rule charactersMin charactersMax } } }"): (typeof documents)["query LinkForms { signUpForm { termsVersion termsText passwordRules { rule charactersMin charactersMax } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SwitchOrganization($input: SwitchOrganizationInput!) { switchOrganization(input: $input) { viewer { id } userErrors { field message } } }"): (typeof documents)["mutation SwitchOrganization($input: SwitchOrganizationInput!) { switchOrganization(input: $input) { viewer { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SignOut { deleteSession(input: {}) { deletedSessionId providerLogoutUrl userErrors { message } } }"): (typeof documents)["mutation SignOut { deleteSession(input: {}) { deletedSessionId providerLogoutUrl userErrors { message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Search($text: String!) {\n  assets(first: 6, filter: { search: $text }) { nodes { id name nativeId kind region } }\n  policies(first: 4, filter: { search: $text }) { nodes { id name } }\n  awsAccounts(first: 3, filter: { search: $text }) { nodes { id name accountId } }\n}"): (typeof documents)["query Search($text: String!) {\n  assets(first: 6, filter: { search: $text }) { nodes { id name nativeId kind region } }\n  policies(first: 4, filter: { search: $text }) { nodes { id name } }\n  awsAccounts(first: 3, filter: { search: $text }) { nodes { id name accountId } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query SearchById($id: ID!) { node(id: $id) { __typename id } }"): (typeof documents)["query SearchById($id: ID!) { node(id: $id) { __typename id } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription RunningTasks { activityCounts { running queued openAlerts pendingApprovals } }"): (typeof documents)["subscription RunningTasks { activityCounts { running queued openAlerts pendingApprovals } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Units { organizationalUnits { id name parent { id } } }"): (typeof documents)["query Units { organizationalUnits { id name parent { id } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Names($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    __typename id ... on ApiToken { name } ... on Asset { name } ... on AwsAccount { name } ... on IdentityProvider { name } ... on LegalHold { name } ... on Organization { name }\n    ... on OrganizationalUnit { name } ... on Policy { name } ... on ProtectionRule { name } ... on Role { name } ... on User { name }\n  }\n}"): (typeof documents)["query Names($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    __typename id ... on ApiToken { name } ... on Asset { name } ... on AwsAccount { name } ... on IdentityProvider { name } ... on LegalHold { name } ... on Organization { name }\n    ... on OrganizationalUnit { name } ... on Policy { name } ... on ProtectionRule { name } ... on Role { name } ... on User { name }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Viewer {\n  viewer { id permissions user { id name email } organization { id name } memberships { organizationId organizationName state } secondFactors { mustSetUp mustChangePassword } }\n  eventCursor\n}"): (typeof documents)["query Viewer {\n  viewer { id permissions user { id name email } organization { id name } memberships { organizationId organizationName state } secondFactors { mustSetUp mustChangePassword } }\n  eventCursor\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Task($id: ID!) {\n  task(id: $id) {\n    id kind status progress attempt bytesDone bytesTotal createdAt nominalAt startedAt finishedAt currentStep warnings restoredVolumeNativeId restoredFile\n    asset { id name } policy { id name } awsAccount { id name } recoveryPoint { id takenAt status }\n    actor { __typename ... on User { name } ... on SystemActor { component } }\n    failure { code message remedy retryable awsRequestId } steps { name status startedAt finishedAt warnings } viewerCan { abort retry }\n  }\n}"): (typeof documents)["query Task($id: ID!) {\n  task(id: $id) {\n    id kind status progress attempt bytesDone bytesTotal createdAt nominalAt startedAt finishedAt currentStep warnings restoredVolumeNativeId restoredFile\n    asset { id name } policy { id name } awsAccount { id name } recoveryPoint { id takenAt status }\n    actor { __typename ... on User { name } ... on SystemActor { component } }\n    failure { code message remedy retryable awsRequestId } steps { name status startedAt finishedAt warnings } viewerCan { abort retry }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation AbortTask($input: AbortTaskInput!) { abortTask(input: $input) { task { id status } userErrors { field message } } }"): (typeof documents)["mutation AbortTask($input: AbortTaskInput!) { abortTask(input: $input) { task { id status } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RetryTask($input: RetryTaskInput!) { retryTask(input: $input) { task { id status } userErrors { field message } } }"): (typeof documents)["mutation RetryTask($input: RetryTaskInput!) { retryTask(input: $input) { task { id status } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment TaskRow on Task { id kind status progress currentStep createdAt startedAt finishedAt asset { id name } awsAccount { id name } failure { code message } }"): (typeof documents)["fragment TaskRow on Task { id kind status progress currentStep createdAt startedAt finishedAt asset { id name } awsAccount { id name } failure { code message } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Tasks($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter) {\n  tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...TaskRow } }\n}"): (typeof documents)["query Tasks($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter) {\n  tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...TaskRow } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Invitations { invitations { id email createdAt expiresAt invitedBy { id name } grants { role { id name builtIn } organizationalUnit { id name } } } }"): (typeof documents)["query Invitations { invitations { id email createdAt expiresAt invitedBy { id name } grants { role { id name builtIn } organizationalUnit { id name } } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ResendInvitation($input: ResendInvitationInput!) { resendInvitation(input: $input) { invitation { id email } userErrors { field message } } }"): (typeof documents)["mutation ResendInvitation($input: ResendInvitationInput!) { resendInvitation(input: $input) { invitation { id email } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RevokeInvitation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { revokedInvitationId userErrors { field message } } }"): (typeof documents)["mutation RevokeInvitation($input: RevokeInvitationInput!) { revokeInvitation(input: $input) { revokedInvitationId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation InviteUser($input: InviteUserInput!) { inviteUser(input: $input) { invitation { id email } userErrors { field message } } }"): (typeof documents)["mutation InviteUser($input: InviteUserInput!) { inviteUser(input: $input) { invitation { id email } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query User($id: ID!) {\n  node(id: $id) { __typename ... on User { id name email state createdAt lastActiveAt grants { source role { id name builtIn } organizationalUnit { id name } } } }\n}"): (typeof documents)["query User($id: ID!) {\n  node(id: $id) { __typename ... on User { id name email state createdAt lastActiveAt grants { source role { id name builtIn } organizationalUnit { id name } } } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SuspendUser($input: SuspendUserInput!) { suspendUser(input: $input) { user { id state } userErrors { field message } } }"): (typeof documents)["mutation SuspendUser($input: SuspendUserInput!) { suspendUser(input: $input) { user { id state } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ResumeUser($input: ResumeUserInput!) { resumeUser(input: $input) { user { id state } userErrors { field message } } }"): (typeof documents)["mutation ResumeUser($input: ResumeUserInput!) { resumeUser(input: $input) { user { id state } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RemoveUser($input: RemoveUserInput!) { removeUser(input: $input) { removedUserId userErrors { field message } } }"): (typeof documents)["mutation RemoveUser($input: RemoveUserInput!) { removeUser(input: $input) { removedUserId userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ResetSecondFactors($input: ResetSecondFactorsInput!) { resetSecondFactors(input: $input) { user { id } userErrors { field message } } }"): (typeof documents)["mutation ResetSecondFactors($input: ResetSecondFactorsInput!) { resetSecondFactors(input: $input) { user { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation DeleteUserSessions($input: DeleteUserSessionsInput!) { deleteUserSessions(input: $input) { user { id } userErrors { field message } } }"): (typeof documents)["mutation DeleteUserSessions($input: DeleteUserSessionsInput!) { deleteUserSessions(input: $input) { user { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation UpdateUserGrants($input: UpdateUserGrantsInput!) { updateUserGrants(input: $input) { user { id } userErrors { field message } } }"): (typeof documents)["mutation UpdateUserGrants($input: UpdateUserGrantsInput!) { updateUserGrants(input: $input) { user { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Users($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {\n  users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name email state lastActiveAt createdAt grants { source role { id name builtIn } organizationalUnit { id name } } }\n  }\n}"): (typeof documents)["query Users($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {\n  users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }\n    nodes { id name email state lastActiveAt createdAt grants { source role { id name builtIn } organizationalUnit { id name } } }\n  }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment UserChoice on User { id name email grants { role { id name builtIn } } }"): (typeof documents)["fragment UserChoice on User { id name email grants { role { id name builtIn } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query UserChoices($first: Int!, $search: String, $states: [MembershipState!], $chosen: [ID!]!) {\n  users(first: $first, filter: { text: $search, states: $states }) { totalCount nodes { ...UserChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on User { ...UserChoice } }\n}"): (typeof documents)["query UserChoices($first: Int!, $search: String, $states: [MembershipState!], $chosen: [ID!]!) {\n  users(first: $first, filter: { text: $search, states: $states }) { totalCount nodes { ...UserChoice } }\n  chosen: nodes(ids: $chosen) { __typename ... on User { ...UserChoice } }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation ApplyVaultLock($input: ApplyVaultLockInput!) { applyVaultLock(input: $input) { vaultLock { mode } pendingVaultLock { holdsAt } approvalRequest { id } userErrors { field message } } }"): (typeof documents)["mutation ApplyVaultLock($input: ApplyVaultLockInput!) { applyVaultLock(input: $input) { vaultLock { mode } pendingVaultLock { holdsAt } approvalRequest { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query VaultLock {\n  vaultLock { mode minimumRetentionDays lockedAt updatedAt }\n  pendingVaultLock { minimumRetentionDays requestedAt holdsAt }\n  vaultLockSupport { strongestMode missing probedAt coolingOffHours }\n}"): (typeof documents)["query VaultLock {\n  vaultLock { mode minimumRetentionDays lockedAt updatedAt }\n  pendingVaultLock { minimumRetentionDays requestedAt holdsAt }\n  vaultLockSupport { strongestMode missing probedAt coolingOffHours }\n}"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation RemoveVaultLock($input: RemoveVaultLockInput!) { removeVaultLock(input: $input) { approvalRequest { id } userErrors { field message } } }"): (typeof documents)["mutation RemoveVaultLock($input: RemoveVaultLockInput!) { removeVaultLock(input: $input) { approvalRequest { id } userErrors { field message } } }"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation WithdrawVaultLock($input: WithdrawVaultLockInput!) { withdrawVaultLock(input: $input) { pendingVaultLock { holdsAt } userErrors { field message } } }"): (typeof documents)["mutation WithdrawVaultLock($input: WithdrawVaultLockInput!) { withdrawVaultLock(input: $input) { pendingVaultLock { holdsAt } userErrors { field message } } }"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;