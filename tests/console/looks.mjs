// How a page that is open is judged and drawn, in both widths. Not for opening it (look.mjs, brake.mjs). Invariant: what a person has
// complained about by then is told with the page on which it is told first.
import { mkdirSync, writeFileSync } from 'node:fs';
import { faults, settled, unseen, WIDTHS } from './browser.mjs';
import { small } from './pictures.mjs';

/** `more`: what is wrong with the page besides. */
export function looker(tally, pictures) {
  mkdirSync(pictures, { recursive: true });
  return async ({ page, wrong }, name, more = []) => {
    for (const [size, width] of Object.entries(WIDTHS)) {
      await page.setViewportSize({ width, height: 900 });
      await settled(page);
      const found = [...(await faults(page)), ...more.splice(0)];
      writeFileSync(`${pictures}/${name}-${size}.png`, small(await page.screenshot()));
      if (size === 'narrow') found.push(...(await unseen(page)));
      found.push(...wrong.splice(0));
      tally.is(`${name} ${size}`, found.length === 0, found.join('; '));
    }
  };
}
