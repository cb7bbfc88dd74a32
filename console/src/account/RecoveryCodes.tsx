// Recovery codes, the one time that they are shown.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { account } from './text';

export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const clipboard = useClipboard();
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${codes.join('\n')}\n`)}`;
  return (
    <Stack gap="md">
      <Text size="sm">{account.codes.hint}</Text>
      <ul className="codes">{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ul>
      <Group gap="sm">
        <Button variant="default" onClick={() => { clipboard.copy(codes.join('\n')); }}>{clipboard.copied ? account.codes.copied : account.codes.copy}</Button>
        <Button variant="default" component="a" href={file} download="holdfast-recovery-codes.txt">{account.codes.download}</Button>
      </Group>
    </Stack>
  );
}
