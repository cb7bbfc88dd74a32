// Every page of the console: a name for its picture, and its address, or how to get there from the list that leads to it.
// A new page is a line here (`act` is what is done on it first; `disturbs` has AWS answer well again after it); look.mjs then judges it in light and dark, wide and narrow. Invariant: each page shows data of the
// demo fleet, not an empty state, unless its name says so.

import { pick } from './flows.mjs';
import { disturb } from './flows.mjs';

/** The address of the first link in the table of a list. */
const first = (list, pattern) => async ({ page, go }) => {
  await go(list);
  const links = page.locator('tbody a');
  await links.first().waitFor();
  for (const link of await links.all()) {
    const href = await link.getAttribute('href');
    if (pattern.test(href)) return href.replace('/console', '');
  }
  throw new Error(`${list} leads to no ${pattern}`);
};

/** Fills in a new rule that would protect something. */
async function draft({ page }) {
  await page.getByLabel('Name', { exact: true }).fill('Staging');
  await pick(page, 'Policy', 'Silver: every hour');
  await page.locator('.test-values input').first().fill('env=staging');
  await page.keyboard.press('Enter');
  await page.getByText('Backups a day').waitFor();
  await page.locator('.preview:not([data-stale])').waitFor();
}

/** Backs a volume up by hand while AWS is as `faults` say, and opens the task. */
async function backUp({ page, go, sim }, faults) {
  await disturb(sim, faults);
  await go('/assets?search=crm-vol-01&protected=yes');
  await page.locator('tbody a').first().click();
  await page.getByRole('button', { name: 'Back up now', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Back up now' }).click();
  await page.getByRole('link', { name: 'See the task' }).click();
  await page.locator('.notices').getByRole('button', { name: 'Close' }).click();
}

/** A backup that AWS is slow to answer, so that it is at work while it is looked at. */
async function watched(visit) {
  await backUp(visit, ['ListChangedBlocks', 'ListSnapshotBlocks'].map((op) => ({ service: 'ebs', op, delay_ms: 20_000 })));
  await visit.page.getByText('Running', { exact: true }).first().waitFor();
}

/** A backup that AWS refuses; what has failed once is shown to everybody after that. */
async function failed(visit) {
  const { page, go } = visit;
  await go('/tasks?status=FAILED');
  const rows = page.locator('tbody a[href*="/tasks/"]');
  await rows.first().or(page.getByText('No task matches.')).waitFor();
  if ((await rows.count()) === 0) await backUp(visit, [{ service: 'ec2', op: 'CreateSnapshot', code: 'UnauthorizedOperation', status: 403 }]);
  else await rows.first().click();
  await page.getByText('What went wrong').waitFor();
}

export const DOORS = [
  { name: 'sign-in', path: '' },
  { name: 'sign-up', path: '/sign-up' },
  { name: 'forgot-password', path: '/forgot-password' },
  { name: 'confirm-sign-up', path: '/confirm-sign-up?token=x' },
  { name: 'accept-invitation', path: '/accept-invitation?token=x' },
  { name: 'reset-password', path: '/reset-password?token=x' },
];

export const PAGES = [
  { name: 'dashboard', path: '' },
  { name: 'assets', path: '/assets?kind=EBS_VOLUME' },
  { name: 'asset', path: first('/assets?protected=yes&kind=EBS_VOLUME', /\/assets\/.+/) },
  { name: 'policies', path: '/policies' },
  { name: 'policy', path: first('/policies', /\/policies\/.+/) },
  { name: 'policy-new', path: '/policies/new' },
  { name: 'policy-edit', path: async (visit) => `${await first('/policies', /\/policies\/.+/)(visit)}/edit` },
  { name: 'protection-rules', path: '/protection-rules' },
  { name: 'protection-rule-new', path: '/protection-rules/new', act: draft },
  { name: 'protection-rule', path: '/protection-rules', act: async ({ page }) => { await page.getByRole('link', { name: 'Tagged Gold' }).click(); await page.getByText('Backups a day').waitFor(); } },
  { name: 'protection-plan', path: '/protection-rules/new', act: async (visit) => { await draft(visit); await visit.page.getByRole('button', { name: 'Review the plan' }).click(); await visit.page.getByText('Rule Staging is new').waitFor(); } },
  { name: 'approvals', path: '/approvals' },
  { name: 'approval', path: first('/approvals', /\/approvals\/.+/) },
  { name: 'legal-holds', path: '/legal-holds' },
  { name: 'legal-hold', path: first('/legal-holds', /\/legal-holds\/.+/) },
  { name: 'legal-hold-new', path: '/legal-holds/new' },
  { name: 'vault-lock', path: '/vault-lock' },
  { name: 'recovery-points', path: '/recovery-points?status=AVAILABLE' },
  { name: 'recovery-point', path: first('/recovery-points?status=AVAILABLE&place=VAULT', /\/recovery-points\/.+/) },
  { name: 'restore', path: async (visit) => `${await first('/recovery-points?status=AVAILABLE&place=VAULT', /\/recovery-points\/[^/]+$/)(visit)}/restore` },
  { name: 'calendar', path: '/calendar' },
  { name: 'tasks', path: '/tasks' },
  { name: 'task', path: first('/tasks?kind=BACKUP_EBS&status=COMPLETED', /\/tasks\/.+/) },
  { name: 'first-steps', path: '/first-steps' },
  { name: 'alerts-empty', path: '/alerts' },
  { name: 'aws-accounts', path: '/aws-accounts' },
  { name: 'aws-account', path: first('/aws-accounts', /\/aws-accounts\/.+/) },
  { name: 'aws-account-connect', path: '/aws-accounts/connect' },
  { name: 'users', path: '/users' },
  { name: 'user', path: first('/users', /\/users\/.+/) },
  { name: 'roles', path: '/roles' },
  { name: 'role-new', path: '/roles/new' },
  { name: 'organizational-units', path: '/organizational-units' },
  { name: 'identity-providers', path: '/identity-providers' },
  { name: 'identity-provider-new', path: '/identity-providers/new' },
  { name: 'service-tokens', path: '/service-tokens' },
  { name: 'organization', path: '/organization' },
  { name: 'account', path: '/account' },
  { name: 'confirm-email', path: '/confirm-email?token=x' },
  { name: 'audit', path: '/audit' },
  { name: 'missing', path: '/nowhere' },
  // What opens over a page is judged like a page.
  { name: 'palette', path: '/tasks', act: async ({ page }) => { await page.keyboard.press('Control+k'); await page.getByLabel('Search, or type a command').fill('vol'); await page.getByRole('option', { name: /vol-/ }).first().waitFor(); } },
  { name: 'shortcuts', path: '/tasks', act: async ({ page }) => { await page.locator('h1').click(); await page.keyboard.press('?'); await page.getByRole('dialog').waitFor(); } },
  { name: 'filter', path: '/tasks', act: async ({ page }) => { await page.getByRole('button', { name: 'State', exact: true }).click(); await page.getByRole('checkbox', { name: 'Blocked' }).waitFor(); } },
  { name: 'end-earlier', path: '/recovery-points?status=AVAILABLE&place=VAULT', act: async ({ page }) => { await page.getByRole('checkbox', { name: 'Select all on this page' }).click(); await page.getByRole('button', { name: 'End earlier' }).click(); await page.getByText('What will happen').or(page.getByText(/stay as/)).first().waitFor(); } },
  { name: 'vault-lock-compliance', path: '/vault-lock', act: async ({ page }) => { await page.getByLabel('Mode').selectOption('COMPLIANCE'); await page.getByText('What will happen').waitFor(); } },
  { name: 'back-up', path: '/assets?kind=EBS_VOLUME', act: async ({ page }) => { await page.getByRole('checkbox', { name: 'Select all on this page' }).click(); await page.getByRole('button', { name: 'Back up now', exact: true }).click(); await page.getByRole('dialog').getByLabel('Keep it in').selectOption('IN_ACCOUNT'); await page.getByLabel('Storage tier').waitFor(); } },
  { name: 'assign', path: '/assets?kind=EBS_VOLUME', act: async ({ page }) => { await page.getByRole('checkbox', { name: 'Select all on this page' }).click(); await page.getByRole('button', { name: 'Assign policy', exact: true }).click(); await pick(page, 'Policy', 'Gold', /^Gold/); await page.getByText('What changes').waitFor(); } },
  // Last, for the pages before show a fleet in which all is well.
  { name: 'task-running', path: '/tasks', act: watched, disturbs: true },
  { name: 'task-failed', path: '/tasks', act: failed, disturbs: true },
];
