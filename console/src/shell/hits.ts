// Which hits of the server fit what is typed now. Pure.

/** Every word of what is typed is part of one of the texts. */
export function fits(typed: string, ...texts: string[]): boolean {
  const words = typed.trim().toLowerCase().split(/\s+/).filter((word) => word !== '');
  return words.every((word) => texts.some((text) => text.toLowerCase().includes(word)));
}

/** What the server found for `asked`; while another word is typed, only what fits that too. The server also finds by tag. */
export function current<T>(found: readonly T[], asked: string, typed: string, textsOf: (one: T) => string[]): readonly T[] {
  return asked === typed.trim() ? found : found.filter((one) => fits(typed, ...textsOf(one)));
}
