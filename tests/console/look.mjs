#!/usr/bin/env node
// Opens every page of the console in light and dark, wide and narrow: no axe violation (WCAG 2.2 AA and best practice), no console
// error, no request off the origin or failed, no security header missing, nothing wider than its window, nothing that jumps while it
// loads, no focus that cannot be seen; takes a picture of each.
// usage: look.mjs --url URL --email EMAIL --password PASSWORD --pictures FOLDER --sim URL [--only NAME,NAME]
// Not for flows (daily.mjs). Invariant: pages are listed in pages.mjs and nowhere else.
import { jumps, launch, person, settled, signIn, WIDTHS } from './browser.mjs';
import { disturb } from './flows.mjs';
import { looker } from './looks.mjs';
import { options, Tally } from './options.mjs';
import { DOORS, PAGES } from './pages.mjs';

const o = options(['url', 'email', 'password', 'pictures', 'sim', 'only']);
const tally = new Tally();
const only = o.only?.split(',');
const see = looker(tally, o.pictures);
const browser = await launch();

/** Judges the page that has just been opened. */
async function look(visit, name) {
  await settled(visit.page);
  await see(visit, name, await jumps(visit.page));
}

for (const scheme of ['light', 'dark']) {
  const visit = { ...(await person(browser, o.url, { colorScheme: scheme })), sim: o.sim };
  for (const { name, path } of DOORS.filter((door) => only?.includes(door.name) ?? true)) {
    await visit.go(path);
    await look(visit, `${name}-${scheme}`);
  }
  await signIn(visit, o);
  for (const { name, path, act, disturbs = false } of PAGES.filter((one) => only?.includes(one.name) ?? true)) {
    await visit.page.setViewportSize({ width: WIDTHS.wide, height: 900 });
    try {
      await visit.go(typeof path === 'string' ? path : await path(visit));
      if (act != null) {
        await settled(visit.page);
        await act(visit);
      }
      await look(visit, `${name}-${scheme}`);
    } catch (error) {
      tally.bad(`${name}-${scheme}`, error.message.split('\n')[0]);
    } finally {
      if (disturbs) await disturb(o.sim, []);
    }
  }
  await visit.page.context().close();
}
await browser.close();
tally.end('pages');
