// The rules of a unit in the order in which they are tried; moved by drag, by the arrow keys on the grip, or by the buttons. Invariant:
// nothing changes here: whatever is wanted shows what it would do first (Plan.tsx).
import { closestCenter, DndContext, KeyboardSensor, PointerSensor, useSensor, useSensors, type DragEndEvent } from '@dnd-kit/core';
import { SortableContext, sortableKeyboardCoordinates, useSortable, verticalListSortingStrategy } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { ActionIcon, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconGripVertical } from '@tabler/icons-react';
import { useCallback, useMemo, useState } from 'react';
import { Link, useLocation } from 'react-router';
import { useQuery } from 'urql';
import { chosenUnit } from '../unit';
import { NextStep } from '../first-steps/NextStep';
import { graphql } from '../gql';
import type { KnownFragment, ProtectionOrderQuery, RuleConditionInput } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Empty, Page, Panel } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';
import { orderOf } from './draft';
import { say, treeOf } from './condition';
import { useKnown, type Known } from './known';
import { moved, sameOrder } from './order';
import { Preview, usePreview } from './Preview';
import { usePlan } from './usePlan';

const ORDER = graphql(`query ProtectionOrder($unit: ID) {
  protectionOrder(organizationalUnitId: $unit) { organizationalUnit { id name } viewerCanChange entries { kind rule { id name conditionInput conditionText isActive policy { id name } viewerCan { update move pause delete } } } }
  ...Known
}`);

type Given = NonNullable<ProtectionOrderQuery['protectionOrder']>['entries'][number];
type Rule = NonNullable<Given['rule']>;
interface Shown { id: string; name: string; given: Given }

function shownOf(given: Given): Shown {
  if (given.rule != null) return { id: given.rule.id, name: given.rule.name, given };
  return { id: given.kind, name: text.rules.places[given.kind], given };
}

/** The condition with the names of things; as the server says it where this editor does not know it. */
function words({ conditionInput, conditionText }: Rule, { nameOf }: Known): string {
  const tree = treeOf(conditionInput);
  return tree == null ? conditionText : say(tree, nameOf);
}

function Body({ entry, known, onFlip, onRemove }: { entry: Shown; known: Known; onFlip: (rule: Rule) => void; onRemove: (rule: Rule) => void }) {
  const { rule, kind } = entry.given;
  if (rule == null) return <div className="rule-body"><Text size="sm" fw={500}>{entry.name}</Text><Text size="xs" c="dimmed">{text.rules.placeHints[kind]}</Text></div>;
  return (
    <>
      <div className="rule-body">
        <Group gap="sm">{rule.viewerCan.update ? <Anchor component={Link} size="sm" to={`/protection-rules/${rule.id}`}>{rule.name}</Anchor> : <Text size="sm" fw={500}>{rule.name}</Text>}{!rule.isActive && <Status value="PAUSED" label={text.rules.off} />}</Group>
        <Text size="xs" c="dimmed" className="wrap">{words(rule, known)}</Text>
      </div>
      <div className="rule-policy">{rule.policy != null && <Anchor component={Link} size="sm" to={`/policies/${rule.policy.id}`}>{rule.policy.name}</Anchor>}</div>
      <Group gap={4} wrap="nowrap" className="rule-actions">
        {rule.viewerCan.pause && <Button size="compact-xs" variant="subtle" color="gray" className="quiet" aria-label={rule.isActive ? text.rules.pauseOne(rule.name) : text.rules.resumeOne(rule.name)} onClick={() => { onFlip(rule); }}>{rule.isActive ? text.rules.pause : text.rules.resume}</Button>}
        {rule.viewerCan.delete && <Button size="compact-xs" variant="subtle" color="gray" className="quiet" aria-label={text.rules.removeOne(rule.name)} onClick={() => { onRemove(rule); }}>{text.rules.remove}</Button>}
      </Group>
    </>
  );
}

interface LineProps { entry: Shown; known: Known; place: number; last: boolean; movable: boolean; onMove: (to: number) => void; onFlip: (rule: Rule) => void; onRemove: (rule: Rule) => void }

/** Off, but still with the focus of whoever has moved an entry as far as it goes. */
const off = (isOff: boolean) => ({ 'aria-disabled': isOff, 'data-disabled': isOff || undefined });

function Line({ entry, known, place, last, movable, onMove, onFlip, onRemove }: LineProps) {
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({ id: entry.id, disabled: !movable });
  return (
    <li ref={setNodeRef} className="rule" data-dragging={isDragging || undefined} data-place={entry.given.rule == null || undefined} style={{ transform: CSS.Translate.toString(transform), transition }}>
      <span className="rule-number number">{place + 1}</span>
      {movable && <ActionIcon ref={setActivatorNodeRef} {...attributes} {...listeners} aria-label={text.rules.grip(entry.name)} className="grip"><IconGripVertical size={14} /></ActionIcon>}
      <Body entry={entry} known={known} onFlip={onFlip} onRemove={onRemove} />
      {movable && (
        <Group gap={2} wrap="nowrap" className="rule-moves">
          <ActionIcon {...off(place === 0)} aria-label={text.rules.up(entry.name)} onClick={() => { if (place > 0) onMove(place - 1); }}><IconArrowUp size={14} /></ActionIcon>
          <ActionIcon {...off(last)} aria-label={text.rules.down(entry.name)} onClick={() => { if (!last) onMove(place + 1); }}><IconArrowDown size={14} /></ActionIcon>
        </Group>
      )}
    </li>
  );
}

function List({ given, units, movable }: { given: readonly Given[]; units: KnownFragment; movable: boolean }) {
  const known = useKnown(units, useMemo(() => given.map(({ rule }) => treeOf(rule?.conditionInput)).filter((tree) => tree != null), [given]));
  const saved = useMemo(() => given.map(shownOf), [given]);
  const [draft, setDraft] = useState(orderOf(useLocation().state));
  const plan = usePlan();
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }), useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }));
  // A rule that has come meanwhile stands at the end of a draft, one that is gone leaves it.
  const list = draft == null ? saved : [...draft.flatMap((id) => saved.filter((one) => one.id === id)), ...saved.filter(({ id }) => !draft.includes(id))];
  const order = useMemo(() => (draft == null ? null : { ruleOrder: draft }), [draft]);
  const preview = usePreview(order);
  const nameOf = (id: string | number) => list.find((one) => one.id === id)?.name ?? '';
  const placeOf = (id: string | number) => list.findIndex((one) => one.id === id) + 1;
  const move = (from: number, to: number) => { const next = moved(list, from, to); setDraft(sameOrder(next, saved) ? null : next.map(({ id }) => id)); };
  const drop = ({ active, over }: DragEndEvent) => { if (over != null && active.id !== over.id) move(placeOf(active.id) - 1, placeOf(over.id) - 1); };
  const flip = ({ id, name, isActive, policy, conditionInput }: Rule) => {
    plan(isActive ? text.rules.planPause(name) : text.rules.planResume(name), { rules: [{ id, name, policy: policy?.id ?? '', condition: conditionInput as RuleConditionInput, isActive: !isActive }] });
  };
  const remove = ({ id, name }: Rule) => { plan(text.rules.planRemove(name), { removedRules: [id] }); };
  const announcements = {
    onDragStart: ({ active }: { active: { id: string | number } }) => text.rules.dragStart(nameOf(active.id)),
    onDragOver: ({ active, over }: { active: { id: string | number }; over: { id: string | number } | null }) => (over == null ? undefined : text.rules.dragOver(nameOf(active.id), placeOf(over.id), list.length)),
    onDragEnd: ({ active, over }: { active: { id: string | number }; over: { id: string | number } | null }) => (over == null ? undefined : text.rules.dragEnd(nameOf(active.id), placeOf(over.id), list.length)),
    onDragCancel: ({ active }: { active: { id: string | number } }) => text.rules.dragCancel(nameOf(active.id)),
  };
  return (
    <div className={order == null ? undefined : 'thirds'}>
      <Panel>
        <DndContext sensors={sensors} collisionDetection={closestCenter} onDragEnd={drop} accessibility={{ announcements, screenReaderInstructions: { draggable: text.rules.dragHow } }}>
          <SortableContext items={list.map(({ id }) => id)} strategy={verticalListSortingStrategy}>
            <ol className="rules" aria-label={text.rules.title}>
              {list.map((entry, place) => <Line key={entry.id} entry={entry} known={known} place={place} last={place === list.length - 1} movable={movable && (entry.given.rule?.viewerCan.move ?? true)} onMove={(to) => { move(place, to); }} onFlip={flip} onRemove={remove} />)}
            </ol>
          </SortableContext>
        </DndContext>
      </Panel>
      {order != null && (
        <div className="beside">
          <Panel title={text.rules.moved} padded>
            <Stack gap="md">
              <Preview preview={preview} first={text.rules.planning} />
              <Group gap="xs">
                <Button disabled={preview.plan == null || !preview.fresh} onClick={() => { plan(text.rules.planOrder, order, { order: order.ruleOrder }); }}>{text.rules.review}</Button>
                <Button variant="default" onClick={() => { setDraft(null); }}>{text.rules.discard}</Button>
              </Group>
            </Stack>
          </Panel>
        </div>
      )}
    </div>
  );
}

export default function ProtectionRules() {
  const variables = useMemo(() => ({ unit: chosenUnit.get() }), []);
  const [answer, ask] = useQuery({ query: ORDER, variables, requestPolicy: 'cache-and-network' });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'rule');
  const order = answer.data?.protectionOrder;
  const create = order?.viewerCanChange === true && <Button component={Link} to="/protection-rules/new">{text.rules.create}</Button>;
  return (
    <Page title={text.rules.title} actions={create} query={ORDER} variables={variables}>
      <Text size="sm" c="dimmed" maw={720}>{text.rules.intro}</Text>
      <NextStep after="protect" />
      <Answered answer={answer} again={again}>
        {({ protectionOrder: order, ...rest }) => order == null || order.entries.every(({ rule }) => rule == null) ? <Panel><Empty title={text.rules.none} hint={text.rules.noneHint}>{create}</Empty></Panel> : <List given={order.entries} units={rest} movable={order.viewerCanChange} />}
      </Answered>
    </Page>
  );
}
