#!/usr/bin/env node
// The lists of the administration move by themselves: what one browser does another one sees without loading anew, and who may not see
// a list has no error for it. Not for what the pages do (people.mjs) nor for who is told what (src/app/events).
// usage: together.mjs --url URL --folder FOLDER
// Invariant: a page that was loaded anew has lost its mark, and a flow whose page has lost it has failed.
import { launch, person, signIn } from './browser.mjs';
import { button, heading, mailed, must, teller } from './flows.mjs';
import { options, Tally } from './options.mjs';

const o = options(['url', 'folder']);
const tally = new Tally();
const flow = teller(tally, process.env.FLOW);
const ADA = { name: 'Ada Admin', email: 'ada@twins.test', password: 'Quiet-Zebra-8-Teapot' };
const BEN = { name: 'Ben Backup', email: 'ben@twins.test', password: 'Loud-Giraffe-9-Kettle' };
const CAT = { name: 'Cat Corner', email: 'cat@twins.test', password: 'Brisk-Walrus-7-Lantern' };
const browser = await launch();

const field = (page, name) => page.getByLabel(name, { exact: true });
const panel = (page, title) => page.locator('section.panel', { has: page.getByRole('heading', { name: title, exact: true }) });

/** A browser that also hears what its socket is refused. */
async function listener() {
  const visit = await person(browser, o.url);
  visit.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => {
    const { type, payload: said } = JSON.parse(String(payload));
    if (type === 'error' || said?.errors != null) visit.wrong.push(`stream refused: ${JSON.stringify(said)}`);
  }));
  return visit;
}

/** Opens a page and marks it: only what was not loaded anew keeps the mark. */
async function watch({ page, go }, path) {
  await go(path);
  await page.locator('main h1').waitFor();
  await page.evaluate(() => { globalThis.marked = true; });
}

const stayed = async ({ page }) => { must(await page.evaluate(() => globalThis.marked === true), 'the page was loaded anew'); };

async function join(visit, who) {
  const { page } = visit;
  await page.goto(`${o.url}${await mailed(o.folder, who.email, '/console/accept-invitation')}`);
  await heading(page, 'Join your team').waitFor();
  await field(page, 'Your name').fill(who.name);
  await field(page, 'Password').fill(who.password);
  await field(page, 'I accept the terms').check();
  await button(page, 'Join').click();
  // By then it may have been renamed.
  await page.getByRole('heading', { name: /^You belong to Twins/, level: 1 }).waitFor();
}

async function invite({ page }, { email }, role, unit) {
  await button(page, 'Invite').click();
  await field(page, 'E-mail').fill(email);
  await field(page, 'Role').selectOption({ label: role });
  await field(page, 'Organizational unit').selectOption({ label: unit });
  await button(page, 'Send invitation').click();
}

const [one, two, ben, cat] = [await listener(), await listener(), await listener(), await listener()];

await flow('an organization of its own begins', one, async ({ page, go }) => {
  await go('');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await field(page, 'Your name').fill(ADA.name);
  await field(page, 'Organization').fill('Twins');
  await field(page, 'E-mail').fill(ADA.email);
  await field(page, 'Password').fill(ADA.password);
  await field(page, 'I accept the terms').check();
  await button(page, 'Create account').click();
  await heading(page, 'Look into your mailbox').waitFor();
  await page.goto(`${o.url}${await mailed(o.folder, ADA.email, '/console/confirm-sign-up')}`);
  await field(page, 'Password').fill(ADA.password);
  await button(page, 'Confirm').click();
  await heading(page, 'Your account is ready').waitFor();
  await signIn(one, ADA);
  await signIn(two, ADA);
});

await flow('an invitation and who comes by it are seen elsewhere', two, async ({ page }) => {
  await watch(two, '/users');
  await page.getByRole('link', { name: ADA.name }).waitFor();
  await one.go('/users');
  await invite(one, BEN, 'Backup admin', 'Global');
  await panel(page, 'Invitations').getByText(BEN.email).waitFor();
  await join(ben, BEN);
  await page.getByRole('link', { name: BEN.name }).waitFor();
  await panel(page, 'Invitations').waitFor({ state: 'detached' });
  await stayed(two);
});

await flow('a grant, a suspension and its end are seen elsewhere', two, async ({ page }) => {
  await one.page.getByRole('link', { name: BEN.name }).click();
  await heading(one.page, BEN.name).waitFor();
  await button(one.page, 'Suspend').click();
  await one.page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await page.getByRole('row', { name: new RegExp(BEN.name) }).getByText('Suspended').waitFor();
  await stayed(two);
  await page.getByRole('link', { name: BEN.name }).click();
  await heading(page, BEN.name).waitFor();
  await button(one.page, 'Resume').click();
  await button(page, 'Suspend').waitFor();
  await button(one.page, 'Give a role').click();
  await field(one.page, 'Role').selectOption({ label: 'Helpdesk admin' });
  await field(one.page, 'Organizational unit').selectOption({ label: 'Global' });
  await button(one.page, 'Give').click();
  await page.getByRole('row', { name: /Helpdesk admin.*Global/ }).waitFor();
  await one.page.getByRole('row', { name: /Helpdesk admin/ }).getByRole('button', { name: 'Take away' }).click();
  await one.page.getByRole('dialog').getByRole('button', { name: 'Take away' }).click();
  await page.getByRole('row', { name: /Helpdesk admin/ }).waitFor({ state: 'detached' });
  await stayed(two);
});

await flow('a role is seen elsewhere, and a change of it overwrites nothing that somebody types', two, async ({ page }) => {
  await watch(two, '/roles');
  await page.getByRole('table').waitFor();
  await one.go('/roles/new');
  await field(one.page, 'Name').fill('Night shift');
  await button(one.page, 'Create role').click();
  await page.getByRole('link', { name: 'Night shift' }).click();
  await heading(page, 'Night shift').waitFor();
  await field(page, 'Description').fill('typed by two');
  await one.page.getByRole('link', { name: 'Night shift' }).click();
  await field(one.page, 'Description').fill('saved by one');
  await button(one.page, 'Save').click();
  await page.getByText('Somebody else has changed this since you began.', { exact: false }).waitFor();
  must(await field(page, 'Description').inputValue() === 'typed by two', 'what was typed is gone');
  await button(page, 'Save').click();
  await page.getByRole('alert').first().waitFor();
  await button(page, 'Drop mine and show theirs').click();
  await page.waitForFunction(() => [...document.querySelectorAll('input')].some(({ value }) => value === 'saved by one'));
  await stayed(two);
});

await flow('a unit is seen elsewhere', two, async ({ page }) => {
  await watch(two, '/organizational-units');
  await page.getByRole('cell', { name: /^Global/ }).waitFor();
  await one.go('/organizational-units');
  await button(one.page, 'New unit').click();
  await field(one.page, 'Name').fill('Berlin');
  await button(one.page, 'Create').click();
  await page.getByRole('cell', { name: 'Berlin', exact: true }).waitFor();
  await stayed(two);
});

await flow('a service token and its end are seen elsewhere', two, async ({ page }) => {
  await watch(two, '/service-tokens');
  await page.getByText('There is no service token.').waitFor();
  await one.go('/service-tokens');
  await button(one.page, 'New token').click();
  await field(one.page, 'Name').fill('Nightly report');
  await field(one.page, 'Role').selectOption({ label: 'Reporting audit admin' });
  await field(one.page, 'Organizational unit').selectOption({ label: 'Global' });
  await button(one.page, 'Make token').click();
  await button(one.page, 'I have kept it').click();
  await page.getByRole('cell', { name: 'Nightly report' }).waitFor();
  await one.page.getByRole('row', { name: /Nightly report/ }).getByRole('button', { name: 'Revoke' }).click();
  await one.page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('There is no service token.').waitFor();
  await stayed(two);
});

await flow('a claimed domain and the name of the organization are seen elsewhere', two, async ({ page }) => {
  await watch(two, '/identity-providers');
  await panel(page, 'Domains').getByRole('textbox').waitFor();
  await one.go('/identity-providers');
  await panel(one.page, 'Domains').getByRole('textbox').fill('twins.test');
  await panel(one.page, 'Domains').getByRole('button', { name: 'Claim' }).click();
  await panel(page, 'Domains').getByText('twins.test', { exact: true }).first().waitFor();
  await stayed(two);
  await watch(two, '/organization');
  await field(page, 'Name').waitFor();
  await one.go('/organization');
  await field(one.page, 'Name').fill('Twins Ltd');
  await button(one.page, 'Save').click();
  await page.waitForFunction(() => [...document.querySelectorAll('input')].some(({ value }) => value === 'Twins Ltd'));
  await stayed(two);
});

await flow('what is one\'s own is seen in the other browser', two, async ({ page }) => {
  await watch(two, '/account');
  await panel(page, 'Sessions').getByRole('row').nth(2).waitFor();
  const before = await panel(page, 'Sessions').getByRole('row').count();
  const third = await listener();
  await signIn(third, ADA);
  await panel(page, 'Sessions').getByRole('row').nth(before).waitFor();
  await third.page.context().close();
  await one.go('/account');
  await button(one.page, 'New token').click();
  await field(one.page, 'Name').last().fill('Script');
  await button(one.page, 'Make token').click();
  await button(one.page, 'I have kept it').click();
  await page.getByRole('cell', { name: 'Script' }).waitFor();
  await field(one.page, 'Name').first().fill('Ada A. Admin');
  await panel(one.page, 'Profile').getByRole('button', { name: 'Save' }).click();
  await page.waitForFunction(() => [...document.querySelectorAll('input')].some(({ value }) => value === 'Ada A. Admin'));
  await stayed(two);
});

await flow('who may read but not manage people follows their list, and is refused nowhere', ben, async ({ page }) => {
  await signIn(ben, BEN);
  await watch(ben, '/users');
  await page.getByRole('link', { name: 'Ada A. Admin' }).waitFor();
  must((await button(page, 'Invite').count()) === 0, 'the page is that of a manager');
  await one.go('/account');
  await field(one.page, 'Name').first().fill(ADA.name);
  await panel(one.page, 'Profile').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('link', { name: ADA.name, exact: true }).waitFor();
  await stayed(ben);
  for (const path of ['/roles', '/organizational-units', '/service-tokens', '/identity-providers', '/organization', '/vault-lock', '/account', '/users']) {
    await ben.go(path);
    await page.locator('main h1').waitFor();
    await page.waitForLoadState('networkidle');
  }
});

await flow('who sees one unit only is told of nobody and nothing elsewhere, without an error', cat, async ({ page }) => {
  await one.go('/organizational-units');
  await button(one.page, 'New unit').click();
  await field(one.page, 'Name').fill('Hamburg');
  await button(one.page, 'Create').click();
  await one.page.getByRole('cell', { name: 'Hamburg', exact: true }).waitFor();
  await one.go('/users');
  await invite(one, CAT, 'Backup admin', '\u2003Hamburg');
  await join(cat, CAT);
  await signIn(cat, CAT);
  for (const path of ['/users', '/service-tokens', '/identity-providers', '/organization', '/account', '/organizational-units']) {
    await cat.go(path);
    await page.locator('main h1').waitFor();
    await page.waitForLoadState('networkidle');
  }
  await watch(cat, '/organizational-units');
  await page.getByRole('cell', { name: 'Hamburg', exact: true }).waitFor();
  await one.go('/organizational-units');
  for (const name of ['Madrid', 'Potsdam']) {
    await button(one.page, name === 'Madrid' ? 'New unit' : 'Actions for Hamburg').click();
    if (name === 'Potsdam') await one.page.getByRole('menuitem', { name: 'New unit below' }).click();
    await field(one.page, 'Name').fill(name);
    await button(one.page, 'Create').click();
    await one.page.getByRole('cell', { name, exact: true }).waitFor();
  }
  await page.getByRole('cell', { name: 'Potsdam', exact: true }).waitFor();
  must((await page.getByRole('cell', { name: 'Madrid', exact: true }).count()) === 0, 'a unit of others is shown');
  await stayed(cat);
  // Its rights have grown with the tree, so its streams have ended and begun anew: that is no refusal of a list.
  cat.wrong.splice(0, cat.wrong.length, ...cat.wrong.filter((one) => !one.includes('UNAUTHENTICATED')));
});

await browser.close();
tally.end('together');
