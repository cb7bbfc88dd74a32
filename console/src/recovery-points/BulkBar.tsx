// What can be done with the selected recovery points. Invariant: each of it shows what happens before it happens: a hold on its page, an
// earlier end in its dialog.
import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { PointRowFragment } from '../gql/graphql';
import { useMay } from '../shell/viewer';
import { text } from '../text';
import { EndEarlier } from './EndEarlier';

/** What one hold, and one request, names at most. */
const MOST = 100;
/** What a hold can keep: what is there, and what is about to end. */
const HOLDABLE = ['AVAILABLE', 'EXPIRING', 'DAMAGED'];

export function BulkBar({ points, onDone, onClear }: { points: PointRowFragment[]; onDone: () => void; onClear: () => void }) {
  const mayHold = useMay('LEGAL_HOLD_MANAGE');
  const [ending, setEnding] = useState<string[] | null>(null);
  const holdable = points.filter(({ status }) => HOLDABLE.includes(status));
  const mayEnd = points.some(({ viewerCan }) => viewerCan.delete);
  const tooMany = points.length > MOST;
  return (
    <Group gap="sm" className="bulk" role="region" aria-label={text.list.picked(points.length)}>
      <Text size="sm" fw={600}>{text.list.picked(points.length)}</Text>
      {mayHold && (tooMany || holdable.length === 0 ? <Button size="compact-sm" disabled>{text.points.hold}</Button> : <Button size="compact-sm" component={Link} to={`/legal-holds/new?points=${holdable.map(({ id }) => id).join(',')}`}>{text.points.hold}</Button>)}
      {mayEnd && <Button size="compact-sm" variant="default" disabled={tooMany} onClick={() => { setEnding(points.map(({ id }) => id)); }}>{text.points.ending.open}</Button>}
      <Button size="compact-sm" variant="subtle" color="gray" className="quiet" onClick={onClear}>{text.list.unpick}</Button>
      {tooMany && <Text size="sm" c="dimmed">{text.points.tooMany(MOST)}</Text>}
      {ending != null && <EndEarlier ids={ending} onClose={() => { setEnding(null); }} onDone={() => { setEnding(null); onDone(); }} />}
    </Group>
  );
}
