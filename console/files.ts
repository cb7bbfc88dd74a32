// What makes the built files arrive sooner: each text has a compressed twin beside it, which the server sends to browsers that take
// it, and the page names its font before the style sheet does. Invariant: a twin holds the same bytes as its file.
import { brotliCompressSync } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(js|css|svg)$/;
/** The letters of English; others come when a text has them. */
const FONT = /inter-latin-wght-normal.*\.woff2$/;

export function files(): Plugin {
  return {
    name: 'holdfast-files',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (!TEXT.test(file.fileName)) continue;
          const source = brotliCompressSync(file.type === 'chunk' ? file.code : file.source);
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.br`, source });
        }
      },
    },
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const font = Object.keys(bundle ?? {}).find((name) => FONT.test(name));
        if (font == null) throw new Error('the font of the page is not in the bundle');
        return [{ tag: 'link', attrs: { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: '', href: `/console/${font}` }, injectTo: 'head-prepend' }];
      },
    },
  };
}
