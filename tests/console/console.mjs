#!/usr/bin/env node
// The console in headless Chromium against a server at work: signs in, opens every room in light and dark, wide and narrow, and
// backs a volume up by hand. No axe violation, no console error, no request off the origin, nothing wider than its window.
// usage: console.mjs --url URL --email EMAIL --password PASSWORD --pictures FOLDER
// Invariant: everything a room needs is read from the page itself, never from the API behind it.
import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { options, Tally } from './options.mjs';

const o = options(['url', 'email', 'password', 'pictures']);
const tally = new Tally();
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const ROOMS = { dashboard: '', assets: '/assets', policies: '/policies', 'recovery-points': '/recovery-points', tasks: '/tasks', 'aws-accounts': '/aws-accounts', audit: '/audit', missing: '/nowhere' };
const WIDTHS = { wide: 1280, narrow: 390 };
mkdirSync(o.pictures, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const origin = new URL(o.url).origin;

function check(name, wrong) {
  if (wrong.length === 0) tally.ok(name);
  else tally.bad(name, wrong.join('; '));
}

async function open(colorScheme) {
  const context = await browser.newContext({ colorScheme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const wrong = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(`page error: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (/^(https?|wss?):$/.test(protocol) && host !== new URL(origin).host) wrong.push(`off origin: ${request.url()}`);
  });
  return { page, wrong };
}

async function look({ page, wrong }, name) {
  for (const [size, width] of Object.entries(WIDTHS)) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: `${o.pictures}/${name}-${size}.png` });
    const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
    const found = violations.map((one) => `${one.id} (${one.nodes.length}) ${one.nodes[0].target.join(' ')}: ${one.nodes[0].failureSummary}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 1) found.push(`${over} px too wide`);
    check(`${name} ${size}`, [...found, ...wrong.splice(0)]);
  }
}

async function signIn({ page, wrong }, password) {
  await page.getByLabel('E-mail').fill(o.email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  return wrong;
}

for (const scheme of ['light', 'dark']) {
  const visit = await open(scheme);
  const { page } = visit;
  await page.goto(`${o.url}/console/tasks?status=COMPLETED`);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await look(visit, `sign-in-${scheme}`);
  if (scheme === 'light') {
    await signIn(visit, 'Wrong-Password-1');
    await page.getByRole('alert').waitFor();
    tally.ok('a wrong password is refused beside its field');
  }
  await signIn(visit, o.password);
  await page.getByRole('heading', { name: 'Tasks', level: 1 }).waitFor();
  check(`${scheme}: a link into the console opens where it points`, new URL(page.url()).search === '?status=COMPLETED' ? [] : [page.url()]);
  for (const [name, path] of Object.entries(ROOMS)) {
    await page.setViewportSize({ width: WIDTHS.wide, height: 900 });
    await page.goto(`${o.url}/console${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByRole('status', { name: 'Loading' }).waitFor({ state: 'detached' });
    await look(visit, `${name}-${scheme}`);
  }
  await page.setViewportSize({ width: WIDTHS.wide, height: 900 });
  await page.goto(`${o.url}/console/assets?kind=EBS_VOLUME&protected=yes`);
  const first = page.locator('tbody a').first();
  const asset = await first.textContent();
  await first.click();
  await page.getByRole('heading', { name: asset, level: 1 }).waitFor();
  await page.getByRole('heading', { name: 'Configuration' }).waitFor();
  await look(visit, `asset-${scheme}`);
  await page.setViewportSize({ width: WIDTHS.wide, height: 900 });
  await page.getByRole('link', { name: 'Restore' }).first().click();
  await page.getByRole('heading', { name: 'Restore a volume' }).waitFor();
  await page.getByLabel('Availability zone').fill('nowhere');
  await page.getByText('A zone is a region and a letter').waitFor();
  check(`${scheme}: a restore with a wrong zone cannot be sent`, (await page.getByRole('button', { name: 'Restore' }).isDisabled()) ? [] : ['it can']);
  await look(visit, `restore-${scheme}`);
  if (scheme === 'light') await backUp(visit);
  await page.context().close();
}

async function backUp(visit) {
  const { page } = visit;
  await page.goBack();
  await page.getByRole('button', { name: 'Back up now' }).click();
  await page.getByText('The backup has been queued.').waitFor();
  const tasks = page.locator('section', { has: page.getByRole('heading', { name: 'Tasks' }) });
  await tasks.locator('tbody tr', { hasText: 'Backup EBS' }).first().getByRole('link').click();
  await page.getByRole('heading', { name: 'Backup EBS', level: 1 }).waitFor();
  // No reload: the page must learn by itself, from the stream, that the task is over.
  await page.getByText('Completed').first().waitFor({ timeout: 60_000 });
  tally.ok('a backup by hand is watched to its end without a reload');
  await look(visit, 'task-light');
}

await browser.close();
tally.end('console');
