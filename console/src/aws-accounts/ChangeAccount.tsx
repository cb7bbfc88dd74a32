// Name, regions, kinds, role and unit of a linked account.
import { Checkbox, Group, Modal, MultiSelect, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import type { AssetKind } from '../gql/graphql';
import { useGrantChoices } from '../roles/Grants';
import { Overtaken } from '../shell/parts';
import { useHeld } from '../shell/useHeld';
import { text } from '../text';
import type { Account } from './AwsAccount';
import { regionChoices } from './regions';
import { accounts as words } from './text';

const UPDATE = graphql(`mutation UpdateAwsAccount($input: UpdateAwsAccountInput!) { updateAwsAccount(input: $input) { awsAccount { id version } userErrors { field message } } }`);
const KINDS: AssetKind[] = ['EBS_VOLUME', 'EC2_INSTANCE'];

export function ChangeAccount({ account: newest, onClose, onDone }: { account: Account; onClose: () => void; onDone: () => void }) {
  const update = useAct(UPDATE);
  // What was read when the form was opened, version and all: a change of somebody else must not be overwritten unseen.
  const account = useHeld(newest, true);
  const { units } = useGrantChoices();
  const [name, setName] = useState(account.name);
  const [roleArn, setRole] = useState(account.roleArn ?? '');
  const [regions, setRegions] = useState(account.regions.map(({ region }) => region));
  const [assetKinds, setKinds] = useState(KINDS.filter((kind) => account.regions.some((one) => one.assetKinds.includes(kind))));
  const [unit, setUnit] = useState(account.organizationalUnit?.id ?? '');
  const atRegions = update.problems.filter(({ at }) => at.startsWith('regions'));

  async function save() {
    const done = await update.run({
      id: account.id, expectedVersion: account.version, name, regions, assetKinds,
      ...(account.accessKind === 'ROLE' && roleArn !== account.roleArn ? { roleArn } : {}),
      ...(unit === '' || unit === account.organizationalUnit?.id ? {} : { organizationalUnitId: unit }),
    });
    if (done != null) onDone();
  }

  return (
    <Modal opened onClose={onClose} title={words.change.title} size={520} closeButtonProps={{ 'aria-label': text.state.close }}>
      {newest.version !== account.version && <Overtaken onDrop={onClose} />}
      <Form act={update} fields={['name', 'roleArn', 'assetKinds', 'organizationalUnitId', ...atRegions.map(({ at }) => at)]} submit={words.change.save} onCancel={onClose} onSubmit={() => void save()}>
        <TextInput label={words.name} value={name} error={update.at('name')} data-autofocus onChange={(event) => { setName(event.currentTarget.value); }} />
        <MultiSelect label={words.regions} searchable data={regionChoices(regions)} value={regions} error={atRegions.map(({ message }) => message).join(' ') || undefined} onChange={setRegions} comboboxProps={{ zIndex: 500 }} />
        <Checkbox.Group label={words.connect.kinds} value={assetKinds} error={update.at('assetKinds')} onChange={(chosen) => { setKinds(KINDS.filter((kind) => chosen.includes(kind))); }}>
          <Group gap="lg" mt={6}>{KINDS.map((kind) => <Checkbox key={kind} value={kind} label={words.kindNames[kind]} />)}</Group>
        </Checkbox.Group>
        {account.accessKind === 'ROLE' && <TextInput label={words.connect.roleArn} value={roleArn} error={update.at('roleArn')} onChange={(event) => { setRole(event.currentTarget.value); }} />}
        {units.length > 1 && <NativeSelect label={words.unit} description={words.change.unitHint} data={units} value={unit} error={update.at('organizationalUnitId')} onChange={(event) => { setUnit(event.currentTarget.value); }} />}
      </Form>
    </Modal>
  );
}
