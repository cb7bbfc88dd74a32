// One role: to read when it comes with Holdfast, to change when it is one's own; and a new one, perhaps copied.
import { Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { useQuery } from 'urql';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import type { Permission, RoleQuery } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Confirm, Empty, Overtaken, Page, Panel, say } from '../shell/parts';
import { useHeld } from '../shell/useHeld';
import { useLeaveGuard } from '../shell/useLeaveGuard';
import { useMay } from '../shell/viewer';
import { GROUPS, rightName, roleName } from './rights';
import { roles as words } from './text';
import './roles.css';

const ROLE = graphql(`query Role { roles { id name builtIn description permissions version } }`);
const CREATE = graphql(`mutation CreateRole($input: CreateRoleInput!) { createRole(input: $input) { role { id name } userErrors { field message } } }`);
const UPDATE = graphql(`mutation UpdateRole($input: UpdateRoleInput!) { updateRole(input: $input) { role { id name version } userErrors { field message } } }`);
const DELETE = graphql(`mutation DeleteRole($input: DeleteRoleInput!) { deleteRole(input: $input) { deletedRoleId userErrors { field message } } }`);

type Role = NonNullable<RoleQuery['roles']>[number];
const WAY = [{ to: '/roles', name: words.title }];
const FIELDS = ['name', 'description', 'permissions'];

export default function RolePage() {
  const { id } = useParams();
  const [search] = useSearchParams();
  const [answer, ask] = useQuery({ query: ROLE });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  const wanted = id ?? search.get('copy');
  const role = answer.data?.roles?.find((one) => one.id === wanted);
  // Who has begun to change the role keeps what they read, and is told when somebody else was faster.
  const [touched, setTouched] = useState(false);
  const held = useHeld(role, touched);
  useLive(again, 'role');
  const title = id == null ? words.add : roleName(role ?? { name: '', builtIn: false });
  if (answer.data != null && id != null && role == null) return <Page title={words.one} way={WAY}><Panel><Empty title={words.gone} /></Panel></Page>;
  return (
    <Page title={title === '' ? words.one : title} way={WAY} query={ROLE} beside={role != null && id != null && <Text size="sm" c="dimmed">{role.builtIn ? words.builtIn : words.own}</Text>}
      actions={role != null && id != null && <Actions role={role} />}>
      <Answered answer={answer} again={again}>
        {() => (
          <>
            {id != null && touched && role?.version !== held?.version && <Overtaken onDrop={() => { setTouched(false); }} />}
            <Editor key={`${held?.id ?? 'new'} ${held?.version ?? 0}`} role={held} isNew={id == null} touched={touched} onTouch={() => { setTouched(true); }} onSaved={() => { setTouched(false); again(); }} />
          </>
        )}
      </Answered>
    </Page>
  );
}

function Actions({ role }: { role: Role }) {
  const may = useMay('ROLE_MANAGE');
  const go = useNavigate();
  const remove = useAct(DELETE);
  const [asking, setAsking] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button variant="default" component={Link} to={`/roles/new?copy=${role.id}`}>{words.copy}</Button>
      {!role.builtIn && <Button variant="default" onClick={() => { setAsking(true); }}>{words.remove}</Button>}
      <Confirm opened={asking} danger title={words.removeQuestion(role.name)} action={words.remove} busy={remove.busy} problems={remove.reasons} onClose={() => { setAsking(false); }}
        onConfirm={() => void remove.run({ id: role.id }).then((done) => { if (done != null) void go('/roles'); })}><Text size="sm">{words.removeHint}</Text></Confirm>
    </>
  );
}

interface EditorProps { role: Role | undefined; isNew: boolean; touched: boolean; onTouch: () => void; onSaved: () => void }

function Editor({ role, isNew, touched, onTouch, onSaved }: EditorProps) {
  const go = useNavigate();
  const may = useMay('ROLE_MANAGE');
  const create = useAct(CREATE);
  const update = useAct(UPDATE);
  const act = isNew ? create : update;
  const [name, setName] = useState(isNew ? (role == null ? '' : words.copyOf(roleName(role))) : roleName(role));
  const [description, setDescription] = useState(role?.description ?? '');
  const [picked, setPicked] = useState<ReadonlySet<Permission>>(new Set(role?.permissions ?? ['READ']));
  const guard = useLeaveGuard(touched);
  const fixed = !may || (!isNew && role?.builtIn === true);

  async function save() {
    const permissions = [...picked];
    if (isNew) {
      const made = await create.run({ name, description, permissions });
      if (made?.role == null) return;
      say(words.created(made.role.name));
      guard.pass();
      await go('/roles');
    } else if (role != null && (await update.run({ id: role.id, expectedVersion: role.version, name, description, permissions })) != null) {
      say(words.saved);
      onSaved();
    }
  }

  const fields = (
    <>
      {!fixed && (
        <Group gap="md" align="flex-start" grow>
          <TextInput label={words.name} value={name} error={act.at('name')} onChange={(event) => { onTouch(); setName(event.currentTarget.value); }} />
          <TextInput label={words.description} value={description} error={act.at('description')} onChange={(event) => { onTouch(); setDescription(event.currentTarget.value); }} />
        </Group>
      )}
      {fixed && <Text size="sm">{role?.description} <Text span inherit c="dimmed">{may ? words.readOnly : ''}</Text></Text>}
      <div className="rights">
        {GROUPS.map(({ title, rights }) => (
          <fieldset key={title}>
            <legend>{title}</legend>
            {rights.map((right) => (
              <Checkbox key={right} label={rightName(right)} checked={picked.has(right)} disabled={fixed} onChange={(event) => {
                const next = new Set(picked);
                if (event.currentTarget.checked) next.add(right);
                else next.delete(right);
                onTouch();
                setPicked(next);
              }} />
            ))}
          </fieldset>
        ))}
      </div>
      {act.at('permissions') != null && <Text size="sm" c="var(--mantine-color-error)" role="alert">{act.at('permissions')}</Text>}
    </>
  );
  return (
    <Panel padded>
      {guard.question}
      {fixed ? <Stack gap="md">{fields}</Stack> : <Form act={act} fields={FIELDS} submit={isNew ? words.create : words.save} onSubmit={() => void save()}>{fields}</Form>}
    </Panel>
  );
}
