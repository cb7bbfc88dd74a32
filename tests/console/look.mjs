#!/usr/bin/env node
// Opens every page of the console in light and dark, wide and narrow: no axe violation (WCAG 2.2 AA and best practice), no console
// error, no request off the origin or failed, no security header missing, nothing wider than its window, nothing that jumps while it
// loads, no focus that cannot be seen; takes a picture of each.
// usage: look.mjs --url URL --email EMAIL --password PASSWORD --pictures FOLDER [--only NAME,NAME]
// Not for flows (daily.mjs). Invariant: pages are listed in pages.mjs and nowhere else.
import { mkdirSync, writeFileSync } from 'node:fs';
import { faults, jumps, launch, person, settled, signIn, unseen, WIDTHS } from './browser.mjs';
import { options, Tally } from './options.mjs';
import { DOORS, PAGES } from './pages.mjs';
import { small } from './pictures.mjs';

const o = options(['url', 'email', 'password', 'pictures', 'only']);
const tally = new Tally();
const only = o.only?.split(',');
mkdirSync(o.pictures, { recursive: true });
const browser = await launch();

/** Judges the page that has just been opened, in both widths. */
async function look({ page, wrong }, name) {
  await settled(page);
  const jumped = await jumps(page);
  for (const [size, width] of Object.entries(WIDTHS)) {
    await page.setViewportSize({ width, height: 900 });
    await settled(page);
    const found = [...(await faults(page)), ...jumped.splice(0)];
    writeFileSync(`${o.pictures}/${name}-${size}.png`, small(await page.screenshot()));
    if (size === 'narrow') found.push(...(await unseen(page)));
    found.push(...wrong.splice(0));
    tally.is(`${name} ${size}`, found.length === 0, found.join('; '));
  }
}

for (const scheme of ['light', 'dark']) {
  const visit = await person(browser, o.url, { colorScheme: scheme });
  for (const { name, path } of DOORS.filter((door) => only?.includes(door.name) ?? true)) {
    await visit.go(path);
    await look(visit, `${name}-${scheme}`);
  }
  await signIn(visit, o);
  for (const { name, path, act } of PAGES.filter((one) => only?.includes(one.name) ?? true)) {
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
    }
  }
  await visit.page.context().close();
}
await browser.close();
tally.end('pages');
