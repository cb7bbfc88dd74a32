// Builds the console into dist/, which the server embeds. Everything is a file of our own origin; nothing is inlined,
// so that it runs under `script-src 'self'` and without data: fonts.
import { defineConfig } from 'vite';
import { operations } from './documents';
import { files } from './files';
import { sizes } from './sizes';

// `HOLDFAST_URL=http://127.0.0.1:8080 npx vite` serves the sources against a server at work; its Origin is that server's.
const server = process.env.HOLDFAST_URL;
const forward = server == null ? {} : Object.fromEntries(['/graphql', '/graphiql', '/icon.svg'].map((path) => [path, { target: server, changeOrigin: true, ws: true, headers: { origin: server } }]));

export default defineConfig({
  base: '/console/',
  plugins: [operations(), sizes(), files()],
  server: { proxy: forward },
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
