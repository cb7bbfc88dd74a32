// What a person types to verify an exported log without this installation. Pure. Invariant: what is pasted into a shell is data, never a
// command: nothing of a key or a checkpoint ends the document that it stands in.

const END = 'HOLDFAST_END';

const file = (name: string, text: string) => `cat > ${name} <<'${END}'\n${text.trimEnd()}\n${END}\n`;

/** Writes the key and the checkpoint down and checks `audit-log.jsonl` against them; null when one of them is not what it should be. */
export function verifyCommand(publicKey: string, checkpoint: string): string | null {
  if (`${publicKey}\n${checkpoint}`.split('\n').some((line) => line.trim() === END)) return null;
  return `${file('audit.pub', publicKey)}${file('audit.checkpoint', checkpoint)}holdfast audit verify audit-log.jsonl --checkpoint audit.checkpoint --key audit.pub\n`;
}
