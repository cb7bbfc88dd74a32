#!/usr/bin/env node
// Opens pages in headless Chromium: accessibility (axe), console errors, failed and off-origin requests, sideways overflow.
// usage: node page.mjs --url URL [--widths 1280,390] [--dark]
// Invariant: a page that needs the internet fails.
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { options, Tally } from './options.mjs';

const o = options(['url', 'widths', 'min'], ['dark']);
const RANKS = ['minor', 'moderate', 'serious', 'critical'];
const least = RANKS.indexOf(o.min ?? 'serious');
// Longest time of one axe run, in milliseconds: on a page without HTML it may never answer.
const AXE_MS = 60_000;
const within = (ms, work) => Promise.race([
  work, new Promise((_, refuse) => { setTimeout(() => refuse(new Error(`no answer in ${ms} ms`)), ms).unref(); })]);
const tally = new Tally();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ colorScheme: o.dark ? 'dark' : 'light', reducedMotion: 'reduce' });
const page = await context.newPage();
const host = new URL(o.url).host;
let troubles = [];
page.on('console', (message) => { if (message.type() === 'error') troubles.push(`console: ${message.text()}`); });
page.on('pageerror', (error) => troubles.push(`page error: ${error.message}`));
page.on('requestfailed', (request) => troubles.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
page.on('response', (response) => { if (response.status() >= 400) troubles.push(`http ${response.status()} ${response.url()}`); });
page.on('request', (request) => {
  const url = new URL(request.url());
  if (/^(https?|wss?):$/.test(url.protocol) && url.host !== host) troubles.push(`off-origin: ${url}`);
});
for (const width of (o.widths ?? '1280,390').split(',').map(Number)) {
  troubles = [];
  await page.setViewportSize({ width, height: 900 });
  const response = await page.goto(o.url, { waitUntil: 'load', timeout: 30000 });
  await page.waitForLoadState('networkidle', { timeout: 5000 }).catch(() => {});
  const name = `${new URL(o.url).pathname} at ${width}`;
  tally.is(`${name}: answers`, response.ok(), `http ${response.status()}`);
  tally.is(`${name}: nothing fails and nothing is fetched elsewhere`, !troubles.length, [...new Set(troubles)].join('; ').slice(0, 400));
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  tally.is(`${name}: no sideways overflow`, overflow <= 1, `${overflow} px`);
  const axe = await within(AXE_MS, new AxeBuilder({ page }).analyze());
  const found = axe.violations.filter((violation) => RANKS.indexOf(violation.impact) >= least);
  tally.is(`${name}: axe finds nothing`, !found.length, found.map((v) => `${v.id} ${v.nodes[0].target}`).join('; ').slice(0, 400));
  const headers = response.headers();
  const missing = ['content-security-policy', 'x-content-type-options', 'referrer-policy'].filter((key) => !headers[key]);
  tally.is(`${name}: security headers`, !missing.length, missing.join(', '));
}
await browser.close();
tally.end('page');
