// Turning an authenticator app on: secret and picture, then a code that proves that the app has it.
// Invariant: the secret is in the memory of this page only, and gone with it.
import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { Form, Refusal, useAct } from '../act';
import { graphql } from '../gql';
import { Copyable } from '../shell/parts';
import { account } from './text';

const BEGIN = graphql(`mutation BeginTotp($input: BeginTotpInput!) { beginTotp(input: $input) { secret qrCode userErrors { field message } } }`);
const CONFIRM = graphql(`mutation ConfirmTotp($input: ConfirmTotpInput!) { confirmTotp(input: $input) { recoveryCodes userErrors { field message } } }`);

interface SetUpAppProps {
  /** Gets the recovery codes when this was the first factor. */
  onDone: (codes: readonly string[] | null) => void;
  /** Begins without being asked: in a dialog that was opened for it. */
  begun?: boolean;
}

export function SetUpApp({ onDone, begun = false }: SetUpAppProps) {
  const begin = useAct(BEGIN);
  const confirm = useAct(CONFIRM);
  const [setup, setSetup] = useState<{ secret: string; qrCode: string } | null>(null);
  const [code, setCode] = useState('');

  async function start() {
    const answer = await begin.run({});
    if (answer?.secret != null && answer.qrCode != null) setSetup({ secret: answer.secret, qrCode: answer.qrCode });
  }
  async function submit() {
    const answer = await confirm.run({ code: code.trim() });
    if (answer != null) onDone(answer.recoveryCodes ?? null);
  }

  const started = useRef(false);
  useEffect(() => {
    if (!begun || started.current) return;
    started.current = true;
    void start();
  });

  if (setup == null) return <Stack gap="sm"><Refusal act={begin} /><Button variant="default" loading={begin.busy} onClick={() => void start()}>{account.app.begin}</Button></Stack>;
  return (
    <Form act={confirm} fields={['code']} submit={account.app.submit} onSubmit={() => void submit()}>
      <Text size="sm">{account.app.scan}</Text>
      <img className="qr" width={176} height={176} alt={account.app.picture} src={`data:image/svg+xml,${encodeURIComponent(setup.qrCode)}`} />
      <Stack gap={2}><Text size="sm" c="dimmed">{account.app.typed}</Text><Copyable value={setup.secret} what={account.app.secret} /></Stack>
      <TextInput label={account.app.code} value={code} error={confirm.at('code')} autoComplete="one-time-code" inputMode="numeric" autoFocus onChange={(event) => { setCode(event.currentTarget.value); }} />
    </Form>
  );
}
