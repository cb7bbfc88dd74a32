// What can be done with the selected assets, and what it would change before it is done.
import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { AssetFilter } from '../gql/graphql';
import { text } from '../text';
import { AssignPolicy } from './AssignPolicy';
import { AssignMatching } from './AssignMatching';
import { BackUp } from './BackUp';
import type { AssetRow } from './columns';

/** `total` matches the filters; when that is more than is selected, all of them can be had at once. */
export function BulkBar({ rows, filter, total, onDone, onClear }: { rows: AssetRow[]; filter: AssetFilter; total: number; onDone: () => void; onClear: () => void }) {
  const [open, setOpen] = useState<'assign' | 'matching' | 'backUp' | null>(null);
  const assignable = rows.filter(({ viewerCan }) => viewerCan.assignPolicy);
  const savable = rows.filter(({ viewerCan, kind }) => viewerCan.backUp && kind === 'EBS_VOLUME');
  const close = () => { setOpen(null); };
  const done = () => { close(); onDone(); };
  return (
    <Group gap="sm" className="bulk" role="region" aria-label={text.list.picked(rows.length)}>
      <Text size="sm" fw={600}>{text.list.picked(rows.length)}</Text>
      <Button size="compact-sm" disabled={assignable.length === 0} onClick={() => { setOpen('assign'); }}>{text.assets.assign}</Button>
      <Button size="compact-sm" variant="default" disabled={savable.length === 0} onClick={() => { setOpen('backUp'); }}>{text.assets.backUp}</Button>
      {total > rows.length && assignable.length > 0 && <Button size="compact-sm" variant="default" onClick={() => { setOpen('matching'); }}>{text.assets.assignAll(total >= 10_000 ? '10,000+' : total.toLocaleString('en'))}</Button>}
      <Button size="compact-sm" variant="subtle" color="gray" className="quiet" onClick={onClear}>{text.list.unpick}</Button>
      {open === 'assign' && <AssignPolicy assets={assignable} leftOut={rows.length - assignable.length} onClose={close} onDone={done} />}
      {open === 'matching' && <AssignMatching filter={filter} onClose={close} onDone={done} />}
      {open === 'backUp' && <BackUp assets={savable} leftOut={rows.length - savable.length} onClose={close} onDone={done} />}
    </Group>
  );
}
