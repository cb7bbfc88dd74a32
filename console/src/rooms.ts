// Which address shows which room. A new page is one line here, and one in shell/navigation.ts if people shall find it by
// the navigation. Invariant: each room is its own file of the build, so that the first load brings only what it shows.
import type { ComponentType } from 'react';

export interface Room {
  path: string;
  load: () => Promise<{ default: ComponentType }>;
}

/** Rooms for members: inside the frame, behind the sign-in. */
export const rooms: Room[] = [
  { path: '/', load: () => import('./dashboard/Dashboard') },
  { path: '/assets', load: () => import('./assets/Assets') },
  { path: '/assets/:id', load: () => import('./assets/Asset') },
  { path: '/policies', load: () => import('./policies/Policies') },
  { path: '/policies/new', load: () => import('./policies/Edit') },
  { path: '/policies/:id', load: () => import('./policies/Policy') },
  { path: '/policies/:id/edit', load: () => import('./policies/Edit') },
  { path: '/protection-rules', load: () => import('./protection-rules/ProtectionRules') },
  { path: '/protection-rules/new', load: () => import('./protection-rules/Edit') },
  { path: '/protection-rules/plan', load: () => import('./protection-rules/Plan') },
  { path: '/protection-rules/:id', load: () => import('./protection-rules/Edit') },
  { path: '/recovery-points', load: () => import('./recovery-points/RecoveryPoints') },
  { path: '/recovery-points/:id', load: () => import('./recovery-points/RecoveryPoint') },
  { path: '/recovery-points/:id/restore', load: () => import('./recovery-points/Restore') },
  { path: '/legal-holds', load: () => import('./legal-holds/LegalHolds') },
  { path: '/legal-holds/new', load: () => import('./legal-holds/NewLegalHold') },
  { path: '/legal-holds/:id', load: () => import('./legal-holds/LegalHold') },
  { path: '/calendar', load: () => import('./calendar/Calendar') },
  { path: '/alerts', load: () => import('./alerts/Alerts') },
  { path: '/alerts/:id', load: () => import('./alerts/Alert') },
  { path: '/approvals', load: () => import('./approvals/Approvals') },
  { path: '/approvals/:id', load: () => import('./approvals/Approval') },
  { path: '/tasks', load: () => import('./tasks/Tasks') },
  { path: '/tasks/:id', load: () => import('./tasks/Task') },
  { path: '/account', load: () => import('./account/Account') },
  { path: '/confirm-email', load: () => import('./account/ConfirmEmail') },
  { path: '/users', load: () => import('./users/Users') },
  { path: '/users/:id', load: () => import('./users/User') },
  { path: '/roles', load: () => import('./roles/Roles') },
  { path: '/roles/new', load: () => import('./roles/Role') },
  { path: '/roles/:id', load: () => import('./roles/Role') },
  { path: '/organizational-units', load: () => import('./organizational-units/Units') },
  { path: '/aws-accounts', load: () => import('./aws-accounts/AwsAccounts') },
  { path: '/aws-accounts/connect', load: () => import('./aws-accounts/Connect') },
  { path: '/aws-accounts/:id', load: () => import('./aws-accounts/AwsAccount') },
  { path: '/identity-providers', load: () => import('./identity-providers/IdentityProviders') },
  { path: '/identity-providers/new', load: () => import('./identity-providers/NewProvider') },
  { path: '/identity-providers/:id', load: () => import('./identity-providers/IdentityProvider') },
  { path: '/service-tokens', load: () => import('./service-tokens/ServiceTokens') },
  { path: '/vault-lock', load: () => import('./vault-lock/VaultLock') },
  { path: '/organization', load: () => import('./organization/Organization') },
  { path: '/first-steps', load: () => import('./first-steps/FirstSteps') },
  { path: '/audit', load: () => import('./audit/Audit') },
];

/** Doors for strangers: without the frame, without a session (sign-up, invitation, reset). */
export const doors: Room[] = [
  { path: '/sign-up', load: () => import('./session/SignUp') },
  { path: '/forgot-password', load: () => import('./session/ForgotPassword') },
  { path: '/confirm-sign-up', load: () => import('./session/ConfirmSignUp') },
  { path: '/reset-password', load: () => import('./session/ResetPassword') },
  { path: '/accept-invitation', load: () => import('./session/AcceptInvitation') },
];
