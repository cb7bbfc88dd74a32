// The builder of a condition: groups in groups, tests in them; each can be turned around. Invariant: what the server refuses stands
// beside the test or group that it is about.
import { ActionIcon, Button, Checkbox, Group, MultiSelect, NativeSelect, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { numbered, useAccounts } from '../aws-accounts/useAccounts';
import { named } from '../format';
import { ManyPicker } from '../shell/parts';
import { text } from '../text';
import { newGroup, newTest, pair, type GroupNode, type Node, type TestKind, type TestNode } from './condition';
import type { Known } from './known';

const KINDS = ['EBS_VOLUME', 'EC2_INSTANCE'].map((value) => ({ value, label: named(value) }));
const TESTS = Object.keys(text.rules.tests) as TestKind[];
/** The server takes more, but nobody would understand it. */
const DEPTH_MAX = 4;

function Accounts({ value, ...field }: { 'aria-label': string; error: string | undefined; className: string; value: string[]; onChange: (values: string[]) => void }) {
  const accounts = useAccounts(value, { labelOf: numbered });
  return <ManyPicker {...field} of={accounts} placeholder={text.rules.choose} value={value} />;
}

function Values({ node, known, fault, set }: { node: TestNode; known: Known; fault: string | undefined; set: (values: string[]) => void }) {
  const label = text.rules.tests[node.test];
  const [first = ''] = node.values;
  const empty = node.values.length === 0;
  const common = { 'aria-label': label, error: fault, className: 'test-values' } as const;
  // A comma may be part of a name or of a tag.
  const list = { ...common, splitChars: [] as string[], acceptValueOnBlur: true };
  switch (node.test) {
    case 'assetKind': return <MultiSelect {...common} placeholder={empty ? text.rules.choose : undefined} data={KINDS} value={node.values} onChange={set} />;
    case 'awsAccount': return <Accounts {...common} value={node.values} onChange={set} />;
    case 'organizationalUnit': return <MultiSelect {...common} placeholder={empty ? text.rules.choose : undefined} data={known.units} searchable value={node.values} onChange={set} />;
    case 'region': return <TagsInput {...list} placeholder={empty ? text.rules.choose : undefined} data={known.regions} value={node.values} onChange={set} />;
    case 'name': return <TagsInput {...list} placeholder={empty ? text.rules.valuesHint : undefined} value={node.values} onChange={set} />;
    case 'anyTag':
    case 'allTags': return <TagsInput {...list} placeholder={empty ? text.rules.tagsHint : undefined} value={node.values} onChange={set} />;
    case 'nameContains':
    case 'hasTag': return <TextInput {...common} value={first} onChange={(event) => { set([event.currentTarget.value]); }} />;
    case 'tagContains': {
      const tag = pair(first);
      return (
        <div className="test-values test-pair">
          <TextInput aria-label={text.rules.key} placeholder={text.rules.key} value={tag.key} error={fault != null} onChange={(event) => { set([`${event.currentTarget.value.replaceAll('=', '')}=${tag.value}`]); }} />
          <TextInput aria-label={text.rules.part} placeholder={text.rules.part} value={tag.value} error={fault} onChange={(event) => { set([`${tag.key}=${event.currentTarget.value}`]); }} />
        </div>
      );
    }
  }
}

type Change = (key: number, change: (node: Node) => Node | null) => void;
interface EditProps { known: Known; faults: ReadonlyMap<number, string>; onChange: Change }

function Test({ node, known, faults, onChange }: EditProps & { node: TestNode }) {
  const set = (part: Partial<TestNode>) => { onChange(node.key, () => ({ ...node, ...part })); };
  return (
    <div className="test">
      <Checkbox label={text.rules.not} aria-label={text.rules.notTest} checked={node.negated} onChange={(event) => { set({ negated: event.currentTarget.checked }); }} />
      <NativeSelect className="test-kind" aria-label={text.rules.test} data={TESTS.map((value) => ({ value, label: text.rules.tests[value] }))} value={node.test} onChange={(event) => { const test = TESTS.find((one) => one === event.currentTarget.value); if (test != null) set({ test, values: [] }); }} />
      <Values node={node} known={known} fault={faults.get(node.key)} set={(values) => { set({ values }); }} />
      <ActionIcon size={30} className="test-remove" aria-label={text.rules.removeTest} onClick={() => { onChange(node.key, () => null); }}><IconTrash size={14} /></ActionIcon>
    </div>
  );
}

export function GroupEditor({ node, known, faults, onChange, depth = 0 }: EditProps & { node: GroupNode; depth?: number }) {
  const set = (part: Partial<GroupNode>) => { onChange(node.key, () => ({ ...node, ...part })); };
  const fault = faults.get(node.key);
  return (
    <Stack gap="xs" className="condition" role="group" aria-label={text.rules.group(depth + 1)}>
      <div className="condition-head" data-inner={depth > 0 || undefined}>
        {depth > 0 && <Checkbox label={text.rules.not} aria-label={text.rules.notGroup} checked={node.negated} onChange={(event) => { set({ negated: event.currentTarget.checked }); }} />}
        <NativeSelect aria-label={text.rules.mode} maw={220} data={[{ value: 'allOf', label: text.rules.all }, { value: 'anyOf', label: text.rules.any }]} value={node.mode} onChange={(event) => { set({ mode: event.currentTarget.value === 'anyOf' ? 'anyOf' : 'allOf' }); }} />
        {depth > 0 && <ActionIcon size={30} aria-label={text.rules.removeGroup} onClick={() => { onChange(node.key, () => null); }}><IconTrash size={14} /></ActionIcon>}
      </div>
      {node.children.length === 0 && <Text size="xs" c="dimmed">{text.rules.emptyGroup}</Text>}
      {node.children.map((child) => (child.type === 'test' ? <Test key={child.key} node={child} known={known} faults={faults} onChange={onChange} /> : <GroupEditor key={child.key} node={child} known={known} faults={faults} onChange={onChange} depth={depth + 1} />))}
      {fault != null && <Text size="xs" c="var(--mantine-color-error)" role="alert">{fault}</Text>}
      <Group gap="xs">
        <Button size="compact-sm" variant="default" leftSection={<IconPlus size={12} aria-hidden="true" />} onClick={() => { set({ children: [...node.children, newTest()] }); }}>{text.rules.addTest}</Button>
        {depth < DEPTH_MAX && <Button size="compact-sm" variant="default" leftSection={<IconPlus size={12} aria-hidden="true" />} onClick={() => { set({ children: [...node.children, newGroup([newTest()], node.mode === 'allOf' ? 'anyOf' : 'allOf')] }); }}>{text.rules.addGroup}</Button>}
      </Group>
    </Stack>
  );
}
