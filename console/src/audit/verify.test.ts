import { expect, it } from 'vitest';
import { verifyCommand } from './verify';

it('writes key and checkpoint as they are, with the empty line before the signature', () => {
  expect(verifyCommand('holdfast-audit+0a+AQ==', 'origin\n12\n\n— holdfast-audit x\n')).toBe(
    "cat > audit.pub <<'HOLDFAST_END'\nholdfast-audit+0a+AQ==\nHOLDFAST_END\ncat > audit.checkpoint <<'HOLDFAST_END'\norigin\n12\n\n— holdfast-audit x\nHOLDFAST_END\nholdfast audit verify audit-log.jsonl --checkpoint audit.checkpoint --key audit.pub\n",
  );
});

it('gives no command when a text would end its document', () => {
  expect(verifyCommand('key', 'origin\nHOLDFAST_END\nrm -r /\n')).toBeNull();
});
