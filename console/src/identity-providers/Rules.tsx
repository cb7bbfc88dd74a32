// What a provider's groups grant. Rules are sent as a whole, as the server takes them.
import { ActionIcon, Button, Modal, MultiSelect, NativeSelect, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import type { GroupOperator, GroupRuleInput } from '../gql/graphql';
import { useGrantChoices } from '../roles/Grants';
import { roleName } from '../roles/rights';
import { Empty, Panel, Rows, say } from '../shell/parts';
import { useLeaveGuard } from '../shell/useLeaveGuard';
import { text } from '../text';
import type { Provider } from './IdentityProvider';
import { providers } from './text';

const UPDATE = graphql(`mutation UpdateGroupRules($input: UpdateIdentityProviderInput!) { updateIdentityProvider(input: $input) { identityProvider { id version } userErrors { field message } } }`);
const words = providers.rule;
const OPERATORS: GroupOperator[] = ['ANY_OF', 'ALL_OF', 'CONTAINS_ANY_OF', 'CONTAINS_ALL_OF'];

export function Rules({ provider, onChange }: { provider: Provider; onChange: () => void }) {
  const [editing, setEditing] = useState(false);
  const rows = provider.rules.map((rule) => ({ ...rule, id: rule.name }));
  return (
    <Panel title={words.title} side={<Button size="compact-sm" variant="default" onClick={() => { setEditing(true); }}>{words.edit}</Button>}>
      {rows.length === 0 ? <Empty title={words.none} hint={words.hint} /> : (
        <Rows label={words.title} rows={rows} columns={[
          { key: 'name', title: words.name, cell: (rule) => rule.name },
          { key: 'groups', title: words.values, cell: (rule) => words.sentence(words.operators[rule.operator], rule.values.join(', ')) },
          { key: 'role', title: words.role, cell: (rule) => text.users.at(roleName(rule.role), rule.organizationalUnits.map(({ name }) => name).join(', ')) },
        ]} />
      )}
      {editing && <Editor provider={provider} onClose={() => { setEditing(false); }} onDone={() => { setEditing(false); say(words.saved); onChange(); }} />}
    </Panel>
  );
}

interface Draft extends GroupRuleInput { key: number }

function Editor({ provider, onClose, onDone }: { provider: Provider; onClose: () => void; onDone: () => void }) {
  const update = useAct(UPDATE);
  // The version that these rules were read from, whatever somebody else does meanwhile.
  const [version] = useState(provider.version);
  const [read] = useState<Draft[]>(() => provider.rules.map((rule, key) => ({ key, name: rule.name, operator: rule.operator, values: rule.values, roleId: rule.role?.id ?? '', organizationalUnitIds: rule.organizationalUnits.map(({ id }) => id) })));
  const [rules, setRules] = useState(read);
  const [next, setNext] = useState(rules.length);
  const guard = useLeaveGuard(rules !== read);
  const set = (key: number, change: Partial<Draft>) => { setRules(rules.map((rule) => (rule.key === key ? { ...rule, ...change } : rule))); };
  const add = () => {
    setRules([...rules, { key: next, name: '', operator: 'ANY_OF', values: [], roleId: '', organizationalUnitIds: [] }]);
    setNext(next + 1);
  };

  async function save() {
    const sent = rules.map(({ name, operator, values, roleId, organizationalUnitIds }) => ({ name, operator, values, roleId, organizationalUnitIds }));
    if ((await update.run({ id: provider.id, expectedVersion: version, rules: sent })) != null) onDone();
  }

  return (
    <Modal opened onClose={() => { guard.ask(onClose); }} closeOnEscape={!guard.asking} title={words.title} size={680} closeButtonProps={{ 'aria-label': text.state.close }}>
      <Form act={update} fields={[]} submit={words.save} onCancel={onClose} onSubmit={() => void save()}>
        {guard.question}
        <Text size="sm" c="dimmed">{words.hint}</Text>
        <Stack gap="sm">
          {rules.map((rule) => <RuleEditor key={rule.key} rule={rule} onChange={(change) => { set(rule.key, change); }} onRemove={() => { setRules(rules.filter(({ key }) => key !== rule.key)); }} />)}
        </Stack>
        <div><Button size="compact-sm" variant="default" onClick={add}>{words.add}</Button></div>
      </Form>
    </Modal>
  );
}

function RuleEditor({ rule, onChange, onRemove }: { rule: Draft; onChange: (change: Partial<Draft>) => void; onRemove: () => void }) {
  const choices = useGrantChoices();
  const values = Array.isArray(rule.values) ? rule.values : [rule.values];
  const units = Array.isArray(rule.organizationalUnitIds) ? rule.organizationalUnitIds : [rule.organizationalUnitIds];
  return (
    <div className="group-rule" role="group" aria-label={rule.name === '' ? words.title : rule.name}>
      <TextInput label={words.name} value={rule.name} onChange={(event) => { onChange({ name: event.currentTarget.value }); }} rightSection={<ActionIcon size="sm" aria-label={words.remove(rule.name)} onClick={onRemove}><IconX size={14} /></ActionIcon>} />
      <NativeSelect label={words.operator} data={OPERATORS.map((value) => ({ value, label: words.operators[value] }))} value={rule.operator} onChange={(event) => { const found = OPERATORS.find((one) => one === event.currentTarget.value); if (found != null) onChange({ operator: found }); }} />
      <TagsInput className="span" label={words.values} description={words.valuesHint} value={values} onChange={(next) => { onChange({ values: next }); }} comboboxProps={{ zIndex: 500 }} />
      <NativeSelect label={words.role} data={[{ value: '', label: words.choose }, ...choices.roles]} value={rule.roleId} onChange={(event) => { onChange({ roleId: event.currentTarget.value }); }} />
      <MultiSelect searchable label={words.units} data={choices.units.map(({ value, label }) => ({ value, label: label.trim() }))} value={units} onChange={(next) => { onChange({ organizationalUnitIds: next }); }} comboboxProps={{ zIndex: 500 }} />
    </div>
  );
}
