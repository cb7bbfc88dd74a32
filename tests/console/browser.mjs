// What the scripts of this folder share: a person in headless Chromium who notices whatever goes wrong, and how a page is judged.
// Not for any page or flow. Invariant: a console error, a request off the origin or a failed one is never overlooked: `wrong`
// has it until somebody has reported it.
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
export const WIDTHS = { wide: 1280, narrow: 390 };
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ARGS });

/** A person: a page of its own, and `wrong`, what it has complained about. */
export async function person(browser, url, options = {}) {
  const context = await browser.newContext({ colorScheme: 'light', reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'Europe/Vienna', viewport: { width: WIDTHS.wide, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.PATIENCE_MS ?? 15_000));
  const wrong = [];
  const host = new URL(url).host;
  page.on('console', (message) => message.type() === 'error' && wrong.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(`page error: ${error.message}`));
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (/^(https?|wss?):$/.test(asked.protocol) && asked.host !== host) wrong.push(`off origin: ${request.url()}`);
  });
  return { page, wrong, url, go: (path) => page.goto(`${url}/console${path || '/'}`) };
}

export async function signIn({ page, go }, { email, password }, path = '') {
  await go(path);
  await page.getByLabel('E-mail').fill(email);
  const next = page.getByRole('button', { name: 'Continue' });
  if (await next.isVisible().catch(() => false)) await next.click();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Rooms' }).waitFor({ state: 'attached' });
}

/** Waits until the page has what it asked for. */
export async function settled(page) {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}

/** What is wrong with the page as it is now. */
export async function faults(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  const found = violations.map((one) => `${one.id} (${one.nodes.length}) ${one.nodes[0].target.join(' ')}: ${one.nodes[0].failureSummary.replaceAll('\n', ' ')}`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (over > 1) found.push(`${over} px too wide`);
  return found;
}
