#!/usr/bin/env node
// People and administration of the console, as one story in headless Chromium on an empty server: sign-up by mail, second factors,
// passkeys, colleagues, roles, units, an AWS account, an identity provider, settings, tokens, the audit log. Every page on the way
// is judged in light and dark, wide and narrow.
// usage: people.mjs --url URL --folder FOLDER --sso FOLDER --pictures FOLDER --sim URL --python PYTHON --role FILE --oidc-port N --saml-port N
// Invariant: a story has one way, so the first step that breaks ends it; nothing is done but by the pages.
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { faults, launch, person, settled, WIDTHS } from './browser.mjs';
import { mailed, must, until } from './flows.mjs';
import { options, Tally } from './options.mjs';
import { openIdConnect, saml } from './providers.mjs';
import { small } from './pictures.mjs';
import { Steps } from './steps.mjs';

const o = options(['url', 'folder', 'sso', 'pictures', 'sim', 'python', 'role', 'oidc-port', 'saml-port']);
const tally = new Tally();
const FRAN = { name: 'Fran Founder', email: 'fran@corp.test', password: 'Quiet-Zebra-8-Teapot' };
const CARL = { name: 'Carl Colleague', email: 'carl@corp.test', password: 'Loud-Giraffe-9-Kettle' };
const OTHER = 'Brisk-Walrus-7-Lantern';
const ACCOUNT = '111111111111';
const SCHEMES = ['light', 'dark'];
/** What look.mjs cannot show, or not with as much in it: pages that need a story behind them. */
const KEPT = new Set(['sign-up', 'sign-up-sent', 'confirm-sign-up', 'reset-password', 'accept-invitation', 'first-steps', 'account', 'users', 'roles', 'role', 'role-new', 'unit-move', 'organizational-units', 'aws-accounts', 'aws-account-connect', 'identity-providers', 'identity-providers-claim', 'identity-provider-new', 'identity-provider-saml', 'identity-provider-rules', 'service-tokens', 'service-token-new', 'organization', 'audit', 'second-factor', 'sign-in-provider', 'duty-factor', 'account-app', 'prove', 'invite', 'user', 'identity-provider', 'aws-account-new', 'aws-account-degraded', 'audit-record']);
/** Minutes that the server's calendar is ahead. */
let ahead = 0;
mkdirSync(o.pictures, { recursive: true });
const browser = await launch();

const field = (page, name) => page.getByLabel(name, { exact: true });
const button = (page, name) => page.getByRole('button', { name, exact: true });
const heading = (page, name, level = 1) => page.getByRole('heading', { name, level, exact: true });
const panel = (page, title) => page.locator('section.panel', { has: page.getByRole('heading', { name: title, exact: true }) });

/** Judges what is open now, in both schemes and widths. */
/** One tab shows a unit, and the other goes on to show everything; a link shows what its sender saw. */
async function unitOfTab(page) {
  const shows = (tab, name) => tab.getByRole('button', { name: new RegExp(`${name}$`) }).and(tab.locator('.context')).waitFor();
  const tab = await page.context().newPage();
  await tab.goto(`${o.url}/console/tasks`);
  await tab.locator('.context').click();
  await tab.getByRole('menuitem', { name: 'Berlin', exact: true }).click();
  await shows(tab, 'Berlin');
  await tab.waitForURL(/unit=/);
  const query = await tab.getByRole('link', { name: 'Show the query' }).getAttribute('href');
  must(/[?&]unit=/.test(query), `the query is of another scope than the page: ${query}`);
  const link = tab.url();
  await tab.close();
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'Roles' }).click();
  await heading(page, 'Roles').waitFor();
  must(!(await page.locator('.context').textContent()).includes('Berlin'), 'another tab has changed what this one shows');
  // The browser remembers the last choice for new tabs; a link says its own.
  const sent = await page.context().newPage();
  await sent.goto(link);
  await shows(sent, 'Berlin');
  await sent.locator('.context').click();
  await sent.getByRole('menuitem', { name: 'Whole organization', exact: true }).click();
  await sent.waitForURL((url) => !url.searchParams.has('unit'));
  await sent.close();
}

async function look({ page, wrong }, name) {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    for (const [size, width] of Object.entries(WIDTHS)) {
      await page.setViewportSize({ width, height: 900 });
      await settled(page);
      const found = [...(await faults(page)), ...wrong.splice(0)];
      if (KEPT.has(name)) writeFileSync(`${o.pictures}/${name}-${colorScheme}-${size}.png`, small(await page.screenshot()));
      tally.is(`${name} ${colorScheme} ${size}`, found.length === 0, found.join('; '));
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: WIDTHS.wide, height: 900 });
}

// RFC 6238 with SHA-1 and six digits, at the server's time; a step of 1 is the code of the next half minute.
function code(secret, step = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((one) => letters.indexOf(one).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor((Date.now() + ahead * 60_000) / 30_000) + step));
  const digest = createHmac('sha1', key).update(counter).digest();
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, '0');
}

async function later() {
  writeFileSync(`${o.folder}/later`, '');
  ahead = Number(await until('the server with a later clock', () => existsSync(`${o.folder}/later.done`) && readFileSync(`${o.folder}/later.done`, 'utf8')));
  rmSync(`${o.folder}/later.done`);
}

async function signIn({ page }, { email, password }) {
  await field(page, 'E-mail').fill(email);
  await field(page, 'Password').fill(password);
  await button(page, 'Sign in').click();
}

async function signOut({ page }) {
  await page.getByRole('button', { name: /account and help/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(page, 'Sign in').waitFor();
}

// ---------------------------------------------------------------------------------------------------------------------

async function signUp(fran) {
  const { page } = fran;
  await fran.go('');
  await heading(page, 'Sign in').waitFor();
  await look(fran, 'sign-in');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await heading(page, 'Create an account').waitFor();
  await field(page, 'Password').fill('quiet');
  const kept = (rule) => page.locator('.password-rules li', { hasText: rule }).getAttribute('data-verdict');
  tally.is('rules of a password are judged while one types', (await kept('a lower-case letter')) === 'kept' && (await kept('14 to 64')) === 'open' && (await kept('no common')) === 'later');
  await button(page, 'Create account').click();
  await page.getByText('Accept the terms to go on.').waitFor();
  await field(page, 'I accept the terms').check();
  await button(page, 'Create account').click();
  await page.getByText('This is not an e-mail address.').waitFor();
  tally.is('the first field at fault has the focus', await field(page, 'Your name').evaluate((one) => one === document.activeElement));
  await look(fran, 'sign-up');
  await field(page, 'Your name').fill(FRAN.name);
  await field(page, 'Organization').fill('Corp');
  await field(page, 'E-mail').fill(FRAN.email);
  await field(page, 'Password').fill(FRAN.password);
  await button(page, 'Create account').click();
  await heading(page, 'Look into your mailbox').waitFor();
  await look(fran, 'sign-up-sent');
  await page.goto(`${o.url}${await mailed(o.folder, FRAN.email, '/console/confirm-sign-up')}`);
  await heading(page, 'Confirm your address').waitFor();
  // As a scanner of mails does: opening uses nothing up.
  await page.reload();
  await heading(page, 'Confirm your address').waitFor();
  await look(fran, 'confirm-sign-up');
  await field(page, 'Password').fill(FRAN.password);
  await button(page, 'Confirm').click();
  await heading(page, 'Your account is ready').waitFor();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await signIn(fran, { ...FRAN, password: 'Wrong-Zebra-8-Teapot' });
  await field(page, 'Password').and(page.locator('[aria-invalid="true"]')).waitFor();
  tally.ok('a wrong password is refused beside its field');
  await signIn(fran, FRAN);
  await page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  fran.wrong.splice(0);
  await fran.go('/first-steps');
  await heading(page, 'First steps').waitFor();
  await page.getByRole('navigation', { name: 'Rooms' }).getByRole('link', { name: 'First steps' }).waitFor();
  await page.getByText('0 of 5 done').waitFor();
  await look(fran, 'first-steps');
  tally.ok('signed up, confirmed and signed in');
}

async function forgotten(fran) {
  const { page } = fran;
  await signOut(fran);
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await heading(page, 'Set a new password').waitFor();
  await look(fran, 'forgot-password');
  await field(page, 'E-mail').fill(FRAN.email);
  await button(page, 'Send the link').click();
  await heading(page, 'Look into your mailbox').waitFor();
  await page.goto(`${o.url}${await mailed(o.folder, FRAN.email, '/console/reset-password')}`);
  await field(page, 'New password').fill('Fran-Founder-1!');
  await button(page, 'Set password').click();
  await page.getByText(/must not contain your name/).waitFor();
  await look(fran, 'reset-password');
  await field(page, 'New password').fill(OTHER);
  await button(page, 'Set password').click();
  await heading(page, 'Your password is set').waitFor();
  await page.getByRole('link', { name: 'Sign in' }).click();
  FRAN.password = OTHER;
  await signIn(fran, FRAN);
  await page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  tally.ok('a forgotten password is set anew by a mail');
}

/** Another address: the link goes there, the old one is told. */
async function address(fran) {
  const { page } = fran;
  const [old, next] = [FRAN.email, 'fran.founder@corp.test'];
  await fran.go('/account');
  await button(page, 'Change address').click();
  await field(page, 'New e-mail').fill('fran');
  await button(page, 'Send the link').click();
  await page.getByRole('dialog').getByText('This is not an e-mail address.').waitFor();
  await look(fran, 'account-address');
  await field(page, 'New e-mail').fill(next);
  await button(page, 'Send the link').click();
  await heading(page, 'Look into your mailbox', 2).waitFor();
  await page.goto(`${o.url}${await mailed(o.folder, next, '/console/confirm-email')}`);
  await heading(page, 'Confirm your new address').waitFor();
  await page.reload();
  await heading(page, 'Confirm your new address').waitFor();
  await look(fran, 'confirm-email');
  await button(page, 'Use the new address').click();
  await heading(page, 'Your account').waitFor();
  await panel(page, 'Profile').getByText(next).waitFor();
  FRAN.email = next;
  await until('a mail to the old address', () => readdirSync(`${o.folder}/mails`).map((name) => readFileSync(`${o.folder}/mails/${name}`, 'utf8'))
    .find((mail) => new RegExp(`^To: .*${old}`, 'm').test(mail) && mail.includes('Subject: The address of your Holdfast account was changed')));
  tally.ok('another address is confirmed by a mail to it, and the old one is told');
}

async function account(fran) {
  const { page } = fran;
  await fran.go('/account');
  await field(page, 'Name').fill('Fran F. Founder');
  await panel(page, 'Profile').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: /Fran F\. Founder: account and help$/ }).waitFor();
  await button(page, 'Set up an app').click();
  const secret = await page.getByRole('dialog').locator('code').first().textContent();
  await look(fran, 'account-app');
  await field(page, 'Code that the app shows').fill('000000');
  await button(page, 'Turn on').click();
  await field(page, 'Code that the app shows').and(page.locator('[aria-invalid="true"]')).waitFor();
  await field(page, 'Code that the app shows').fill(code(secret));
  await button(page, 'Turn on').click();
  await heading(page, 'Your recovery codes', 2).waitFor();
  const codes = await page.locator('.codes code').allTextContents();
  tally.is('recovery codes are shown once', codes.length >= 8, String(codes.length));
  await look(fran, 'account-codes');
  await button(page, 'I have kept them').click();
  await button(page, 'New token').click();
  await field(page, 'Name').last().fill('Script');
  await button(page, 'Make token').click();
  await heading(page, 'Your new token', 2).waitFor();
  const token = await page.getByRole('dialog').locator('code').textContent();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await (await fetch(`${o.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query: '{ viewer { user { email } } }' }) })).json();
  tally.is('the token that was shown works', answer.data?.viewer?.user.email === FRAN.email, JSON.stringify(answer));
  await button(page, 'I have kept it').click();
  await panel(page, 'Sessions').getByRole('cell', { name: /^Chrome on Linux\s*last from (127\.0\.0\.1|::1)$/ }).first().waitFor();
  await look(fran, 'account');
  return { secret, codes };
}

async function factors(fran, { codes }) {
  const { page } = fran;
  await signOut(fran);
  await signIn(fran, FRAN);
  await heading(page, 'Second factor').waitFor();
  await field(page, 'Code of your authenticator app').fill('000000');
  await button(page, 'Continue').click();
  await field(page, 'Code of your authenticator app').and(page.locator('[aria-invalid="true"]')).waitFor();
  await look(fran, 'second-factor');
  await button(page, 'Use a recovery code instead').click();
  await field(page, 'Recovery code').fill(codes[0]);
  await button(page, 'Continue').click();
  await page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  tally.ok('a recovery code signs in');
  // A device that has the person's finger.
  const device = await page.context().newCDPSession(page);
  await device.send('WebAuthn.enable');
  await device.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  await fran.go('/account');
  await button(page, 'Add a passkey').click();
  await field(page, 'Name').last().fill('Telephone');
  await button(page, 'Add').click();
  await page.getByText('Passkey: Telephone').waitFor();
  await signOut(fran);
  await signIn(fran, FRAN);
  await button(page, 'Use a passkey').click();
  await page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  tally.ok('a passkey signs in');
  fran.wrong.splice(0);
}

// A quarter of an hour later, what lasts needs a proof again.
async function proof(fran, { secret }) {
  const { page } = fran;
  await later();
  await later();
  await fran.go('/account');
  const row = page.getByRole('row', { name: /Recovery codes/ });
  await row.getByRole('button', { name: 'Make new codes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
  await heading(page, 'Is it you?', 2).waitFor();
  fran.wrong.splice(0);
  await look(fran, 'prove');
  await field(page, 'Code of your authenticator app').fill('000000');
  await button(page, 'Prove').click();
  await field(page, 'Code of your authenticator app').and(page.locator('[aria-invalid="true"]')).waitFor();
  await field(page, 'Code of your authenticator app').fill(code(secret, 1));
  await button(page, 'Prove').click();
  await heading(page, 'Your recovery codes', 2).waitFor();
  tally.ok('a proof is asked for once and the mutation is sent again by itself');
  await button(page, 'I have kept them').click();
}

async function invite(fran) {
  const { page } = fran;
  await fran.go('/users');
  await button(page, 'Invite').click();
  await field(page, 'E-mail').fill('nobody');
  await button(page, 'Send invitation').click();
  await page.getByRole('dialog').getByText('This is not an e-mail address.').waitFor();
  await look(fran, 'invite');
  await field(page, 'E-mail').fill(CARL.email);
  await field(page, 'Role').selectOption({ label: 'Backup admin' });
  await field(page, 'Organizational unit').selectOption({ label: 'Global' });
  await button(page, 'Send invitation').click();
  await panel(page, 'Invitations').getByText(CARL.email).waitFor();
  await look(fran, 'users');
  const carl = await person(browser, o.url);
  await carl.page.goto(`${o.url}${await mailed(o.folder, CARL.email, '/console/accept-invitation')}`);
  await heading(carl.page, 'Join your team').waitFor();
  await look(carl, 'accept-invitation');
  await field(carl.page, 'Your name').fill(CARL.name);
  await field(carl.page, 'Password').fill(CARL.password);
  await field(carl.page, 'I accept the terms').check();
  await button(carl.page, 'Join').click();
  await heading(carl.page, 'You belong to Corp').waitFor();
  await carl.page.getByRole('link', { name: 'Sign in' }).click();
  await signIn(carl, CARL);
  await carl.page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  tally.is('the colleague sees no room that is closed to him', (await carl.page.getByRole('link', { name: 'Users', exact: true }).count()) === 0);
  return carl;
}

async function rolesAndUnits(fran, carl) {
  const { page } = fran;
  await fran.go('/roles');
  await look(fran, 'roles');
  await page.getByRole('link', { name: 'New role' }).click();
  await button(page, 'Create role').click();
  await field(page, 'Name').and(page.locator('[aria-invalid="true"]')).waitFor();
  await field(page, 'Name').fill('Watchers');
  await field(page, 'Read the audit log').check();
  await look(fran, 'role-new');
  await button(page, 'Create role').click();
  await page.getByRole('link', { name: 'Watchers' }).click();
  await heading(page, 'Watchers').waitFor();
  await field(page, 'Description').fill('See and never touch');
  await button(page, 'Save').click();
  await page.getByText('The role has been saved.', { exact: false }).waitFor();
  await look(fran, 'role');
  await fran.go('/organizational-units');
  for (const name of ['Berlin', 'Munich']) {
    await button(page, 'New unit').click();
    await field(page, 'Name').fill(name);
    await button(page, 'Create').click();
    await page.getByRole('cell', { name, exact: true }).waitFor();
  }
  await button(page, 'Actions for Munich').click();
  await page.getByRole('menuitem', { name: 'Move' }).click();
  await field(page, 'Below').selectOption({ label: '\u2003Berlin' });
  await look(fran, 'unit-move');
  await page.getByRole('dialog').getByRole('button', { name: 'Move' }).click();
  await page.locator('.unit[data-depth="2"]', { hasText: 'Munich' }).waitFor();
  await look(fran, 'organizational-units');
  await unitOfTab(page);
  await fran.go('/users');
  await page.getByRole('link', { name: CARL.name }).click();
  await heading(page, CARL.name).waitFor();
  await button(page, 'Give a role').click();
  await field(page, 'Role').selectOption({ label: 'Watchers' });
  await field(page, 'Organizational unit').selectOption({ label: '\u2003Berlin' });
  await button(page, 'Give').click();
  await page.getByRole('row', { name: /Watchers.*Berlin/ }).waitFor();
  await look(fran, 'user');
  await page.getByRole('row', { name: /Watchers.*Berlin/ }).getByRole('button', { name: 'Take away' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take away' }).click();
  await page.getByRole('row', { name: /Watchers/ }).waitFor({ state: 'detached' });
  await button(page, 'Suspend').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await page.getByText('Suspended').waitFor();
  await carl.go('/assets');
  await heading(carl.page, 'Sign in').waitFor();
  await button(page, 'Resume').click();
  await page.getByText('Active', { exact: true }).waitFor();
  tally.ok('roles are made, given and taken; a suspended colleague is out');
}

// What an administrator of the account does in AWS.
const makeRole = (external) => execFileSync(o.python, [o.role, o.sim, ACCOUNT, external]);
const forbid = (...operations) => fetch(`${o.sim}/_sim/faults`, { method: 'POST', body: JSON.stringify(operations.map((op) => ({ service: 'ec2', op, code: 'UnauthorizedOperation', status: 403 }))) });

async function awsAccount(fran) {
  const { page } = fran;
  await fran.go('/aws-accounts');
  await page.getByText('No AWS account is connected.').waitFor();
  await look(fran, 'aws-accounts-empty');
  await page.getByRole('link', { name: 'Connect account' }).first().click();
  await field(page, 'Account').fill('12');
  await button(page, 'Continue').click();
  await field(page, 'Account').and(page.locator('[aria-invalid="true"]')).waitFor();
  await look(fran, 'aws-account-connect');
  await field(page, 'Name').fill('Production');
  await field(page, 'Account').fill('1111-1111-1111');
  await field(page, 'Regions').first().fill('us-east-1');
  await page.getByRole('option', { name: /us-east-1/ }).click();
  await page.keyboard.press('Escape');
  await button(page, 'Continue').click();
  await heading(page, 'Production').waitFor();
  await look(fran, 'aws-account-new');
  const external = await page.locator('dt:text-is("External id")').locator('+ dd code').textContent();
  tally.is('the template has the external id', (await page.locator('.document pre').textContent()).includes(external));
  await button(page, 'Check now').click();
  // No reload: the page learns by itself.
  await page.getByText('does not let us in', { exact: false }).waitFor({ timeout: 60_000 });
  await look(fran, 'aws-account-no-role');
  makeRole(external);
  await forbid('CreateSnapshot');
  await button(page, 'Check now').click();
  await page.locator('.lacking code', { hasText: 'ec2:CreateSnapshot' }).waitFor({ timeout: 60_000 });
  await look(fran, 'aws-account-degraded');
  await forbid();
  await button(page, 'Check now').click();
  await page.locator('.lacking').waitFor({ state: 'detached', timeout: 60_000 });
  await page.getByText('Connected').first().waitFor();
  tally.ok('an account is connected, a missing permission is named, and the page follows by itself');
  await button(page, 'Change').click();
  await field(page, 'Name').fill('Production EU');
  await look(fran, 'aws-account-change');
  await button(page, 'Save').click();
  await heading(page, 'Production EU').waitFor();
  await fran.go('/aws-accounts');
  await page.getByRole('link', { name: 'Production EU' }).waitFor();
  await look(fran, 'aws-accounts');
  await fran.go('/first-steps');
  await page.getByText('1 of 5 done').waitFor();
}

async function administration(fran, carl) {
  const { page } = fran;
  await fran.go('/service-tokens');
  await page.getByText('There is no service token.').waitFor();
  await button(page, 'New token').click();
  await field(page, 'Name').fill('Nightly report');
  await field(page, 'Role').selectOption({ label: 'Reporting audit admin' });
  await field(page, 'Organizational unit').selectOption({ label: 'Global' });
  await look(fran, 'service-token-new');
  await button(page, 'Make token').click();
  await heading(page, 'The new service token', 2).waitFor();
  await button(page, 'I have kept it').click();
  await page.getByRole('cell', { name: 'Nightly report' }).waitFor();
  await look(fran, 'service-tokens');
  await fran.go('/organization');
  await field(page, 'Unused session ends after, in minutes').fill('5');
  await button(page, 'Save').click();
  await field(page, 'Unused session ends after, in minutes').and(page.locator('[aria-invalid="true"]')).waitFor();
  await look(fran, 'organization');
  await field(page, 'Unused session ends after, in minutes').fill('50');
  await field(page, 'Everybody needs a second factor').check();
  await button(page, 'Save').click();
  await page.getByText('The settings have been saved', { exact: false }).waitFor();
  await carl.go('');
  await signIn(carl, CARL);
  await heading(carl.page, 'Set up a second factor').waitFor();
  carl.wrong.splice(0);
  await button(carl.page, 'Set up an authenticator app').click();
  const secret = await carl.page.locator('code').first().textContent();
  await look(carl, 'duty-factor');
  await field(carl.page, 'Code that the app shows').fill(code(secret));
  await button(carl.page, 'Turn on').click();
  await button(carl.page, 'Go on').click();
  await carl.page.getByRole('navigation', { name: 'Rooms' }).waitFor();
  tally.ok('whoever must have a second factor sets one up and goes on');
}

async function auditLog(fran) {
  const { page } = fran;
  await fran.go('/audit?action=create_role');
  await page.getByRole('cell', { name: 'create_role' }).waitFor();
  const rows = await page.locator('tbody tr').count();
  tally.is('a filter in the address filters', rows === 1, String(rows));
  await page.getByRole('button', { name: /^Details of record/ }).first().click();
  await page.getByRole('dialog').getByText('Hash before').waitFor();
  await look(fran, 'audit-record');
  await page.keyboard.press('Escape');
  await fran.go('/audit');
  await page.getByText('Newest hash').waitFor();
  await look(fran, 'audit');
  await button(page, 'Action').click();
  await field(page, 'Find in action').fill('scim');
  await page.getByRole('checkbox', { name: 'scim_push_user' }).waitFor();
  tally.is('the filter offers what the server records, and finds in it', (await page.getByRole('group', { name: 'Action' }).getByRole('checkbox').count()) < 10);
  await page.keyboard.press('Escape');
  const exported = async (format) => {
    await button(page, 'Export').click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: format }).click()]);
    await button(page, 'Export').waitFor();
    return readFileSync(await file.path(), 'utf8').trim().split(/\r?\n/);
  };
  const records = (await exported(/^JSON lines/)).map((line) => JSON.parse(line).record.sequence);
  tally.is('the lines have every record, the oldest first', records.length > 50 && records.every((sequence, index) => sequence === index + 1), records.slice(0, 5).join(' '));
  const lines = await exported(/^CSV/);
  for (const action of ['confirm_sign_up', 'confirm_email_change', 'update_profile', 'confirm_totp', 'create_passkey', 'prove_session', 'invite_user', 'create_role', 'move_organizational_unit', 'connect_aws_account', 'activate_identity_provider', 'link_identity', 'create_service_token', 'update_organization_settings']) {
    tally.is(`the export has ${action}`, lines.some((line) => line.includes(`,${action},SUCCESS,`)));
  }
}

const steps = Object.assign(new Steps(), { o, tally, browser });
try {
  const fran = await person(browser, o.url);
  await signUp(fran);
  await forgotten(fran);
  await address(fran);
  const strong = await account(fran);
  await factors(fran, strong);
  const carl = await invite(fran);
  await rolesAndUnits(fran, carl);
  await awsAccount(fran);
  const story = { o, browser, tally, steps, look, signOut };
  await openIdConnect(story, fran, FRAN);
  await saml(story, fran);
  await administration(fran, carl);
  await proof(fran, strong);
  await auditLog(fran);
} catch (error) {
  const [context] = browser.contexts();
  await context?.pages()[0]?.screenshot({ path: `${o.pictures}/broken.png` }).catch(() => {});
  tally.bad(error.message.split('\n').slice(0, 3).join(' '), error.stack.split('\n').filter((line) => line.includes('people.mjs')).slice(0, 3).join('\n'));
} finally {
  await steps.end();
}
tally.end('people');
