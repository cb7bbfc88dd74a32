// How long a point is kept, and what keeps it; longer by one person, shorter by two. Invariant: each dialog says what will happen
// before it is asked for, and what takes two people leads to the request.
import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useAct } from '../act';
import { dayStart } from '../days';
import { graphql } from '../gql';
import type { RetentionFragment } from '../gql/graphql';
import { Confirm, DayField, Facts, Moment, Panel, say, type Problem } from '../shell/parts';
import { useMay } from '../shell/viewer';
import { text } from '../text';
import { EndEarlier } from './EndEarlier';

export const RETENTION = graphql(`fragment Retention on RecoveryPoint { id status expiresAt expiringSince lockedUntil legalHolds { id name reason } viewerCan { extend undoExpiry delete } }`);
const EXTEND = graphql(`mutation Extend($input: ExtendRecoveryPointRetentionInput!) { extendRecoveryPointRetention(input: $input) { recoveryPoint { id expiresAt } userErrors { field message } } }`);
const UNDO = graphql(`mutation UndoExpiry($input: UndoRecoveryPointExpiryInput!) { undoRecoveryPointExpiry(input: $input) { recoveryPoint { id status expiresAt } userErrors { field message } } }`);

interface DialogProps { point: RetentionFragment; onDone: () => void; onClose: () => void }

/** What no field shows. */
const rest = (act: { reasons: readonly Problem[] }, shown: readonly string[]) => act.reasons.filter(({ field }) => !shown.includes(field.join('.')));

function Later({ point, undo, onDone, onClose }: DialogProps & { undo: boolean }) {
  const [extend, takeBack] = [useAct(EXTEND), useAct(UNDO)];
  const act = undo ? takeBack : extend;
  const [day, setDay] = useState('');
  const words = undo ? text.points.undoing : text.points.extending;
  const submit = () => {
    const given = { id: point.id, until: dayStart(day, 1) };
    const asked: Promise<unknown> = undo ? takeBack.run(given) : extend.run(given);
    void asked.then((done) => {
      if (done == null) return;
      say(words.done);
      onDone();
    });
  };
  return (
    <Confirm opened title={words.title} action={words.action} busy={act.busy} disabled={day === ''} problems={rest(act, ['until'])} onConfirm={submit} onClose={onClose}>
      <Text size="sm">{words.body}</Text>
      <DayField focused label={text.points.keepUntil} says={text.points.keptUntil} value={day} error={act.at('until')} onChange={setDay} />
    </Confirm>
  );
}

export function Retention({ point, again }: { point: RetentionFragment; again: () => void }) {
  const mayHold = useMay('LEGAL_HOLD_MANAGE') && ['AVAILABLE', 'EXPIRING', 'DAMAGED'].includes(point.status);
  const [open, setOpen] = useState<'extend' | 'undo' | 'end' | null>(null);
  const ids = useMemo(() => [point.id], [point.id]);
  const close = () => { setOpen(null); };
  const dialog = { point, onClose: close, onDone: () => { close(); again(); } };
  const { viewerCan: { extend, undoExpiry, delete: end }, legalHolds: holds } = point;
  return (
    <Panel title={text.points.retention} padded>
      <Stack gap="md">
        <Facts of={[
          [text.points.expires, point.expiresAt == null ? text.points.never : <Moment at={point.expiresAt} />],
          [text.points.ends, point.expiringSince != null && <Moment at={point.expiringSince} />],
          [text.points.locked, point.lockedUntil == null ? text.state.none : <Moment at={point.lockedUntil} />],
          [text.points.holds, holds.length === 0 ? text.state.none : holds.map((one) => <div key={one.id}><Anchor component={Link} size="sm" to={`/legal-holds/${one.id}`}>{one.name}</Anchor> <Text span inherit c="dimmed">· {one.reason}</Text></div>)],
        ]} />
        {(extend || undoExpiry || end || mayHold) && (
          <Group gap="xs">
            {undoExpiry && <Button onClick={() => { setOpen('undo'); }}>{text.points.undoing.action}</Button>}
            {extend && <Button variant="default" onClick={() => { setOpen('extend'); }}>{text.points.extending.action}</Button>}
            {mayHold && <Button component={Link} to={`/legal-holds/new?points=${point.id}`} variant="default">{text.points.hold}</Button>}
            {end && <Button variant="default" onClick={() => { setOpen('end'); }}>{text.points.ending.open}</Button>}
          </Group>
        )}
      </Stack>
      {open === 'undo' && <Later {...dialog} undo />}
      {open === 'extend' && <Later {...dialog} undo={false} />}
      {open === 'end' && <EndEarlier ids={ids} onDone={dialog.onDone} onClose={close} />}
    </Panel>
  );
}
