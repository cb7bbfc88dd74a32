// What can be done with the selected alerts.
import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { AlertRowFragment } from '../gql/graphql';
import { text } from '../text';
import { Acknowledge } from './Acknowledge';

/** Those of which nobody has said yet that they take care of them. */
const waiting = ({ clearedAt, acknowledgedAt }: AlertRowFragment) => clearedAt == null && acknowledgedAt == null;

export function BulkBar({ alerts, onDone, onClear }: { alerts: readonly AlertRowFragment[]; onDone: () => void; onClear: () => void }) {
  const [asking, setAsking] = useState(false);
  const ids = alerts.filter(waiting).map(({ id }) => id);
  return (
    <Group gap="sm" className="bulk" role="region" aria-label={text.list.picked(alerts.length)}>
      <Text size="sm" fw={600}>{text.list.picked(alerts.length)}</Text>
      <Button size="compact-sm" disabled={ids.length === 0} onClick={() => { setAsking(true); }}>{text.alerts.acknowledge}</Button>
      <Button size="compact-sm" variant="subtle" color="gray" className="quiet" onClick={onClear}>{text.list.unpick}</Button>
      {asking && <Acknowledge ids={ids} onClose={() => { setAsking(false); }} onDone={() => { setAsking(false); onDone(); }} />}
    </Group>
  );
}
