#!/usr/bin/env node
// Daily work in the console, by the pages alone, against a server with the demo fleet: search, assets, policies, backups, restores,
// tasks, live updates in two browsers, and a server that starts again in the middle.
// usage: daily.mjs --url URL --email EMAIL --password PASSWORD --token TOKEN --sim URL [--only WORDS]
// Invariant: what a person sees is read from the page; the API is asked only for what the page must not have missed.
import { faults, launch, person, settled, signIn } from './browser.mjs';
import { asker, button, commander, disturb, forgive, heading, missedNothing, must, overhear, pick, SLOW, teller, until } from './flows.mjs';
import { options, Tally } from './options.mjs';

const o = options(['url', 'email', 'password', 'token', 'sim', 'only']);
const tally = new Tally();
const browser = await launch();
const flow = teller(tally, o.only);
const api = asker(o);
const command = commander();
/** How long an answer takes on a page that shall bear it. */
const SLOW_ANSWER_MS = 2500;
const ann = await person(browser, o.url);
await flow('a wrong password is refused, and a link opens where it points', ann, async ({ page, go }) => {
  await go('/tasks?status=COMPLETED');
  await page.getByLabel('E-mail').fill(o.email);
  await page.getByLabel('Password', { exact: true }).fill('Wrong-Password-1');
  await button(page, 'Sign in').click();
  await page.getByText('E-mail address or password are wrong.').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(o.password);
  await button(page, 'Sign in').click();
  await heading(page, 'Tasks').waitFor();
  must(new URL(page.url()).search === '?status=COMPLETED', page.url());
  must(await button(page, 'State: Completed').isVisible(), 'the filter of the address is not shown');
});

await flow('the palette finds places, commands, assets and identifiers', ann, async ({ page, go }) => {
  await go('');
  await settled(page);
  await page.keyboard.press('Control+k');
  const field = page.getByLabel('Search, or type a command');
  await field.fill('web-vol');
  await page.getByRole('option', { name: /web-vol-00/ }).first().waitFor();
  await field.fill('crm');
  must((await page.getByRole('option', { name: /web-vol/ }).count()) === 0, 'hits of another word stay');
  await field.fill('web-vol');
  await page.getByRole('option', { name: /web-vol-00/ }).first().click();
  await heading(page, 'web-vol-00').waitFor();
  const id = page.url().split('/').at(-1);
  await page.keyboard.press('Control+k');
  await field.fill(id);
  await page.getByRole('option', { name: new RegExp(id) }).waitFor();
  await page.keyboard.press('Enter');
  await heading(page, 'web-vol-00').waitFor();
  await page.keyboard.press('Control+k');
  await field.fill('recovery po');
  await page.getByRole('option', { name: /Recovery points/ }).waitFor();
  await page.keyboard.press('Enter');
  await heading(page, 'Recovery points').waitFor();
});

await flow('keys go places, open the sheet, and can be turned off', ann, async ({ page }) => {
  await page.locator('h1').click();
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await heading(page, 'Assets').waitFor();
  await page.keyboard.press('?');
  const off = page.getByRole('switch', { name: 'Single-key shortcuts' });
  await off.click();
  await page.keyboard.press('Escape');
  await page.locator('h1').click();
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.waitForTimeout(300);
  must(await heading(page, 'Assets').isVisible(), 'a key acted although they are off');
  await page.evaluate(() => localStorage.removeItem('holdfast.shortcuts'));
});

await flow('the exact time comes by keyboard, and at once in the audit log, of the zone of the browser', ann, async ({ page, go }) => {
  await go('/tasks');
  await page.locator('tbody time').first().focus();
  await page.getByRole('tooltip').filter({ hasText: / CET$/ }).waitFor();
  const found = await faults(page);
  must(found.length === 0, found.join('; '));
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Vienna' }).format(new Date());
  await go(`/audit?from=${day}&to=${day}`);
  await page.locator('tbody time').filter({ hasText: / CET$/ }).first().waitFor();
  await go('/recovery-points?to=2026-13-45');
  await page.locator('tbody tr').first().waitFor();
});

await flow('filters of assets live in the address; views and columns are kept', ann, async ({ page, go }) => {
  await go('/assets');
  await settled(page);
  await page.getByRole('searchbox', { name: 'Name or identifier' }).fill('vol-00');
  await page.waitForURL(/search=vol-00/);
  await button(page, 'Kind').click();
  await page.getByRole('checkbox', { name: 'EBS volume' }).click();
  await page.waitForURL(/kind=EBS_VOLUME/);
  await page.keyboard.press('Escape');
  await page.reload();
  await settled(page);
  must(await button(page, 'Kind: EBS volume').isVisible(), 'the chip is gone after a reload');
  const names = await page.locator('tbody tr td:nth-child(2)').allTextContents();
  must(names.length > 0 && names.every((name) => name.includes('vol-00')), `other assets are shown: ${names}`);
  await button(page, 'Views').click();
  await page.getByLabel('Name of the view').fill('First volumes');
  await button(page, 'Save this view').click();
  await page.keyboard.press('Escape');
  await go('/assets');
  await settled(page);
  await button(page, 'All assets').click();
  await page.getByRole('menuitem', { name: 'First volumes' }).click();
  await page.waitForURL(/search=vol-00/);
  await button(page, 'Columns').click();
  await page.getByRole('checkbox', { name: 'Identifier at AWS' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('columnheader', { name: 'Identifier at AWS' }).waitFor();
  await page.waitForURL(/columns=native%2C/);
  const shown = page.url();
  await button(page, 'Clear filters').click();
  await page.waitForURL((url) => !url.search.includes('search=') && url.search.includes('columns='));
  await go('/assets');
  await page.getByRole('columnheader', { name: 'Identifier at AWS' }).waitFor();
  await go('/assets?columns=region');
  await page.getByRole('columnheader', { name: 'Region' }).waitFor();
  must((await page.getByRole('columnheader').count()) === 3, 'the columns of the address are not those that are shown');
  await page.goto(shown);
  await page.getByRole('columnheader', { name: 'Identifier at AWS' }).waitFor();
});

await flow('a tag leads to the assets that have it, and the chip says so', ann, async ({ page, go }) => {
  await go('/assets?search=web-vol-00&protected=yes');
  await page.locator('tbody a').first().click();
  await page.locator('.tags a', { hasText: 'Holdfast=' }).first().click();
  await heading(page, 'Assets').waitFor();
  await page.getByRole('button', { name: /^Tag: Holdfast=/ }).waitFor();
  await page.getByRole('button', { name: 'Remove the filter Tag' }).click();
  await page.waitForURL((url) => !url.search.includes('tag='));
});

await flow('what failed in the last day and the tasks of an asset are opened by links, and a changed filter lets the selection go', ann, async ({ page, go }) => {
  await go('');
  const figure = page.locator('.figure', { hasText: 'Failed in the last 24 hours' });
  const count = await figure.locator('.figure-value').textContent();
  await figure.click();
  await page.getByRole('button', { name: /^Created: since \d/ }).waitFor();
  await page.waitForURL(/status=FAILED%2CPARTIAL&since=20|status=FAILED,PARTIAL&since=20/);
  await settled(page);
  must((await page.locator('tbody tr').count()) === Math.min(Number(count), 50), `the list does not have the ${count} tasks of the dashboard`);
  await go('/assets?search=web-vol-00&protected=yes');
  await page.getByRole('checkbox', { name: 'Select all on this page' }).click();
  await page.getByText(/^\d+ selected$/).first().waitFor();
  await button(page, 'Kind').click();
  await page.getByRole('checkbox', { name: 'EBS volume' }).click();
  await page.getByText(/^\d+ selected$/).first().waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.locator('tbody td a[href*="/policies/"]').first().waitFor();
  await page.locator('tbody td a[href*="/assets/"]').first().click();
  await page.locator('a[href*="/tasks?asset="]').click();
  await page.getByRole('button', { name: /^Asset: web-vol-00/ }).waitFor();
  await page.locator('tbody tr').first().waitFor();
});

await flow('a policy is assigned to several assets after a preview, and taken away', ann, async ({ page, go }) => {
  await go('/assets?protected=no&kind=EBS_VOLUME');
  await settled(page);
  const boxes = page.locator('tbody').getByRole('checkbox');
  await boxes.nth(0).click();
  await boxes.nth(1).click();
  await page.getByText('2 selected').first().waitFor();
  await button(page, 'Assign policy').click();
  must((await pick(page, 'Policy', 'SILV', 'Silver: every hour')) === 'Silver: every hour', 'the field does not show what was chosen');
  await page.getByText('2 get a policy for the first time').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Assign policy' }).click();
  await page.getByText('2 assets have been changed.').waitFor();
  await go('/assets?kind=EBS_VOLUME&protected=yes');
  await settled(page);
  await page.getByRole('checkbox', { name: 'Select all on this page' }).click();
  await button(page, 'Assign policy').click();
  await pick(page, 'Policy', 'Silver: every hour');
  await page.getByText('leave “Gold: every minute”').waitFor();
  await page.keyboard.press('Escape');
});

await flow('a policy is made, refused beside its field, edited with a diff, paused, copied and deleted', ann, async ({ page, go }) => {
  await go('/policies/new');
  await page.getByLabel('Name').fill('Silver: every hour');
  await button(page, 'Create').click();
  await page.locator('input[aria-invalid=true]').waitFor();
  await page.getByLabel('Name').fill('Nightly');
  await button(page, 'Add a frequency').click();
  await page.getByRole('combobox', { name: 'Unit' }).nth(1).selectOption('MONTH');
  await page.getByText('every month, keep 30 days').waitFor();
  await page.getByRole('switch', { name: 'Only between certain hours' }).click();
  await page.getByText(/only between 22:00 and 06:00/).waitFor();
  await page.getByRole('switch', { name: 'Prove that recovery points can be restored' }).click();
  await page.getByLabel('Start from').selectOption({ index: 1 });
  must((await page.getByLabel('Name').inputValue()) === 'Nightly', 'a template takes the name that was typed');
  await page.getByLabel('Start from').selectOption('');
  await button(page, 'Add a frequency').click();
  await page.getByRole('combobox', { name: 'Unit' }).nth(1).selectOption('MONTH');
  await page.getByRole('switch', { name: 'Only between certain hours' }).click();
  const proof = page.getByRole('switch', { name: 'Prove that recovery points can be restored' });
  await proof.click();
  await page.getByLabel('Kept in').selectOption('IN_ACCOUNT');
  await proof.waitFor({ state: 'detached' });
  await page.getByLabel('Kept in').selectOption('VAULT');
  must(await proof.isChecked(), 'the proof is forgotten');
  await page.getByLabel('Starts at').fill('12:00');
  await button(page, 'Create').click();
  await page.locator('input[aria-invalid=true]:focus').waitFor();
  await page.getByText(/^The start time lies outside of the window/).waitFor();
  await page.getByLabel('Starts at').fill('22:30');
  await button(page, 'Create').click();
  await heading(page, 'Nightly').waitFor();
  await page.getByText(/newest recovery point of each asset proven: checksums match within 7 days/).waitFor();
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('Keep').first().waitFor();
  must(await button(page, 'Save').isDisabled(), 'nothing has changed, but it can be saved');
  await page.getByRole('textbox', { name: 'Keep' }).first().fill('60');
  await page.locator('li[data-change=added]', { hasText: 'every day, keep 60 days' }).waitFor();
  await page.locator('li[data-change=removed]', { hasText: 'every day, keep 30 days' }).waitFor();
  await button(page, 'Save').click();
  await page.getByText('every day, keep 60 days').first().waitFor();
  await button(page, 'Pause').click();
  await page.getByRole('dialog').getByText('Recovery points go on to expire.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
  await page.getByText('The policy is paused.', { exact: true }).waitFor();
  await button(page, 'Resume').click();
  await page.getByRole('link', { name: 'Copy', exact: true }).click();
  await page.getByLabel('Name').fill('Nightly copy');
  await button(page, 'Create').click();
  await heading(page, 'Nightly copy').waitFor();
  await button(page, 'Delete').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await heading(page, 'Policies').waitFor();
  await page.getByRole('link', { name: 'Nightly', exact: true }).waitFor();
  must((await page.getByRole('link', { name: 'Nightly copy' }).count()) === 0, 'the deleted policy is still there');
});

await flow('whatever an address filters by has a chip or a field, and all of it can be cleared', ann, async ({ page, go }) => {
  await go('/audit?target=pol_nothing&address=192.0.2.7&from=2026-01-01&outcome=REFUSED');
  await settled(page);
  for (const chip of ['Target: pol_nothing', 'Address: 192.0.2.7', 'Outcome: Refused']) must(await button(page, chip).isVisible(), `no chip ${chip}`);
  await button(page, 'Clear filters').click();
  await page.waitForURL((url) => url.search === '');
  await page.getByRole('button', { name: /^Details of record/ }).first().waitFor();
  must((await button(page, 'Target').count()) === 0, 'a chip without choices is offered');
  await go('/recovery-points?from=2026-01-01&to=2026-01-02');
  await page.getByText('No recovery point matches.').waitFor();
  await button(page, 'Clear filters').click();
  await page.waitForURL((url) => url.search === '');
  await page.locator('tbody tr').first().waitFor();
});

await flow('rows hold still under the pointer, and follow again', ann, async ({ page, go }) => {
  const first = () => page.locator('tbody a').first().getAttribute('href');
  const { assets } = await api('{ assets(first: 1, filter: { kind: [EBS_VOLUME] }) { nodes { id } } }');
  await go('/tasks');
  await settled(page);
  await page.locator('tbody tr').first().hover();
  const held = await first();
  await api('mutation ($input: StartBackupInput!) { startBackup(input: $input) { userErrors { message } } }', { input: { assetIds: [assets.nodes[0].id], idempotencyKey: `held ${Date.now()}` } });
  await page.getByRole('button', { name: /^\d+ new · show$/ }).waitFor();
  must((await first()) === held, 'the rows have moved under the pointer');
  await page.mouse.move(0, 0);
  await page.getByRole('button', { name: /new · show/ }).waitFor({ state: 'detached' });
  must((await first()) !== held, 'the rows do not follow again');
});

await flow('old rows under new filters are dimmed, and nothing of one asset stands under another address', ann, async ({ page, go }) => {
  const slow = () => page.route('**/graphql', async (route) => {
    await new Promise((resolve) => { setTimeout(resolve, SLOW_ANSWER_MS / 2); });
    await route.continue();
  });
  await go('/tasks');
  await settled(page);
  await slow();
  await button(page, 'State').click();
  await page.getByRole('checkbox', { name: 'Aborted' }).click();
  await page.locator('.answered[aria-busy=true]').waitFor();
  await page.locator('.answered[aria-busy=false]').waitFor();
  await page.unrouteAll({ behavior: 'wait' });
  await go('/assets?search=web-vol-00&protected=yes');
  await page.locator('tbody a').first().click();
  await heading(page, 'web-vol-00').waitFor();
  const from = page.url();
  await page.keyboard.press('Control+k');
  await page.getByLabel('Search, or type a command').fill('web-vol-01');
  const hit = page.getByRole('option', { name: /web-vol-01/ }).first();
  await hit.waitFor();
  await slow();
  await hit.click();
  await page.waitForURL((url) => url.href !== from);
  // Sooner than any answer can be there.
  await heading(page, 'web-vol-00').waitFor({ state: 'detached', timeout: SLOW_ANSWER_MS / 4 });
  await heading(page, 'web-vol-01').waitFor();
  await page.unrouteAll({ behavior: 'wait' });
});

await flow('whoever leaves a form with something written in it is asked, and whoever has saved is not', ann, async ({ page, go }) => {
  const rooms = page.getByRole('navigation', { name: 'Rooms' });
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  for (const [path, field, title] of [['/policies/new', 'Name', 'New policy'], ['/protection-rules/new', 'Name', 'New rule'], ['/roles/new', 'Name', 'New role']]) {
    await go(path);
    await heading(page, title).waitFor();
    await page.getByLabel(field, { exact: true }).fill('Unsaved');
    await rooms.getByRole('link', { name: 'Assets' }).click();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'detached' });
    must(page.url().endsWith(path) && (await page.getByLabel(field, { exact: true }).inputValue()) === 'Unsaved', `${path}: what was written is gone`);
    await rooms.getByRole('link', { name: 'Assets' }).click();
    await question.getByRole('button', { name: 'Leave' }).click();
    await heading(page, 'Assets').waitFor();
  }
});

const late = await person(browser, o.url);
await flow('the dashboard goes on with the clock, and says nothing of counts that it does not know', late, async ({ page }) => {
  const starts = [];
  page.on('request', (request) => {
    const asked = request.postDataJSON();
    if (/query Next\b/.test(asked?.query ?? '')) starts.push(Date.parse(asked.variables.from));
  });
  await page.clock.install();
  // A line over which nothing ever comes.
  await page.routeWebSocket(/graphql/, () => undefined);
  await signIn(late, o);
  await page.getByRole('link', { name: 'Open alerts: not known' }).waitFor();
  await until('the next hours are asked for', async () => starts.length > 0);
  const [from] = starts;
  await page.clock.fastForward('01:00:00');
  await until('the hours after those are asked for', async () => starts.at(-1) === from + 3_600_000);
  await page.context().close();
});

await flow('another page begins at its top with the focus on its title, and the way back finds the place', ann, async ({ page, go }) => {
  const focused = () => page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.textContent}`);
  await page.setViewportSize({ width: 1280, height: 400 });
  await go('/assets');
  await settled(page);
  must((await focused()).startsWith('BODY'), `the first page takes the focus: ${await focused()}`);
  const far = page.locator('tbody tr').nth(20).getByRole('link').first();
  await far.scrollIntoViewIfNeeded();
  const place = await page.evaluate(() => window.scrollY);
  must(place > 100, 'the list is too short to be scrolled');
  const name = await far.textContent();
  await far.click();
  await heading(page, name).waitFor();
  await until('the title has the focus', async () => (await focused()) === `H1 ${name}`);
  must((await page.evaluate(() => window.scrollY)) === 0, 'the page does not begin at its top');
  await page.goBack();
  await heading(page, 'Assets').waitFor();
  await until('the place is found', async () => Math.abs((await page.evaluate(() => window.scrollY)) - place) < 2);
  // Now all of the page is there at once, and long enough to stand where the list stood.
  await far.click();
  await heading(page, name).waitFor();
  await until('a page that is known begins at its top, too', async () => (await page.evaluate(() => window.scrollY)) === 0);
  await page.goBack();
  await heading(page, 'Assets').waitFor();
  await button(page, 'Kind').click();
  await page.getByRole('checkbox', { name: 'EBS volume' }).click();
  await page.waitForURL(/kind=/);
  must((await page.evaluate(() => document.activeElement?.tagName)) !== 'H1', 'a filter moves the focus');
  await page.setViewportSize({ width: 1280, height: 900 });
});

await flow('a backup by hand is watched to its end without a reload', ann, async ({ page, go }) => {
  await go('/assets?search=web-vol-00&protected=yes');
  await page.locator('tbody a').first().click();
  await button(page, 'Back up now').click();
  const dialog = page.getByRole('dialog');
  must((await dialog.getByLabel('Copied to region').count()) === 0, 'the vault is offered a region');
  await dialog.getByLabel('Keep it in').selectOption('IN_ACCOUNT');
  await dialog.getByLabel('Copied to region').fill('nowhere');
  await dialog.getByLabel('Storage tier').selectOption('ARCHIVE');
  await dialog.getByRole('button', { name: 'Back up now' }).click();
  await dialog.locator('input[aria-invalid=true]').first().waitFor();
  await dialog.getByLabel('Keep it in').selectOption('VAULT');
  await dialog.getByRole('button', { name: 'Back up now' }).click();
  await page.getByRole('link', { name: 'See the task' }).click();
  await heading(page, 'Backup EBS').waitFor();
  await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: 60_000 });
  must((await page.getByText('100 %').count()) > 0, 'it is done, but not 100 %');
});

await flow('a recovery point is verified and restored as a volume and as an image', ann, async ({ page, go }) => {
  await go('/recovery-points?status=AVAILABLE&place=VAULT');
  await page.locator('tbody a[href*="/recovery-points/"]').first().click();
  await page.getByRole('heading', { name: 'Proof and evidence' }).waitFor();
  const address = page.url().replace(`${o.url}/console`, '');
  await button(page, 'Verify now').click();
  await page.getByRole('link', { name: 'See the task' }).click();
  await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: 60_000 });
  await go(`${address}/restore`);
  const submit = button(page, 'Restore');
  await page.getByLabel('Availability zone').fill('nowhere');
  await page.getByText(/^Name a zone of/).waitFor();
  must(await submit.isDisabled(), 'a wrong zone can be sent');
  const region = await page.getByLabel('Region').inputValue();
  await page.getByLabel('Availability zone').fill(`${region}b`);
  await page.getByLabel('Volume type').selectOption('GP3');
  await page.getByLabel('IOPS').fill('100');
  await page.getByText('3,000 to 80,000.').first().waitFor();
  must(await submit.isDisabled(), 'wrong IOPS can be sent');
  await page.getByLabel('IOPS').fill('4000');
  await button(page, 'Add a tag').click();
  await page.getByLabel('Key', { exact: true }).fill('restored-by');
  await page.getByLabel('Value').fill('ann');
  await page.getByText(/gp3 \(4,000 IOPS\) volume in .*, with 1 tag\./).waitFor();
  await submit.click();
  await heading(page, 'Restore EBS').waitFor();
  await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: 90_000 });
  must(await page.getByText('Restored volume').isVisible(), 'the new volume is not named');
  await go(`${address}/restore`);
  await page.getByText('An image file on the server').click();
  await page.getByLabel('File name').fill('../etc/passwd');
  must(await submit.isDisabled(), 'a path can be sent as a file name');
  await page.getByLabel('File name').fill('daily.img');
  await submit.click();
  await heading(page, 'Restore image').waitFor();
  await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: 90_000 });
});

await flow('a restore begins in the account of the asset; another one is found by its number, and only a linked region is offered', ann, async ({ page, go }) => {
  const { recoveryPoints, awsAccounts } = await api('{ recoveryPoints(first: 1, filter: { status: [AVAILABLE], placement: [VAULT] }) { nodes { id asset { region awsAccount { id name accountId } } } } awsAccounts(first: 20) { nodes { id name accountId regions { region } } } }');
  const [{ id, asset }] = recoveryPoints.nodes;
  await go(`/recovery-points/${id}/restore`);
  const field = page.getByLabel('AWS account', { exact: true }).and(page.locator('input:not([type=hidden])'));
  await field.waitFor();
  const shows = (one) => until(`the account is ${one.name}`, async () => (await field.inputValue()) === `${one.name} (${one.accountId})`);
  await shows(asset.awsAccount);
  const region = page.getByLabel('Region', { exact: true });
  must((await region.inputValue()) === asset.region, 'the region is not that of the asset');
  const other = awsAccounts.nodes.find((one) => one.id !== asset.awsAccount.id);
  await pick(page, 'AWS account', other.accountId, `${other.name} (${other.accountId})`);
  await page.getByText(new RegExp(`volume like the original in ${await region.inputValue()}.* of ${other.name},`)).waitFor();
  must(other.regions.some((one) => one.region === asset.region) === ((await region.inputValue()) === asset.region), 'the region has changed although the account has it, or stayed although it has not');
});

await flow('a damaged recovery point is restored only by who insists', ann, async ({ page, go }) => {
  const { recoveryPoints } = await api('{ recoveryPoints(first: 1, filter: { status: [AVAILABLE], placement: [VAULT] }) { nodes { id } } }');
  let sent = '';
  // Damage cannot be made quickly: the page is told of it, and the server never is.
  await page.route('**/graphql', async (route) => {
    const asked = route.request().postData() ?? '';
    if (asked.includes('mutation RestoreImage')) {
      sent = asked;
      await route.fulfill({ json: { data: { restoreImage: { task: null, userErrors: [{ field: ['input'], message: 'Seen.' }] } } } });
    } else if (asked.includes('query PointToRestore')) {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replace('"AVAILABLE"', '"DAMAGED"') });
    } else await route.continue();
  });
  try {
    await go(`/recovery-points/${recoveryPoints.nodes[0].id}/restore`);
    await page.getByText('This recovery point is damaged').waitFor();
    await page.getByText('An image file on the server').click();
    must(await button(page, 'Restore').isDisabled(), 'it can be restored without insisting');
    await page.getByRole('checkbox', { name: 'Restore it all the same' }).click();
    await button(page, 'Restore').click();
    await page.getByText('Seen.').waitFor();
    must(JSON.parse(sent).variables.input.allowDamaged === true, `the server was not told: ${sent}`);
  } finally {
    await page.unrouteAll({ behavior: 'wait' });
  }
});

await flow('a change of an account that somebody else has made meanwhile is not overwritten', ann, async ({ page, go }) => {
  const { awsAccounts } = await api('{ awsAccounts(first: 1) { nodes { id name version } } }');
  const [{ id, name, version }] = awsAccounts.nodes;
  const rename = (to, expectedVersion) => api('mutation ($input: UpdateAwsAccountInput!) { updateAwsAccount(input: $input) { awsAccount { version } userErrors { message } } }', { input: { id, name: to, expectedVersion } });
  await go(`/aws-accounts/${id}`);
  await button(page, 'Change').click();
  const field = page.getByRole('dialog').getByLabel('Name', { exact: true });
  await field.fill('Mine');
  await rename('Theirs', version);
  try {
    await page.getByRole('dialog').getByText('Somebody else has changed this').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').getByText(/changed/i).nth(1).waitFor();
    await page.getByRole('button', { name: 'Drop mine and show theirs' }).click();
    await heading(page, 'Theirs').waitFor();
  } finally {
    await rename(name, version + 1);
  }
});

await flow('first steps leave the navigation when they are done, and the palette keeps them', ann, async ({ page, go }) => {
  await go('');
  await settled(page);
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'First steps' }).waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.getByLabel('Search, or type a command').fill('first st');
  await page.getByRole('option', { name: /First steps/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('5 of 5 done').waitFor();
});

await flow('the unit switcher is not shown where there is one unit; the query opens in GraphiQL', ann, async ({ page, go }) => {
  await go('/tasks');
  await settled(page);
  const href = await page.getByRole('link', { name: 'Show the query' }).getAttribute('href');
  const query = new URL(href, o.url).searchParams.get('query');
  must(/query Tasks/.test(query) && /fragment TaskRow/.test(query), `the link holds ${query?.slice(0, 80)}`);
  await api(query, JSON.parse(new URL(href, o.url).searchParams.get('variables')));
  await page.goto(new URL(href, o.url).href);
  // The editor cuts its text into pieces, with spaces of its own.
  const reads = (words) => page.waitForFunction((sought) => document.body.innerText.replaceAll(/\s+/g, ' ').includes(sought), words);
  await reads('query Tasks');
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await reads('"totalCount":');
});

await flow('a narrow window has everything behind the menu', ann, async ({ page, go }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await go('');
  await button(page, 'Open navigation').click();
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Policies' }).click();
  await heading(page, 'Policies').waitFor();
  await go('/tasks');
  await page.locator('tbody .more-facts', { hasText: /^Created/ }).first().waitFor();
  await go('/assets?search=web-vol-00&protected=yes');
  await page.locator('tbody a').first().click();
  await page.getByText(/ of the last 1[34]\d days \(UTC\) ha(s|ve) a recovery point/).waitFor();
  await go('/audit');
  await page.locator('tbody .more-facts', { hasText: /CET.*Who.*Done/ }).first().waitFor();
  const cut = await page.locator('.panel:has(tbody)').evaluate((panel) => [...panel.querySelectorAll('td *')].filter((one) => one.getBoundingClientRect().right > panel.getBoundingClientRect().right).map((one) => one.textContent));
  must(cut.length === 0, `cut at the edge of the panel: ${cut}`);
  await page.setViewportSize({ width: 1280, height: 900 });
});

const bob = await person(browser, o.url, { colorScheme: 'dark' });
await flow('two browsers watch one task, the server starts again, and no event is missed', bob, async () => {
  const heard = [overhear(ann.page), overhear(bob.page)];
  await signIn(bob, o, '/tasks');
  await ann.go('/assets?search=web-vol-00&protected=yes');
  await ann.page.locator('tbody a').first().click();
  await button(ann.page, 'Back up now').waitFor();
  const { eventCursor: after } = await api('{ eventCursor }');
  await disturb(o.sim, SLOW);
  try {
    await button(ann.page, 'Back up now').click();
    await ann.page.getByRole('dialog').getByRole('button', { name: 'Back up now' }).click();
    await ann.page.getByRole('link', { name: 'See the task' }).click();
    await heading(ann.page, 'Backup EBS').waitFor();
    const task = ann.page.url().split('/').at(-1);
    await bob.go(`/tasks/${task}`);
    for (const { page } of [ann, bob]) await page.getByText('Running', { exact: true }).first().waitFor({ timeout: 30_000 });
    const count = bob.page.getByRole('link', { name: /\d+ tasks? at work/ });
    must(Number(await count.textContent()) >= 1, 'the header does not count the running task');
    const restarted = command('restart');
    await ann.page.getByText('The connection is lost').waitFor({ timeout: 15_000 });
    await restarted;
    await disturb(o.sim, []);
    for (const { page } of [ann, bob]) await page.getByText('Completed', { exact: true }).first().waitFor({ timeout: 120_000 });
    must((await ann.page.getByText('The connection is lost').count()) === 0, 'the banner stays although the line is back');
    await missedNothing(o, heard, after, task);
  } finally {
    await disturb(o.sim, []);
    forgive(ann, bob);
  }
});

await flow('a page whose answers take longer than events are apart still moves', ann, async ({ page, go }) => {
  await go('/');
  await heading(page, 'Dashboard').waitFor();
  const asked = { request: 0, requestfinished: 0, requestfailed: 0 };
  const counters = Object.keys(asked).map((event) => [event, (request) => { if ((request.postData() ?? '').includes('query Dashboard')) asked[event] += 1; }]);
  await page.route('**/graphql', async (route) => {
    await new Promise((resolve) => { setTimeout(resolve, SLOW_ANSWER_MS); });
    await route.continue();
  });
  for (const [event, count] of counters) page.on(event, count);
  await disturb(o.sim, SLOW);
  try {
    // Each backup by hand brings some events, and the next one comes before an answer could.
    const { assets } = await api('{ assets(first: 8, filter: { kind: [EBS_VOLUME] }) { nodes { id } } }');
    for (const { id } of assets.nodes) {
      await api('mutation ($input: StartBackupInput!) { startBackup(input: $input) { userErrors { message } } }', { input: { assetIds: [id], idempotencyKey: `${id}${Date.now()}` } });
      await page.waitForTimeout(900);
    }
    await until('a question is answered', async () => asked.requestfinished > 0);
    must(asked.requestfailed === 0, `of ${asked.request} questions ${asked.requestfinished} were answered, and ${asked.requestfailed} given up`);
  } finally {
    await disturb(o.sim, []);
    await page.unrouteAll({ behavior: 'wait' });
    for (const [event, count] of counters) page.off(event, count);
  }
});

await flow('signing out leaves nothing behind', ann, async ({ page }) => {
  await page.getByRole('button', { name: /account and help/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(page, 'Sign in').waitFor();
  await page.goBack().catch(() => undefined);
  await heading(page, 'Sign in').waitFor();
});

await browser.close();
tally.end('daily');
