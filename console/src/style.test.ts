import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const FOLDER = import.meta.dirname;
const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.css'));
const SHEETS = Object.fromEntries(names.map((name) => [name, readFileSync(`${FOLDER}/${name}`, 'utf8')]));

/** Classes that a sheet says how to draw: those at the end of its selectors. Mantine's own are adjusted where that is needed. */
function drawn(sheet: string): Set<string> {
  const selectors = sheet.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/@[^{]*\{/g, '').matchAll(/([^{}]+)\{/g);
  const last = [...selectors].flatMap(([, list = '']) => list.split(',')).map((selector) => selector.trim().split(/[\s>+~]+/).at(-1) ?? '');
  return new Set(last.flatMap((part) => [...part.matchAll(/\.([a-z][\w-]*)/g)].map(([, name = '']) => name)).filter((name) => !name.startsWith('mantine-')));
}

describe('style sheets', () => {
  it('are there', () => {
    expect(Object.values(SHEETS).join('').length).toBeGreaterThan(10_000);
  });

  it('share one page in the end, so no two draw the same class', () => {
    const owners = new Map<string, string>();
    const twice: string[] = [];
    for (const [file, sheet] of Object.entries(SHEETS)) {
      for (const name of drawn(sheet)) {
        const other = owners.get(name);
        if (other != null) twice.push(`.${name} in ${other} and ${file}`);
        owners.set(name, file);
      }
    }
    expect(twice).toEqual([]);
  });
});
