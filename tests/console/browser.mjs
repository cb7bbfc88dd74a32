// What the scripts of this folder share: a person in headless Chromium who notices whatever goes wrong, and how a page is judged.
// Not for any page or flow. Invariant: a console error, a request off the origin or a failed one is never overlooked: `wrong`
// has it until somebody has reported it.
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

/** Whoever speaks to a page says what they see (WCAG 2.5.3): axe calls the rule for that experimental. */
const MORE = { 'label-content-name-mismatch': { enabled: true } };
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
export const WIDTHS = { wide: 1280, narrow: 390 };
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const HEADERS = ['content-security-policy', 'x-content-type-options', 'referrer-policy'];
/** Most that a page may jump while it loads: the limit of "good" of Web Vitals. */
const SHIFT_MAX = 0.1;
/** Places of the focus that are looked at. */
const TABS = 15;

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
  // A request that a page gave up when it was left has not failed.
  page.on('requestfailed', (request) => request.failure()?.errorText !== 'net::ERR_ABORTED' && wrong.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (/^(https?|wss?):$/.test(asked.protocol) && asked.host !== host) wrong.push(`off origin: ${request.url()}`);
  });
  const go = async (path) => {
    const response = await page.goto(`${url}/console${path || '/'}`);
    const headers = response?.headers() ?? {};
    wrong.push(...HEADERS.filter((name) => headers[name] == null).map((name) => `no header ${name}`));
    if (!/frame-ancestors 'none'/.test(headers['content-security-policy'])) wrong.push('the page can be framed');
  };
  return { page, wrong, url, go };
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

/** Waits until the page has what it asked for, and nothing on it moves: a colour on its way from one to another has any contrast. */
export async function settled(page) {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
  await page.evaluate(async () => {
    await document.fonts.ready;
    await new Promise((done) => { requestAnimationFrame(() => { requestAnimationFrame(done); }); });
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
}

/** What is wrong with the page as it is now. */
export async function faults(page) {
  const { violations } = await new AxeBuilder({ page }).options({ rules: MORE }).withTags(RULES).analyze();
  const found = violations.map((one) => `${one.id} (${one.nodes.length}) ${one.nodes[0].target.join(' ')}: ${one.nodes[0].failureSummary.replaceAll('\n', ' ')}`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (over > 1) found.push(`${over} px too wide`);
  if ((await page.getByText('This could not be loaded.').count()) > 0) found.push('a part could not be loaded');
  const shown = await page.evaluate(() => ({ title: document.title, lang: document.documentElement.lang, heads: document.querySelectorAll('h1').length }));
  if (shown.title === '' || shown.lang === '' || shown.heads !== 1) found.push(`title, language and one head line: ${JSON.stringify(shown)}`);
  return found;
}

/** How much of a page that was just opened has jumped, if that is too much. */
export async function jumps(page) {
  const { sum, worst } = await page.evaluate(() => new Promise((resolve) => {
    const seen = [];
    new PerformanceObserver((list) => { seen.push(...list.getEntries()); }).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => {
      const counted = seen.filter(({ hadRecentInput }) => !hadRecentInput);
      const most = counted.toSorted((a, b) => b.value - a.value)[0];
      resolve({ sum: counted.reduce((all, { value }) => all + value, 0), worst: most?.sources.map(({ node }) => node?.className ?? node?.nodeName).join(', ') });
    }, 50);
  }));
  return sum > SHIFT_MAX ? [`it jumps while it loads: ${sum.toFixed(3)}, most of all ${worst}`] : [];
}

/** What gets the focus by the keyboard without showing it. */
export async function unseen(page) {
  const found = new Set();
  for (let count = 0; count < TABS; count += 1) {
    await page.keyboard.press('Tab');
    const bare = await page.evaluate(() => {
      const one = document.activeElement;
      if (one == null || one === document.body) return '';
      const { outlineStyle, boxShadow } = getComputedStyle(one);
      return outlineStyle === 'none' && boxShadow === 'none' ? `${one.tagName} ${one.className}` : '';
    });
    if (bare !== '') found.add(`no ring on ${bare}`);
  }
  return [...found];
}
