// Every word of the console, gathered for translation: each noun's folder has its own `text.ts`, and this file is the list of
// them. Invariant: no component holds a sentence of its own.
import { account } from './account/text';
import { alerts } from './alerts/text';
import { approvals } from './approvals/text';
import { assets } from './assets/text';
import { audit } from './audit/text';
import { accounts } from './aws-accounts/text';
import { calendar } from './calendar/text';
import { compliance } from './compliance/text';
import { dashboard } from './dashboard/text';
import { firstSteps } from './first-steps/text';
import { providers } from './identity-providers/text';
import { holds } from './legal-holds/text';
import { organization } from './organization/text';
import { units } from './organizational-units/text';
import { policies } from './policies/text';
import { rules } from './protection-rules/text';
import { points, restore } from './recovery-points/text';
import { grants } from './roles/grants-text';
import { roles } from './roles/text';
import { serviceTokens } from './service-tokens/text';
import { session } from './session/text';
import { shell } from './shell/text';
import { tasks } from './tasks/text';
import { users } from './users/text';
import { lock } from './vault-lock/text';

export const text = { ...shell, alerts, approvals, holds, lock, session, dashboard, assets, policies, points, restore, tasks, accounts, audit, account, users, roles, grants, units, serviceTokens, organization, providers, firstSteps, calendar, compliance, rules } as const;
