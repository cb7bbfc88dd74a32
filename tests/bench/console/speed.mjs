#!/usr/bin/env node
// Measures the console in Chromium: Lighthouse on the main pages, first JavaScript of every page, and the dashboard until it can be
// used. usage: speed.mjs --url URL --email EMAIL --password PASSWORD --rounds N --out FILE
// Not for right or wrong (tests/console). Invariant: what is written was measured in this run.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import lighthouse, { desktopConfig } from 'lighthouse';
import { chromium } from 'playwright-core';
import { options } from './options.mjs';
import { DOORS, PAGES } from './pages.mjs';

const o = options(['url', 'email', 'password', 'rounds', 'out']);
const rounds = Number(o.rounds);
const MAIN = ['dashboard', 'assets', 'asset', 'policies', 'recovery-points', 'tasks', 'calendar', 'users', 'audit'];
/** Lighthouse's own telephone: 4 x slower, 1.6 Mbit/s, 150 ms. */
const TELEPHONE = ['dashboard', 'tasks'];
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];
const KIB = 1024;
const port = 20_000 + (process.pid % 10_000);
const folder = mkdtempSync(join(tmpdir(), 'holdfast-speed-'));
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
// Two tools do not drive one browser: Playwright signs in and measures first, Lighthouse then has the same folder to itself.
const browser = await chromium.launchPersistentContext(join(folder, 'member'), { executablePath, args, viewport: { width: 1280, height: 900 } });
const page = await browser.newPage();
const go = (path) => page.goto(`${o.url}/console${path || '/'}`);
const median = (figures) => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)];

async function signIn() {
  await go('');
  await page.getByLabel('E-mail').fill(o.email);
  await page.getByLabel('Password', { exact: true }).fill(o.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Rooms' }).waitFor();
}

const addressOf = async ({ path }) => (typeof path === 'string' ? path : path({ page, go }));

/** A browser for Lighthouse, with the cookies of this folder. */
async function alone(name, work) {
  const child = spawn(executablePath, [...args, '--headless=new', `--remote-debugging-port=${port}`, `--user-data-dir=${join(folder, name)}`, 'about:blank'], { stdio: 'ignore' });
  try {
    while (!(await fetch(`http://127.0.0.1:${port}/json/version`).catch(() => ({ ok: false }))).ok) await new Promise((resolve) => { setTimeout(resolve, 100); });
    await work();
  } finally {
    const gone = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill();
    await gone;
  }
}

/** One page by Lighthouse, the median of the rounds by performance. */
async function judged(name, path, config) {
  const runs = [];
  for (let round = 0; round < rounds; round += 1) {
    const { lhr } = await lighthouse(`${o.url}/console${path}`, { port, output: 'json', logLevel: 'error', onlyCategories: CATEGORIES, disableStorageReset: true, clearStorageTypes: [] }, config);
    const figure = (id) => lhr.audits[id].numericValue;
    runs.push({ name, scores: CATEGORIES.map((id) => lhr.categories[id].score), fcp: figure('first-contentful-paint'), lcp: figure('largest-contentful-paint'), tbt: figure('total-blocking-time'), cls: figure('cumulative-layout-shift'),
      bad: Object.values(lhr.audits).filter(({ score, scoreDisplayMode }) => score != null && score < 0.9 && scoreDisplayMode !== 'informative').map(({ id }) => id) });
  }
  const [found] = runs.toSorted((a, b) => a.scores[0] - b.scores[0]).slice(Math.floor(rounds / 2));
  console.log(`${name}: ${found.scores.join(', ')} ${found.bad.join(' ')}`);
  return found;
}

/** Bytes of script that a page takes before it is whole, as sent. */
async function scripts(path) {
  const fresh = await browser.newPage();
  const session = await fresh.context().newCDPSession(fresh);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  const [kinds, bytes] = [new Map(), []];
  session.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { if (kinds.get(requestId) === 'Script') bytes.push(encodedDataLength); });
  await fresh.goto(`${o.url}/console${path || '/'}`);
  await fresh.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => {});
  await fresh.close();
  return bytes.reduce((sum, one) => sum + one, 0) / KIB;
}

/** Milliseconds from the address to a dashboard that shows its figures and waits for nothing. */
async function usable() {
  const fresh = await browser.newPage();
  const session = await fresh.context().newCDPSession(fresh);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await fresh.goto(`${o.url}/console/`, { waitUntil: 'commit' });
  const time = await fresh.evaluate(() => new Promise((resolve) => {
    const look = () => {
      const whole = document.querySelectorAll('.figure-value').length > 0 && document.querySelector('[role=status][aria-label=Loading]') == null;
      if (whole) requestAnimationFrame(() => { resolve(performance.now()); });
      else setTimeout(look, 5);
    };
    look();
  }));
  await fresh.close();
  return time;
}

const row = (cells) => `| ${cells.join(' | ')} |`;
const ms = (figure) => String(Math.round(figure));
const table = (list) => [row(['page', 'performance', 'accessibility', 'best practices', 'first paint, ms', 'largest paint, ms', 'blocked, ms', 'shift', 'below 0.9']), row(Array(9).fill('---')),
  ...list.map(({ name, scores, fcp, lcp, tbt, cls, bad }) => row([name, ...scores.map((score) => score.toFixed(2)), ms(fcp), ms(lcp), ms(tbt), cls.toFixed(3), bad.join(', ') || 'nothing']))].join('\n');

const desktop = [];
const telephone = [];
const first = [];
for (const door of DOORS) first.push({ name: door.name, kib: await scripts(door.path) });
await signIn();
const times = [];
for (let round = 0; round < 2 * rounds + 1; round += 1) times.push(await usable());
const addresses = new Map();
const absent = [];
page.setDefaultTimeout(5000);
for (const one of PAGES.filter(({ act }) => act == null)) {
  // The demo fleet has no request and no hold: their pages have nothing to show, and that is written down.
  const address = await addressOf(one).catch(() => absent.push(one.name));
  if (typeof address !== 'string') continue;
  addresses.set(one.name, address);
  first.push({ name: one.name, kib: await scripts(address) });
}
const version = await page.evaluate(() => navigator.userAgent.match(/Chrome\/([\d.]+)/)[1]);
await browser.close();
await alone('stranger', async () => {
  desktop.push(await judged('sign-in', '/', desktopConfig));
  telephone.push(await judged('sign-in', '/', undefined));
});
await alone('member', async () => {
  for (const name of MAIN) desktop.push(await judged(name, addresses.get(name), desktopConfig));
  for (const name of TELEPHONE) telephone.push(await judged(name, addresses.get(name), undefined));
});
rmSync(folder, { recursive: true, force: true });
first.sort((a, b) => b.kib - a.kib);
const lines = [
  '# The console in a browser', '',
  `Written by \`tests/bench/console.sh\`: the ${process.env.HOLDFAST_BIN?.includes('/debug/') === true ? 'dev' : 'release'} build with the demo fleet on this machine, Chromium ${version}, Lighthouse 12.8.2, median of ${rounds} rounds, load ${loadavg()[0].toFixed(1)} at the end. Aims: performance >= 0.9,`,
  'accessibility 1, first JavaScript < 350 KiB a page, dashboard usable < 1.5 s.', '',
  `The dashboard can be used after **${ms(median(times))} ms** (${ms(Math.min(...times))} to ${ms(Math.max(...times))}, ${times.length} loads with an empty cache): from the address to all figures shown and nothing waited for.`, '',
  '## As on a desk (Lighthouse, desktop)', '', table(desktop), '',
  '## As on a telephone (Lighthouse, 4 x slower processor, 1.6 Mbit/s, 150 ms)', '', table(telephone), '',
  '## JavaScript that a page loads first, as sent (brotli)', '', row(['page', 'KiB']), row(['---', '---:']), ...first.map(({ name, kib }) => row([name, kib.toFixed(0)])), '',
  ...(absent.length === 0 ? [] : [`Not measured, because the demo fleet has nothing to show there: ${absent.join(', ')}.`, '']),
];
writeFileSync(o.out, lines.join('\n'));
