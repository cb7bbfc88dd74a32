#!/usr/bin/env node
// The brake of expiry in the console: after the server was switched off for long nothing ends, the list of recovery points says so, and
// two people let it go on. Not for the rule (src/domain/expiry.rs). Invariant: it comes last, for it leaves a server in another week.
// usage: brake.mjs --url URL --email EMAIL --password PASSWORD --pictures FOLDER
import { launch, person, settled, signIn, WIDTHS } from './browser.mjs';
import { BEA, button, commander, heading, must, teller } from './flows.mjs';
import { looker } from './looks.mjs';
import { options, Tally } from './options.mjs';

const o = options(['url', 'email', 'password', 'pictures']);
const tally = new Tally();
const flow = teller(tally);
const command = commander();
const browser = await launch();

await command('leap');
const [ann, bea] = [await person(browser, o.url), await person(browser, o.url)];
// Their own clocks go like the server's, which has leapt: else what has happened would lie ahead of them.
const ahead = Date.parse((await fetch(o.url)).headers.get('date')) - Date.now();
for (const { page } of [ann, bea]) {
  await page.context().addInitScript((shift) => {
    const Own = Date;
    globalThis.Date = class extends Own {
      constructor(...given) { super(...(given.length === 0 ? [Own.now() + shift] : given)); }
      static now() { return Own.now() + shift; }
    };
  }, ahead);
}
const see = looker(tally, o.pictures);
/** Judges and draws what is open in both schemes. */
async function shown(visit, name) {
  for (const colorScheme of ['light', 'dark']) {
    await visit.page.emulateMedia({ colorScheme });
    await visit.page.setViewportSize({ width: WIDTHS.wide, height: 900 });
    await settled(visit.page);
    await see(visit, `${name}-${colorScheme}`);
  }
  await visit.page.emulateMedia({ colorScheme: 'light' });
  await visit.page.setViewportSize({ width: WIDTHS.wide, height: 900 });
}

await flow('alerts are acknowledged together', ann, async (visit) => {
  const { page } = visit;
  await signIn(visit, o, '/alerts');
  await page.getByRole('checkbox', { name: 'Select all on this page' }).waitFor({ timeout: 60_000 });
  await shown(visit, 'alerts');
  await page.locator('tbody a[href*="/alerts/"]').first().click();
  await page.getByRole('heading', { name: 'What happened' }).waitFor();
  await shown(visit, 'alert');
  await page.goBack();
  await page.getByRole('checkbox', { name: 'Select all on this page' }).click();
  await button(page, 'Acknowledge').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Note for your colleagues').fill('It was switched off');
  await button(dialog, 'Acknowledge').click();
  await page.getByText(/(The alert is|\d+ alerts are) acknowledged\./).waitFor();
  await page.locator('tbody').getByText('Acknowledged').first().waitFor();
  must((await page.getByText(/^\d+ selected$/).count()) === 0, 'what was acknowledged is still selected');
});

await flow('what holds recovery points back is told, and released by two', ann, async (visit) => {
  const { page } = visit;
  await visit.go('/recovery-points');
  const held = page.getByRole('status').filter({ hasText: 'Recovery points are held back from ending' });
  await held.getByRole('link').first().click({ timeout: 60_000 });
  await page.getByText(/No recovery point ends:/).waitFor();
  await button(page, 'Let them end').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Only after the server was switched off for long.').waitFor();
  must(await button(dialog, 'Ask for it').isDisabled(), 'it can be asked for without a reason');
  await dialog.getByLabel('Why').fill('We had moved the machine');
  await button(dialog, 'Ask for it').click();
  await page.getByRole('link', { name: 'See the request' }).click();
  await heading(page, 'Release expiry brake').waitFor();
  await signIn(bea, BEA, page.url().replace(`${o.url}/console`, ''));
  await button(bea.page, 'Approve and do it').click();
  await bea.page.getByText('It was approved and carried out.').waitFor();
  // Whoever asked sees it without asking again. Whether anything is held by now is not asked: backups go on, and ever more points end.
  await page.getByText('Approved and done').first().waitFor();
});

await browser.close();
tally.end('brake');
