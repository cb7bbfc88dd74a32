// Asks before something that cannot be taken back, or that has effects elsewhere; shows why it was refused.
import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { text } from '../../text';
import type { Problem } from './problems';

interface ConfirmProps { opened: boolean; title: string; children: ReactNode; action?: string; busy?: boolean; danger?: boolean; problems?: readonly Problem[]; disabled?: boolean; size?: string; onConfirm?: () => void; onClose: () => void }

export function Confirm({ opened, title, children, action, busy = false, danger = false, problems = [], disabled = false, size = 'md', onConfirm, onClose }: ConfirmProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} size={size} closeButtonProps={{ 'aria-label': text.state.close }}>
      <Stack gap="md">
        {children}
        {problems.map(({ message }) => <Alert key={message} color="red" variant="outline" role="alert">{message}</Alert>)}
        {action != null && <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{text.state.cancel}</Button>
          <Button color={danger ? 'red' : undefined} loading={busy} disabled={disabled} onClick={onConfirm}>{action}</Button>
        </Group>}
      </Stack>
    </Modal>
  );
}
