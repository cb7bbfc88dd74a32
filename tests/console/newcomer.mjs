#!/usr/bin/env node
// The acceptance story of the console as one run, by what is on the screen alone: sign up, connect an AWS account, protect everything
// tagged, watch the first backup while the server is killed under it, restore a volume, find it all in the audit log.
// usage: newcomer.mjs --url URL --folder FOLDER --sim URL --account NUMBER [--pictures FOLDER]
// Invariant: no address is typed but the console's own and that of the mail; a story has one way, so the first step that breaks ends it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { launch, person, settled, signIn } from './browser.mjs';
import { asker, button, commander, disturb, forgive, heading, mailed, missedNothing, must, overhear, pick, SLOW, teller, until } from './flows.mjs';
import { options, Tally } from './options.mjs';
import { small } from './pictures.mjs';

const o = options(['url', 'folder', 'sim', 'account', 'pictures']);
const tally = new Tally();
const tell = teller(tally);
const command = commander();
const browser = await launch();
const NINA = { name: 'Nina Newcomer', email: 'nina@shop.test', password: 'Quiet-Zebra-8-Teapot' };
const REGIONS = ['us-east-1', 'eu-west-1'];
/** Volumes with the tag in the stand-in (newcomer.py): three of four in each region. */
const TAGGED = 6;
/** These, the others and their instances with a volume to start from. */
const FOUND = '16 assets';
/** How long each block of the first backup takes; the server is killed within it. */
const BLOCK_MS = 8000;
/** Longest time of a task of the story on a busy machine. */
const TASK_MS = 120_000;

const nina = await person(browser, o.url);
const { page } = nina;
const link = (name) => page.getByRole('link', { name, exact: true });
const rooms = page.getByRole('navigation', { name: 'Rooms' });
const fact = (name) => page.locator(`dt:text-is("${name}")`).locator('+ dd');
const atWork = (visit) => visit.page.getByRole('link', { name: /\d+ tasks? at work/ });
let shown = 0;
if (o.pictures) mkdirSync(o.pictures, { recursive: true });

/** A picture of what a person sees now. */
async function see(name, visit = nina) {
  if (!o.pictures) return;
  shown += 1;
  await settled(visit.page);
  writeFileSync(`${o.pictures}/story-${String(shown).padStart(2, '0')}-${name}.png`, small(await visit.page.screenshot({ fullPage: true })));
}

async function step(name, steps) {
  if (tally.failed > 0) return;
  await tell(name, nina, steps);
  if (tally.failed > 0) await see('failed');
}

await step('an empty server offers an account, and says by mail that it needs to be confirmed', async () => {
  await nina.go('');
  await see('sign-in');
  await link('Create an account').click();
  await page.getByLabel('Your name').fill(NINA.name);
  await page.getByLabel('Organization').fill('Shop');
  await page.getByLabel('E-mail').fill(NINA.email);
  await page.getByLabel('Password', { exact: true }).fill(NINA.password);
  await see('sign-up');
  await button(page, 'Create account').click();
  await heading(page, 'Look into your mailbox').waitFor();
  await see('mailbox');
  await page.goto(`${o.url}${await mailed(o.folder, NINA.email, '/console/confirm-sign-up')}`);
  await page.getByLabel('Password', { exact: true }).fill(NINA.password);
  await see('confirm');
  await button(page, 'Confirm').click();
  await heading(page, 'Your account is ready').waitFor();
  await see('ready');
});

await step('the first sign-in lands on the first steps', async () => {
  await link('Sign in').click();
  await page.getByLabel('E-mail').fill(NINA.email);
  await page.getByLabel('Password', { exact: true }).fill(NINA.password);
  await button(page, 'Sign in').click();
  await heading(page, 'First steps').waitFor();
  await page.getByText('0 of 5 done').waitFor();
  await see('first-steps');
});

await step('the first step names the AWS account and gets a role to make', async () => {
  await link('Connect an account').click();
  await page.getByLabel('Name', { exact: true }).fill('Production');
  await page.getByLabel('Account', { exact: true }).fill(o.account);
  for (const region of REGIONS) {
    await page.getByLabel('Regions').first().fill(region);
    await page.getByRole('option', { name: new RegExp(region) }).click();
  }
  await page.keyboard.press('Escape');
  await see('connect');
  await button(page, 'Continue').click();
  await heading(page, 'Production').waitFor();
  await see('role');
});

await step('a check before the role is there says why not, comes first on the dashboard, and the way goes on from there', async () => {
  await button(page, 'Check now').click();
  await page.getByText('does not let us in', { exact: false }).waitFor({ timeout: TASK_MS });
  await see('no-role');
  await rooms.getByRole('link', { name: 'Dashboard' }).click();
  await heading(page, 'Dashboard').waitFor();
  const first = page.locator('section.panel', { has: page.getByRole('heading') }).first();
  await first.getByRole('heading', { name: 'Failed in the last 24 hours' }).waitFor();
  await first.getByText('does not let us in', { exact: false }).waitFor();
  await see('dashboard-failed');
  await link('Go on with Production').click();
  await heading(page, 'Production').waitFor();
});

await step('the page says what to do in AWS, and it is enough', async () => {
  const role = await fact('Role').locator('code').textContent();
  const external = await fact('External id').locator('code').textContent();
  must((await page.getByRole('region', { name: 'CloudFormation' }).textContent()).includes(external), 'the template lacks the external id');
  await page.getByRole('tab', { name: 'Policies only' }).click();
  const document = async (name) => JSON.stringify(JSON.parse(await page.getByRole('region', { name }).textContent()));
  await see('role-by-hand');
  await command('make_role', role.split('/').at(-1), await document('Trust policy'), await document('Permission policy'));
  await button(page, 'Check now').click();
  await page.locator('.page-title').getByText('Connected').waitFor({ timeout: TASK_MS });
  await until('the assets are counted without a reload', async () => (await fact('Assets').textContent()) === FOUND);
  await see('connected');
});

await step('its volumes are found', async () => {
  await link(FOUND).click();
  await heading(page, 'Assets').waitFor();
  await page.locator('tbody tr').nth(15).waitFor();
  await see('assets');
  await page.goBack();
});

await step('the way leads on to a policy, which is said in plain words', async () => {
  await page.getByText('First steps, 1 of 5 done').waitFor();
  await link('Make a policy').click();
  await page.getByLabel('Name', { exact: true }).fill('Twice a day');
  await page.getByRole('combobox', { name: 'Unit' }).first().selectOption('HOUR');
  await page.getByRole('textbox', { name: 'Every' }).fill('12');
  await page.getByRole('textbox', { name: 'Keep' }).fill('7');
  await page.getByText('every 12 hours, keep 7 days').first().waitFor();
  await see('policy-new');
  await button(page, 'Create').click();
  await heading(page, 'Twice a day').waitFor();
  await page.getByText('First steps, 2 of 5 done').waitFor();
  await see('policy');
});

await step('everything tagged is protected by a rule that shows its effect before it is applied', async () => {
  await link('Make a rule').click();
  await page.getByLabel('Name', { exact: true }).fill('Everything tagged');
  await pick(page, 'Policy', 'Twice a day');
  await page.getByLabel('What is tested').selectOption({ label: 'Has the tag key' });
  await page.getByRole('textbox', { name: 'Has the tag key' }).fill('Holdfast');
  await until('the preview counts', async () => (await page.locator('.counts li', { hasText: 'get a policy' }).locator('b').textContent({ timeout: 1000 }).catch(() => '')) === String(TAGGED));
  await see('rule-new');
  await button(page, 'Review the plan').click();
  await heading(page, 'Plan').waitFor();
  await page.getByText('Rule Everything tagged is new').waitFor();
  await see('plan');
  await button(page, 'Apply').click();
  await heading(page, 'Protection rules').waitFor();
  await page.getByText('First steps, 3 of 5 done').waitFor();
  await see('rules');
});

const other = await person(browser, o.url, { colorScheme: 'dark' });
let who;
let task;
await step('the first backup is started from what is protected', async () => {
  await link('Choose an asset').click();
  await heading(page, 'Assets').waitFor();
  await page.locator('tbody tr').nth(TAGGED - 1).waitFor();
  await see('protected');
  await page.locator('tbody a[href*="/assets/"]').first().click();
  await button(page, 'Back up now').waitFor();
  await page.getByText('No policy protects it.').first().waitFor({ state: 'detached' });
  await see('asset');
  await rooms.getByRole('link', { name: 'Tasks' }).click();
  await heading(page, 'Tasks').waitFor();
  await until('nothing is at work', async () => (await atWork(nina).textContent()).trim() === '0');
  await page.goBack();
});

await step('it is watched live: the number in the header and the list of tasks move by themselves, in two browsers', async () => {
  const heard = [overhear(page), overhear(other.page)];
  await page.reload();
  await signIn(other, NINA, '/tasks');
  const cookies = await page.context().cookies(o.url);
  who = { url: o.url, cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') };
  const { eventCursor: after } = await asker(who)('{ eventCursor }');
  // Blocks come all at once: as late as leaves time to kill the server while they are on their way.
  await disturb(o.sim, SLOW.map((fault) => (fault.op === 'GetSnapshotBlock' ? { ...fault, delay_ms: BLOCK_MS } : fault)));
  await button(page, 'Back up now').click();
  await see('back-up');
  await page.getByRole('dialog').getByRole('button', { name: 'Back up now' }).click();
  await page.getByRole('link', { name: 'See the task' }).waitFor();
  await see('queued');
  for (const visit of [nina, other]) await until('the header counts', async () => (await atWork(visit).textContent()).trim() === '1');
  await other.page.locator('tbody tr', { hasText: 'Backup EBS' }).getByText('Running').waitFor();
  await see('tasks', other);
  await page.getByRole('link', { name: 'See the task' }).click();
  await heading(page, 'Backup EBS').waitFor();
  task = { id: page.url().split('/').at(-1), after, heard };
  await other.page.locator('tbody tr', { hasText: 'Backup EBS' }).getByRole('link', { name: 'Backup EBS' }).click();
  await heading(other.page, 'Backup EBS').waitFor();
  await until('blocks are copied', async () => !(await page.locator('.figures', { hasText: 'Data' }).textContent()).includes('Data–'));
  await see('task-running');
});

await step('the server is killed in the middle, and no step is missed', async () => {
  // The other browser comes back when it is all over: what happened meanwhile it must be told then.
  await other.page.context().setOffline(true);
  const killed = command('kill');
  await page.getByText('The connection is lost').waitFor();
  await see('killed');
  await killed;
  await disturb(o.sim, []);
  await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: TASK_MS });
  must((await other.page.getByText('Completed', { exact: true }).count()) === 0, 'a browser without a line knows the end');
  await other.page.context().setOffline(false);
  await other.page.getByText('Completed', { exact: true }).first().waitFor({ timeout: TASK_MS });
  must((await page.getByText('The connection is lost').count()) === 0, 'the banner stays although the line is back');
  await missedNothing(who, task.heard, task.after, task.id);
  const { task: told } = await asker(who)('query ($id: ID!) { task(id: $id) { attempt steps { name } } }', { id: task.id });
  must(told.attempt > 1, 'the kill has not interrupted the backup');
  for (const visit of [nina, other]) {
    await until('every step is shown', async () => (await visit.page.locator('section.panel', { has: visit.page.getByRole('heading', { name: 'Steps' }) }).locator('tbody tr').count()) === told.steps.length);
    await until('nothing is at work', async () => (await atWork(visit).textContent()).trim() === '0');
  }
  forgive(nina, other);
  await see('completed');
  await see('completed-other', other);
});

await step('the recovery point is there, with its proof', async () => {
  await page.getByText('First steps, 4 of 5 done').waitFor();
  await link('Choose a recovery point').click();
  await heading(page, 'Recovery points').waitFor();
  await see('points');
  await page.locator('tbody a[href*="/recovery-points/"]:not([href$=restore])').first().click();
  await page.getByRole('heading', { name: 'Proof and evidence' }).waitFor();
  await page.locator('.page-title').getByText('Available').waitFor();
  await see('point');
});

await step('the volume is restored by the wizard, and stands in AWS', async () => {
  await link('Restore').click();
  await page.getByText(/A new .*volume/).first().waitFor();
  await see('restore');
  const region = await page.getByLabel('Region', { exact: true }).inputValue();
  await button(page, 'Restore').click();
  await heading(page, 'Restore EBS').waitFor();
  await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: TASK_MS });
  await page.getByText(/^vol-\S+ is ready$/).waitFor();
  await command('in_aws', region, await fact('Restored volume').locator('code').textContent());
  await see('restored');
});

await step('the first steps are done, and leave the way', async () => {
  await rooms.getByRole('link', { name: 'First steps' }).waitFor({ state: 'detached' });
  await rooms.getByRole('link', { name: 'Dashboard' }).click();
  await heading(page, 'Dashboard').waitFor();
  must((await page.getByText(/First steps, \d/).count()) === 0, 'the dashboard still points at first steps');
  await see('dashboard');
});

/** What was done, as the audit log calls it. */
const DONE = ['confirm_sign_up', 'connect_aws_account', 'create_policy', 'create_protection_rule', 'apply_protection', 'start_backup', 'restore_ebs_volume'];
await step('all of it is found in the audit log by its filters', async () => {
  await rooms.getByRole('link', { name: 'Audit log' }).click();
  await heading(page, 'Audit log').waitFor();
  await see('audit');
  const chip = (name) => page.getByRole('button', { name, exact: true });
  await chip('Who').click();
  await page.getByRole('group', { name: 'Who' }).getByRole('checkbox', { name: NINA.name }).click();
  await page.keyboard.press('Escape');
  await chip('Action').click();
  for (const action of DONE) {
    await page.getByLabel('Find in action').fill(action);
    await page.getByRole('group', { name: 'Action' }).getByRole('checkbox', { name: action, exact: true }).click();
  }
  await page.keyboard.press('Escape');
  await until('each is listed once, newest first', async () => (await page.locator('tbody code').allTextContents()).join() === DONE.toReversed().join());
  await see('audit-found');
  await page.getByRole('button', { name: /^Details of record/ }).first().click();
  await page.getByRole('dialog').getByText('Hash before').waitFor();
  await see('audit-record');
});

await step('an account that lost a permission comes first on the dashboard, with what it lacks', async () => {
  await page.keyboard.press('Escape');
  await disturb(o.sim, [{ service: 'ec2', op: 'CreateSnapshot', code: 'UnauthorizedOperation', status: 403 }]);
  await rooms.getByRole('link', { name: 'AWS accounts' }).click();
  await link('Production').click();
  await button(page, 'Check now').click();
  await page.locator('.page-title').getByText('Degraded').waitFor({ timeout: TASK_MS });
  await see('degraded');
  await rooms.getByRole('link', { name: 'Dashboard' }).click();
  await page.locator('section.panel').first().getByText('ec2:CreateSnapshot').waitFor();
  await see('dashboard-degraded');
  await page.locator('section.panel').first().getByRole('link', { name: 'Production' }).click();
  await page.locator('.lacking code', { hasText: 'ec2:CreateSnapshot' }).first().waitFor();
});

await browser.close();
tally.end('story');
