// What a person may do and where; giving and taking roles. Invariant: a role of the identity provider is shown as such, because
// taking it away by hand does not last.
import { Anchor, Button, Modal, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { Form, Refusal, useAct } from '../act';
import { graphql } from '../gql';
import type { GrantSource } from '../gql/graphql';
import { complete, emptyGrant, Grants } from '../roles/Grants';
import { roleName } from '../roles/rights';
import { Confirm, Empty, Panel, Rows } from '../shell/parts';
import { text } from '../text';
import { users } from './text';

const UPDATE = graphql(`mutation UpdateUserGrants($input: UpdateUserGrantsInput!) { updateUserGrants(input: $input) { user { id } userErrors { field message } } }`);
const words = users.grants;

interface Grant { source: GrantSource; role?: { id: string; name: string; builtIn: boolean } | null; organizationalUnit?: { id: string; name: string } | null }
interface UserGrantsProps { user: { id: string; grants: readonly Grant[] }; editable: boolean; onChange: () => void }

export function UserGrants({ user, editable, onChange }: UserGrantsProps) {
  const update = useAct(UPDATE);
  const [giving, setGiving] = useState(false);
  const [taking, setTaking] = useState<Grant | null>(null);
  const rows = user.grants.map((grant) => ({ ...grant, id: `${grant.role?.id ?? ''} ${grant.organizationalUnit?.id ?? ''} ${grant.source}` }));
  const take = ({ role, organizationalUnit }: Grant) => {
    if (role == null || organizationalUnit == null) return;
    void update.run({ id: user.id, remove: [{ roleId: role.id, organizationalUnitId: organizationalUnit.id }] }).then((done) => {
      if (done == null) return;
      setTaking(null);
      onChange();
    });
  };
  return (
    <Panel title={words.title} side={editable && <Button size="compact-sm" variant="default" onClick={() => { setGiving(true); }}>{words.add}</Button>}>
      {taking == null && <Refusal act={update} />}
      {rows.length === 0 ? <Empty title={words.none} /> : (
        <Rows label={words.title} rows={rows} columns={[
          { key: 'role', title: words.role, cell: ({ role }) => <Anchor component={Link} size="sm" to={`/roles/${role?.id ?? ''}`}>{roleName(role)}</Anchor> },
          { key: 'unit', title: words.unit, cell: ({ organizationalUnit }) => organizationalUnit?.name ?? '–' },
          { key: 'source', title: words.source, wide: 'line', cell: ({ source }) => <span title={source === 'PROVIDER' ? words.providerHint : undefined}>{source === 'PROVIDER' ? words.provider : words.manual}</span> },
          ...(editable ? [{ key: 'take', title: words.remove, untitled: true, numeric: true, cell: (grant: Grant) => <Button size="compact-xs" variant="default" onClick={() => { update.clear(); setTaking(grant); }}>{words.remove}</Button> }] : []),
        ]} />
      )}
      <Confirm opened={taking != null} danger title={words.takeQuestion(roleName(taking?.role), taking?.organizationalUnit?.name ?? '')} action={words.remove} busy={update.busy} problems={update.reasons} onClose={() => { setTaking(null); }} onConfirm={() => { if (taking != null) take(taking); }}><Text size="sm">{words.takeHint}</Text></Confirm>
      {giving && <Give id={user.id} onClose={() => { setGiving(false); }} onDone={() => { setGiving(false); onChange(); }} />}
    </Panel>
  );
}

function Give({ id, onClose, onDone }: { id: string; onClose: () => void; onDone: () => void }) {
  const update = useAct(UPDATE);
  const [grants, setGrants] = useState([emptyGrant()]);
  return (
    <Modal opened onClose={onClose} title={words.add} size={520} closeButtonProps={{ 'aria-label': text.state.close }}>
      <Form act={update} fields={[]} submit={words.submit} disabled={complete(grants).length === 0} onCancel={onClose} onSubmit={() => void update.run({ id, add: complete(grants) }).then((done) => { if (done != null) onDone(); })}>
        <Grants value={grants} onChange={setGrants} />
      </Form>
    </Modal>
  );
}
