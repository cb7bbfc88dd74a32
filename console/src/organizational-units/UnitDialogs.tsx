// The four things that can be done with a unit, each asked for in a dialog.
import { Modal, NativeSelect, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { text } from '../text';
import { within } from './below';
import { units as words } from './text';

const CREATE = graphql(`mutation CreateOrganizationalUnit($input: CreateOrganizationalUnitInput!) { createOrganizationalUnit(input: $input) { organizationalUnit { id name } userErrors { field message } } }`);
const RENAME = graphql(`mutation RenameOrganizationalUnit($input: RenameOrganizationalUnitInput!) { renameOrganizationalUnit(input: $input) { organizationalUnit { id name version } userErrors { field message } } }`);
const MOVE = graphql(`mutation MoveOrganizationalUnit($input: MoveOrganizationalUnitInput!) { moveOrganizationalUnit(input: $input) { organizationalUnit { id version } userErrors { field message } } }`);
const DELETE = graphql(`mutation DeleteOrganizationalUnit($input: DeleteOrganizationalUnitInput!) { deleteOrganizationalUnit(input: $input) { deletedOrganizationalUnitId userErrors { field message } } }`);

export interface Unit { id: string; name: string; version: number; depth: number; parent?: { id: string } | null | undefined }
export interface Deed { what: 'add' | 'rename' | 'move' | 'remove'; unit: Unit }
interface DialogProps { unit: Unit; units: readonly Unit[]; onClose: () => void; onDone: () => void }

const TITLES = { add: words.addTitle, rename: words.renameTitle, move: words.moveTitle, remove: words.removeTitle };
const BODIES = { add: Add, rename: Rename, move: Move, remove: Remove };

export function UnitDialogs({ deed, ...rest }: Omit<DialogProps, 'unit'> & { deed: Deed }) {
  const Body = BODIES[deed.what];
  return (
    <Modal opened onClose={rest.onClose} title={TITLES[deed.what](deed.unit.name)} size={440} closeButtonProps={{ 'aria-label': text.state.close }}>
      <Body unit={deed.unit} {...rest} />
    </Modal>
  );
}

function Add({ unit, onClose, onDone }: DialogProps) {
  const create = useAct(CREATE);
  const [name, setName] = useState('');
  return (
    <Form act={create} fields={['name']} submit={words.create} onCancel={onClose} onSubmit={() => void create.run({ name, parentId: unit.id }).then((done) => { if (done != null) onDone(); })}>
      <TextInput label={words.name} value={name} error={create.at('name')} data-autofocus onChange={(event) => { setName(event.currentTarget.value); }} />
    </Form>
  );
}

function Rename({ unit, onClose, onDone }: DialogProps) {
  const rename = useAct(RENAME);
  const [name, setName] = useState(unit.name);
  return (
    <Form act={rename} fields={['name']} submit={words.save} onCancel={onClose} onSubmit={() => void rename.run({ id: unit.id, expectedVersion: unit.version, name }).then((done) => { if (done != null) onDone(); })}>
      <TextInput label={words.name} value={name} error={rename.at('name')} data-autofocus onChange={(event) => { setName(event.currentTarget.value); }} />
    </Form>
  );
}

function choices(units: readonly Unit[], not: Set<string>) {
  return units.filter(({ id }) => !not.has(id)).map(({ id, name, depth }) => ({ value: id, label: `${'\u2003'.repeat(depth)}${name}` }));
}

function Move({ unit, units, onClose, onDone }: DialogProps) {
  const move = useAct(MOVE);
  const [parentId, setParent] = useState(unit.parent?.id ?? '');
  return (
    <Form act={move} fields={['parentId']} submit={words.moveSubmit} disabled={parentId === unit.parent?.id} onCancel={onClose} onSubmit={() => void move.run({ id: unit.id, expectedVersion: unit.version, parentId }).then((done) => { if (done != null) onDone(); })}>
      <Text size="sm" c="dimmed">{words.moveHint}</Text>
      <NativeSelect label={words.parent} data={choices(units, within(units, unit.id))} value={parentId} error={move.at('parentId')} data-autofocus onChange={(event) => { setParent(event.currentTarget.value); }} />
    </Form>
  );
}

function Remove({ unit, units, onClose, onDone }: DialogProps) {
  const remove = useAct(DELETE);
  const [reassignTo, setHeir] = useState(unit.parent?.id ?? '');
  return (
    <Form act={remove} fields={['reassignTo']} submit={words.remove} danger onCancel={onClose} onSubmit={() => void remove.run({ id: unit.id, reassignTo }).then((done) => { if (done != null) onDone(); })}>
      <Text size="sm">{words.removeHint}</Text>
      <NativeSelect label={words.heir} data={choices(units, within(units, unit.id))} value={reassignTo} error={remove.at('reassignTo')} onChange={(event) => { setHeir(event.currentTarget.value); }} />
    </Form>
  );
}
