// Adding a passkey: a name, then the device does the rest. Not for using one.
import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Form, Refusal, useAct } from '../act';
import { graphql } from '../gql';
import { createPasskey } from '../session/passkey';
import { account } from './text';

const BEGIN = graphql(`mutation BeginPasskey($input: BeginPasskeyInput!) { beginPasskey(input: $input) { question { token options } userErrors { field message } } }`);
const CREATE = graphql(`mutation CreatePasskey($input: CreatePasskeyInput!) { createPasskey(input: $input) { passkey { id name } recoveryCodes userErrors { field message } } }`);

/** `onDone` gets the recovery codes when this was the first factor. */
export function SetUpPasskey({ onDone, onCancel }: { onDone: (codes: readonly string[] | null) => void; onCancel?: () => void }) {
  const begin = useAct(BEGIN);
  const create = useAct(CREATE);
  const [name, setName] = useState('');
  const [refused, setRefused] = useState(false);

  async function submit() {
    setRefused(false);
    const begun = await begin.run({});
    if (begun?.question == null) return;
    const answer = await createPasskey(begun.question.options);
    if (answer == null) {
      setRefused(true);
      return;
    }
    const made = await create.run({ token: begun.question.token, answer, name });
    if (made != null) onDone(made.recoveryCodes ?? null);
  }

  return (
    <Form act={{ busy: begin.busy || create.busy, problems: create.problems }} fields={['name']} submit={account.passkey.submit} onSubmit={() => void submit()} {...(onCancel == null ? {} : { onCancel })}>
      <Text size="sm" c="dimmed">{account.passkey.hint}</Text>
      <TextInput label={account.passkey.name} description={account.passkey.nameHint} value={name} error={create.at('name')} onChange={(event) => { setName(event.currentTarget.value); }} />
      <Refusal act={begin} />
      {refused && <Text size="sm" role="alert">{account.passkey.refused}</Text>}
    </Form>
  );
}
