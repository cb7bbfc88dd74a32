// A secret, the one time that it is shown: for tokens of people, of programs and of identity providers.
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { Copyable } from '../shell/parts';
import { account } from './text';

interface SecretProps { title: string; hint: string; what: string; secret: string | null; onClose: () => void }

export function Secret({ title, hint, what, secret, onClose }: SecretProps) {
  return (
    <Modal opened={secret != null} onClose={onClose} closeOnClickOutside={false} title={title} size={480} closeButtonProps={{ 'aria-label': account.cancel }}>
      <Stack gap="md">
        <Text size="sm">{hint}</Text>
        {secret != null && <Copyable value={secret} what={what} />}
        <Group justify="flex-end"><Button onClick={onClose}>{account.tokens.close}</Button></Group>
      </Stack>
    </Modal>
  );
}
