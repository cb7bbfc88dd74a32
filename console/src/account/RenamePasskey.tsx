// Another name for a passkey.
import { Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { account } from './text';

const RENAME = graphql(`mutation RenamePasskey($input: RenamePasskeyInput!) { renamePasskey(input: $input) { passkey { id name } userErrors { field message } } }`);

export function RenamePasskey({ passkey, onClose, onDone }: { passkey: { id: string; name: string }; onClose: () => void; onDone: () => void }) {
  const rename = useAct(RENAME);
  const [name, setName] = useState(passkey.name);
  return (
    <Modal opened onClose={onClose} title={account.factors.rename} size={420} closeButtonProps={{ 'aria-label': account.cancel }}>
      <Form act={rename} fields={['name']} submit={account.save} onCancel={onClose} onSubmit={() => void rename.run({ id: passkey.id, name }).then((done) => { if (done != null) onDone(); })}>
        <TextInput label={account.passkey.name} value={name} error={rename.at('name')} data-autofocus onChange={(event) => { setName(event.currentTarget.value); }} />
      </Form>
    </Modal>
  );
}
