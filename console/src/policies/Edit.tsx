// Makes a policy, copies one, or changes one. The form is on the left; on the right what it means and what it changes.
import { Alert, Button, Group, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useRef, useState, type SyntheticEvent } from 'react';
import { useLocation, useNavigate, useParams, useSearchParams } from 'react-router';
import { useMutation, useQuery } from 'urql';
import { graphql } from '../gql';
import { usePlan } from '../protection-rules/usePlan';
import { Answered, Empty, Page, Panel, problemsOf, say, useFaultFocus, useProblems } from '../shell/parts';
import { useLeaveGuard } from '../shell/useLeaveGuard';
import { text } from '../text';
import { Ahead } from './Ahead';
import { diff, draftOf, EMPTY, fromTemplate, inputOf, keptDraft, OPERATION, pathsOf, type Draft } from './draft';
import { Operation } from './Operation';
import { Diff, Plain } from './Plain';

const POLICY = graphql(`query PolicyToEdit($id: ID!, $ids: [ID!]) { policy(id: $id) { ...PolicyTerms viewerCan { update } } assetsByPolicy(filter: { policy: $ids }) { assets } }`);
const CREATE = graphql(`mutation CreatePolicy($input: CreatePolicyInput!) { createPolicy(input: $input) { policy { id } userErrors { code field message } } }`);
const UPDATE = graphql(`mutation UpdatePolicy($input: UpdatePolicyInput!) { updatePolicy(input: $input) { policy { ...PolicyTerms } userErrors { code field message } } }`);

const TEMPLATES = graphql(`query PolicyTemplates { policyTemplates { name description operations { assetKind placement targetRegion storageTier catchUp start { hour minute zone } window { opens { hour minute } closes { hour minute } } proof { level within { value unit } sample { kind percent } } frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } } } }`);

interface Editing { id: string; version: number; before: Draft; held: number }

interface FormProps { start: Draft; /** What there was before anything was written. */ origin?: Draft; editing: Editing | null; onReload: () => void; templates?: readonly Draft[] }

function Form({ start, origin = start, editing, onReload, templates = [] }: FormProps) {
  const go = useNavigate();
  const plan = usePlan();
  const [creating, create] = useMutation(CREATE);
  const [updating, update] = useMutation(UPDATE);
  const [draft, setDraft] = useState(start);
  const [conflict, setConflict] = useState(false);
  const problems = useProblems();
  const form = useRef<HTMLFormElement>(null);
  useFaultFocus(form, problems.all);
  const change = (part: Partial<Draft>) => { problems.clear(); setDraft((old) => ({ ...old, ...part })); };
  const guard = useLeaveGuard(JSON.stringify(inputOf(draft)) !== JSON.stringify(inputOf(origin)));
  const changed = editing == null ? null : diff(editing.before, draft);
  async function submit(event: SyntheticEvent) {
    event.preventDefault();
    const input = inputOf(draft);
    const done = editing == null ? await create({ input: { draft: input } }).then(({ data, error }) => ({ payload: data?.createPolicy, error })) : await update({ input: { id: editing.id, expectedVersion: editing.version, draft: input } }).then(({ data, error }) => ({ payload: data?.updatePolicy, error }));
    const found = problemsOf(done.payload, done.error);
    problems.set(found);
    setConflict(done.payload?.userErrors.some(({ code }) => code === 'CONFLICT') ?? false);
    const id = done.payload?.policy?.id;
    if (found.length > 0 || id == null) return;
    say(text.policies.saved);
    guard.pass();
    await go(`/policies/${id}`);
  }
  const rest = problems.rest(pathsOf(draft));
  return (
    <form ref={form} onSubmit={(event) => void submit(event)} className="thirds">
      {guard.question}
      <Stack gap="md">
        {templates.length > 0 && <FromTemplate templates={templates} onChoose={(before, template) => { problems.clear(); setDraft((old) => fromTemplate(old, before, template)); }} />}
        <Panel padded>
          <Stack gap="sm">
            <TextInput label={text.policies.name} required withAsterisk={false} maxLength={100} value={draft.name} error={problems.at('draft.name')} onChange={(event) => { change({ name: event.currentTarget.value }); }} />
            <Textarea label={text.policies.description} description={text.policies.descriptionHint} autosize minRows={1} maxRows={4} value={draft.description} error={problems.at('draft.description')} onChange={(event) => { change({ description: event.currentTarget.value }); }} />
          </Stack>
        </Panel>
        {draft.operations.map((operation, place) => (
          <Operation key={place} operation={operation} path={`draft.operations.${place}`} problems={problems}
            onChange={(next) => { change({ operations: draft.operations.map((one, index) => (index === place ? next : one)) }); }}
            onRemove={draft.operations.length > 1 ? () => { change({ operations: draft.operations.filter((_, index) => index !== place) }); } : undefined} />
        ))}
        <div><Button variant="default" leftSection={<IconPlus size={14} aria-hidden="true" />} onClick={() => { change({ operations: [...draft.operations, OPERATION] }); }}>{text.policies.addOperation}</Button></div>
      </Stack>
      <div className="beside">
        <Stack gap="md">
          <Panel title={text.policies.plain} padded><Plain operations={draft.operations} /></Panel>
          <Ahead draft={draft} />
          <Panel title={text.policies.diff} padded>
            <Stack gap="md">
              {changed != null && <Diff {...changed} />}
              <Text size="sm" c="dimmed">{text.policies.affects(editing?.held ?? 0)}</Text>
              {conflict ? <Alert color="orange" role="alert"><Stack gap="xs" align="flex-start">{text.policies.conflict}<Button variant="default" onClick={onReload}>{text.policies.reload}</Button></Stack></Alert> : rest.map(({ message }) => <Alert key={message} color="red" role="alert">{message}</Alert>)}
              <Group gap="xs">
                <Button type="submit" loading={creating.fetching || updating.fetching} disabled={draft.name.trim() === '' || (changed != null && changed.added.length + changed.removed.length === 0)}>{editing == null ? text.policies.saving : text.policies.save}</Button>
                {editing != null && <Button variant="default" disabled={draft.name.trim() === '' || (changed != null && changed.added.length + changed.removed.length === 0)} onClick={() => { guard.pass(); plan(text.rules.planEdit(draft.name), { policies: [{ ...inputOf(draft), id: editing.id }] }, { policy: draft }, `/policies/${editing.id}`); }}>{text.policies.plan}</Button>}
                <Button variant="default" onClick={() => { guard.pass(); void go(-1); }}>{text.state.cancel}</Button>
              </Group>
            </Stack>
          </Panel>
        </Stack>
      </div>
    </form>
  );
}

/** Begins with what a template does, or with nothing. */
function FromTemplate({ templates, onChoose }: { templates: readonly Draft[]; onChoose: (before: Draft, template: Draft) => void }) {
  const [chosen, setChosen] = useState(EMPTY);
  const choose = (name: string) => {
    const template = templates.find((one) => one.name === name) ?? EMPTY;
    onChoose(chosen, template);
    setChosen(template);
  };
  return <NativeSelect label={text.policies.createFrom} maw={420} description={chosen.description || undefined} data={[{ value: '', label: text.policies.blank }, ...templates.map(({ name }) => ({ value: name, label: name }))]} value={chosen.name} onChange={(event) => { choose(event.currentTarget.value); }} />;
}

/** A new policy: empty, or as one of the templates has it. */
function Fresh({ way }: { way: { to: string; name: string }[] }) {
  const [answer, ask] = useQuery({ query: TEMPLATES });
  const again = () => { ask({ requestPolicy: 'network-only' }); };
  return (
    <Page title={text.policies.create} way={way} query={TEMPLATES}>
      <Answered answer={answer} again={again}>{({ policyTemplates }) => <Form start={EMPTY} editing={null} onReload={again} templates={(policyTemplates ?? []).map(draftOf)} />}</Answered>
    </Page>
  );
}

export default function Edit() {
  const { id } = useParams();
  const kept = keptDraft(useLocation().state);
  const [search] = useSearchParams();
  const source = id ?? search.get('copy');
  const variables = { id: source ?? '', ids: [source ?? ''] };
  const [answer, ask] = useQuery({ query: POLICY, variables, pause: source == null, requestPolicy: 'cache-and-network' });
  const again = () => { ask({ requestPolicy: 'network-only' }); };
  const way = [{ to: '/policies', name: text.policies.title }, ...(id == null || answer.data?.policy == null ? [] : [{ to: `/policies/${id}`, name: answer.data.policy.name }])];
  const title = id == null ? text.policies.create : text.policies.edit;
  if (source == null) return <Fresh way={way} />;
  return (
    <Page title={title} way={way} query={POLICY} variables={variables}>
      <Answered answer={answer} again={again}>
        {({ policy, assetsByPolicy }) => {
          if (policy == null || (id != null && !policy.viewerCan.update)) return <Panel><Empty title={text.state.missing} /></Panel>;
          const before = draftOf(policy);
          if (id == null) return <Form start={{ ...before, name: '' }} editing={null} onReload={again} />;
          return <Form key={policy.version} start={kept ?? before} origin={before} editing={{ id, version: policy.version, before, held: assetsByPolicy?.[0]?.assets ?? 0 }} onReload={again} />;
        }}
      </Answered>
    </Page>
  );
}
