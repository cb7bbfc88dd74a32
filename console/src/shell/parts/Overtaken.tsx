// Over a form whose thing somebody else has changed meanwhile.
import { Alert, Button, Group, Text } from '@mantine/core';
import { text } from '../../text';

export function Overtaken({ onDrop }: { onDrop: () => void }) {
  return (
    <Alert color="orange" variant="outline" role="status" mb="md">
      <Group justify="space-between"><Text size="sm">{text.state.overtaken}</Text><Button variant="default" onClick={onDrop}>{text.state.drop}</Button></Group>
    </Alert>
  );
}
