// Makes a rule or changes one: name, policy, place and condition on the left; what it would do on the right, live. Not for applying
// it: that is the page of the plan.
import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useLocation, useNavigate, useParams } from 'react-router';
import { useQuery } from 'urql';
import { chosenUnit } from '../unit';
import { graphql } from '../gql';
import type { KnownFragment, ProtectionDraftInput } from '../gql/graphql';
import { usePolicies } from '../policies/usePolicies';
import { Answered, Empty, Page, Panel, Picker } from '../shell/parts';
import { useLeaveGuard } from '../shell/useLeaveGuard';
import { text } from '../text';
import { GroupEditor } from './Builder';
import { faultsOf, inputOf, isWhole, newGroup, replace, say, treeOf, type Node } from './condition';
import { fieldsOf, keptFields, type Fields } from './draft';
import { useKnown } from './known';
import { Preview, usePreview } from './Preview';
import { usePlan } from './usePlan';

const EDIT = graphql(`query RuleToEdit($id: ID!, $isNew: Boolean!, $unit: ID) {
  protectionRule(id: $id) @skip(if: $isNew) { id name isActive conditionInput policy { id } viewerCan { update } }
  protectionOrder(organizationalUnitId: $unit) @include(if: $isNew) { entries { kind rule { id name } } }
  ...Known
}`);
/** Where the server finds the only rule of the draft. */
const RULE = ['input', 'draft', 'rules', '0'];
const CONDITION = [...RULE, 'condition'];
const isAt = (field: readonly string[], place: readonly string[]) => place.every((step, index) => step === field[index]);

interface Choice { value: string; label: string }
interface FormProps { id: string | null; start: Fields; origin: Fields; others: Choice[]; given: KnownFragment }

function Form({ id, start, origin, others, given }: FormProps) {
  const go = useNavigate();
  const plan = usePlan();
  const [fields, setFields] = useState(start);
  const { name, policy, before, condition } = fields;
  const policies = usePolicies(policy === '' ? [] : [policy]);
  const known = useKnown(given, [condition]);
  const guard = useLeaveGuard(JSON.stringify(keptFields(fields)) !== JSON.stringify(keptFields(origin)));
  const set = (part: Partial<Fields>) => { setFields((old) => ({ ...old, ...part })); };
  const change = (key: number, to: (node: Node) => Node | null) => {
    setFields((old) => { const next = replace(old.condition, key, to); return next?.type === 'group' ? { ...old, condition: next } : old; });
  };
  const draft = useMemo<ProtectionDraftInput | null>(() => {
    const said = name.trim();
    if (said === '' || policy === '' || !isWhole(condition)) return null;
    const rule = { name: said, policy, condition: inputOf(condition) };
    if (id != null) return { rules: [{ ...rule, id }] };
    const unit = chosenUnit.get();
    const at = others.findIndex(({ value }) => value === before);
    const order = others.map(({ value }) => value);
    return { rules: [{ ...rule, ...(unit == null ? {} : { organizationalUnitId: unit }) }], ...(at < 0 ? {} : { ruleOrder: [...order.slice(0, at), said, ...order.slice(at)] }) };
  }, [id, name, policy, before, others, condition]);
  const preview = usePreview(draft);
  // A draft that names a rule that there is means that rule; on this page it is to be another one.
  const taken = id == null && preview.plan?.changes.some(({ action, noun }) => action === 'UPDATE' && noun === 'PROTECTION_RULE') === true;
  const at = (field: string) => preview.faults.filter((one) => isAt(one.field, [...RULE, field])).map(({ message }) => message).join(' ') || undefined;
  const faults = faultsOf(condition, preview.faults.filter(({ field }) => isAt(field, CONDITION)).map(({ field, message }) => ({ path: field.slice(CONDITION.length), message })));
  const isShown = (field: readonly string[]) => ['name', 'policy', 'condition'].some((one) => isAt(field, [...RULE, one]));
  const same = preview.plan?.changeCount === 0;
  return (
    <div className="thirds">
      {guard.question}
      <Stack gap="md">
        <Panel padded>
          <div className="fields">
            <TextInput label={text.rules.name} maxLength={100} value={name} error={taken ? text.rules.nameTaken : at('name')} onChange={(event) => { set({ name: event.currentTarget.value }); }} />
            <Picker of={policies} label={text.rules.policy} placeholder={text.rules.choosePolicy} value={policy} error={at('policy')} onChange={(value) => { set({ policy: value }); }} />
            {id == null && others.length > 0 && <NativeSelect label={text.rules.place} data={[{ value: '', label: text.rules.last }, ...others.map(({ value, label }) => ({ value, label: text.rules.before(label) }))]} value={before} onChange={(event) => { set({ before: event.currentTarget.value }); }} />}
          </div>
        </Panel>
        <Panel title={text.rules.condition} padded>
          <Stack gap="md">
            <GroupEditor node={condition} known={known} faults={faults} onChange={change} />
            <div><Text size="xs" c="dimmed" mb={2}>{text.rules.inWords}</Text><Text size="sm" className="wrap">{say(condition, known.nameOf)}</Text></div>
          </Stack>
        </Panel>
      </Stack>
      <div className="beside">
        <Panel title={text.rules.live} padded>
          <Stack gap="md">
            <Preview preview={preview} first={text.rules.planFirst} shown={isShown} />
            {same && preview.fresh && !taken && <Text size="sm" c="dimmed">{text.rules.unchanged}</Text>}
            <Group gap="xs">
              <Button disabled={draft == null || preview.plan == null || !preview.fresh || same || taken} onClick={() => { guard.pass(); if (draft != null) plan(id == null ? text.rules.planNew(name.trim()) : text.rules.planEdit(name.trim()), draft, keptFields(fields)); }}>{text.rules.review}</Button>
              <Button variant="default" onClick={() => { guard.pass(); void go('/protection-rules'); }}>{text.state.cancel}</Button>
            </Group>
          </Stack>
        </Panel>
      </div>
    </div>
  );
}

export default function Edit() {
  const { id } = useParams();
  const kept = fieldsOf(useLocation().state);
  const variables = { id: id ?? '', isNew: id == null, unit: chosenUnit.get() };
  const [answer, ask] = useQuery({ query: EDIT, variables, requestPolicy: 'network-only' });
  return (
    <Page title={id == null ? text.rules.create : answer.data?.protectionRule?.name ?? text.rules.one} way={[{ to: '/protection-rules', name: text.rules.title }]} query={EDIT} variables={variables}>
      <Answered answer={answer} again={() => { ask({ requestPolicy: 'network-only' }); }}>
        {({ protectionRule: rule, protectionOrder, ...rest }) => {
          if (id != null && rule?.viewerCan.update !== true) return <Panel><Empty title={text.state.missing} /></Panel>;
          const tree = rule == null ? newGroup() : treeOf(rule.conditionInput);
          if (tree == null) return <Panel><Empty title={text.rules.unreadable} /></Panel>;
          const condition = tree.type === 'group' && !tree.negated ? tree : newGroup([tree]);
          const others = (protectionOrder?.entries ?? []).map((one) => ({ value: one.rule?.id ?? one.kind, label: one.rule?.name ?? text.rules.places[one.kind] }));
          const origin = { name: rule?.name ?? '', policy: rule?.policy?.id ?? '', before: '', condition };
          return <Form key={rule?.id ?? 'new'} id={rule?.id ?? null} start={kept ?? origin} origin={origin} others={others} given={rest} />;
        }}
      </Answered>
    </Page>
  );
}
