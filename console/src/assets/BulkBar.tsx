// What can be done with the selected assets, and what it would change before it is done.
import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { text } from '../text';
import { AssignPolicy } from './AssignPolicy';
import { BackUp } from './BackUp';
import type { AssetRow } from './columns';

export function BulkBar({ rows, onDone, onClear }: { rows: AssetRow[]; onDone: () => void; onClear: () => void }) {
  const [open, setOpen] = useState<'assign' | 'backUp' | null>(null);
  const assignable = rows.filter(({ viewerCan }) => viewerCan.assignPolicy);
  const savable = rows.filter(({ viewerCan, kind }) => viewerCan.backUp && kind === 'EBS_VOLUME');
  const close = () => { setOpen(null); };
  const done = () => { close(); onDone(); };
  return (
    <Group gap="sm" className="bulk" role="region" aria-label={text.list.picked(rows.length)}>
      <Text size="sm" fw={600}>{text.list.picked(rows.length)}</Text>
      <Button size="compact-sm" disabled={assignable.length === 0} onClick={() => { setOpen('assign'); }}>{text.assets.assign}</Button>
      <Button size="compact-sm" variant="default" disabled={savable.length === 0} onClick={() => { setOpen('backUp'); }}>{text.assets.backUp}</Button>
      <Button size="compact-sm" variant="subtle" color="gray" className="quiet" onClick={onClear}>{text.list.unpick}</Button>
      {open === 'assign' && <AssignPolicy assets={assignable} leftOut={rows.length - assignable.length} onClose={close} onDone={done} />}
      {open === 'backUp' && <BackUp assets={savable} leftOut={rows.length - savable.length} onClose={close} onDone={done} />}
    </Group>
  );
}
