// Identifiers in texts of the server, and the names to read in their place. Pure. Not for asking for names (useNames.ts). Invariant: an
// identifier whose name nobody told stays as it is.

const ID = /\b[a-z]+_[0-9a-z]{26}\b/g;

export type NameOf = (id: string) => string;

/** The identifiers in a text, each once. */
export const idsIn = (text: string): string[] => [...new Set(text.match(ID) ?? [])];

/** The text with names in the place of identifiers. */
export const withNames = (text: string, nameOf: NameOf): string => text.replaceAll(ID, nameOf);
