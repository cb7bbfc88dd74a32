// What one can do from anywhere, as an address that opens the right place. Each command hides from whoever may not.
import type { Permission } from '../gql/graphql';
import { text } from '../text';

const COMMANDS: { name: string; to: string; needs: Permission }[] = [
  { name: text.commands.unprotected, to: '/assets?protected=no', needs: 'READ' },
  { name: text.commands.failed, to: '/tasks?status=FAILED', needs: 'READ' },
  { name: text.rules.create, to: '/protection-rules/new', needs: 'POLICY_ASSIGN' },
  { name: text.commands.accounts, to: '/aws-accounts/connect', needs: 'AWS_ACCOUNT_MANAGE' },
  { name: text.commands.hold, to: '/legal-holds/new', needs: 'LEGAL_HOLD_MANAGE' },
  { name: text.policies.create, to: '/policies/new', needs: 'POLICY_WRITE' },
];

export function commands(permissions: readonly Permission[]) {
  return COMMANDS.filter(({ needs }) => permissions.includes(needs));
}
