// Numbers with what they count, as sentences have them. Not for which words those are (text.ts of each noun). Pure.

/** `1 backup`, `2 backups`, `1,204 backups`; the plural is said where it is not the singular with an s. */
export function plural(count: number, one: string, several = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : several}`;
}
