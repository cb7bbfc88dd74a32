// How much JavaScript the first load of each room takes: the build fails when one takes too much. Invariant: what a room brings
// later by itself (a chart) counts as its first load too.
import { gzipSync } from 'node:zlib';
import type { Plugin, Rollup } from 'vite';

/** Compressed, of everything that must arrive before a room is whole. */
const FIRST_LOAD_KIB = 350;

export function sizes(): Plugin {
  return {
    name: 'holdfast-sizes',
    generateBundle(_options, bundle) {
      const chunks = new Map<string, Rollup.OutputChunk>();
      for (const file of Object.values(bundle)) if (file.type === 'chunk') chunks.set(file.fileName, file);
      const compressed = new Map([...chunks].map(([name, { code }]) => [name, gzipSync(code).length]));
      const reach = (names: readonly string[], dynamic: boolean, seen = new Set<string>()): Set<string> => {
        for (const name of names) {
          const chunk = chunks.get(name);
          if (chunk == null || seen.has(name)) continue;
          seen.add(name);
          reach(chunk.imports, dynamic, seen);
          if (dynamic && !chunk.isEntry) reach(chunk.dynamicImports, dynamic, seen);
        }
        return seen;
      };
      const entry = [...chunks.values()].find(({ isEntry }) => isEntry);
      if (entry == null) return;
      const rooms = entry.dynamicImports.map((name) => {
        const all = reach([name], true, reach([entry.fileName], false));
        return { name, kib: [...all].reduce((sum, file) => sum + (compressed.get(file) ?? 0), 0) / 1024 };
      }).sort((a, b) => b.kib - a.kib);
      const [most] = rooms;
      if (most == null) return;
      this.info(`the largest first load is ${most.name}: ${most.kib.toFixed(0)} of ${FIRST_LOAD_KIB} KiB compressed`);
      const over = rooms.filter(({ kib }) => kib > FIRST_LOAD_KIB);
      if (over.length > 0) this.error(`too much JavaScript: ${over.map(({ name, kib }) => `${name} ${kib.toFixed(0)} KiB`).join(', ')}`);
    },
  };
}
