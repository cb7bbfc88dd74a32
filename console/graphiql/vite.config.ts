// Builds GraphiQL into dist/, which the server embeds. Everything is a file of our own origin: no CDN, no inline
// script, no data: or blob: worker, so that the page runs offline and under `script-src 'self'`.
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/graphiql/',
  build: {
    target: 'es2022',
    // Inlined assets would need data: in the policy for fonts and workers.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 6000,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // Libraries mark files "use client"; that means nothing outside a React server and would bury real warnings.
      onwarn(warning, show) {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') show(warning);
      },
    },
  },
  worker: { format: 'es' },
});
