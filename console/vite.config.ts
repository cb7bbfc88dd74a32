// Builds the console into dist/, which the server embeds. Everything is a file of our own origin; nothing is inlined,
// so that it runs under `script-src 'self'` and without data: fonts.
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/console/',
  build: {
    target: 'es2022',
    assetsDir: 'files',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // Libraries mark files "use client"; that means nothing outside a React server and would bury real warnings.
      onwarn(warning, show) {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') show(warning);
      },
    },
  },
});
