// Puts each operation into the file that asks it: the generated map of all operations would else be part of every first load.
// Not for the development server, which takes the map. Invariant: an operation that was not generated ends the build.
import type { Plugin } from 'vite';
import * as generated from './src/gql/graphql';

const CALL = /\bgraphql\(`([^`]*)`\)/g;
const HEAD = /^\s*(query|mutation|subscription|fragment)\s+(\w+)/;
const documents: Record<string, unknown> = { ...generated };

export function inline(code: string): string {
  return code.replace(CALL, (_call, text: string) => {
    const [, kind, name] = HEAD.exec(text) ?? [];
    const document = documents[`${name ?? ''}${kind === 'fragment' ? 'FragmentDoc' : 'Document'}`];
    if (document == null) throw new Error(`no type was generated for ${text.slice(0, 60)}: npm run generate`);
    return `(${JSON.stringify(document)})`;
  });
}

export function operations(): Plugin {
  return {
    name: 'holdfast-operations',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('/src/') || id.includes('/src/gql/') || !code.includes('graphql(`')) return null;
      return { code: inline(code), map: null };
    },
  };
}
