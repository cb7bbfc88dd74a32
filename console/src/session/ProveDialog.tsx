// Asks who somebody is once more, in front of whatever page needs it; proof.ts says when. Invariant: the strongest means that the
// person has is asked for, as the server does.
import { Anchor, Button, Divider, Modal, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useState, useSyncExternalStore } from 'react';
import { useQuery } from 'urql';
import { Form, Refusal, useAct } from '../act';
import { graphql } from '../gql';
import type { ProofInput } from '../gql/graphql';
import { askPasskey, hasPasskeys } from './passkey';
import { Password } from './Password';
import { proofs } from './proof';
import { session } from './text';

const MEANS = graphql(`query ProofMeans { viewer { id secondFactors { totpSince recoveryCodesLeft passkeys { id } } } }`);
const PROVE = graphql(`mutation ProveSession($input: ProveSessionInput!) { proveSession(input: $input) { done userErrors { field message } } }`);
const BEGIN = graphql(`mutation BeginPasskeyProof($input: BeginPasskeyProofInput!) { beginPasskeyProof(input: $input) { question { token options } userErrors { field message } } }`);

export default function ProveDialog() {
  const asking = useSyncExternalStore(proofs.watch, proofs.isAsking);
  return (
    <Modal opened={asking} onClose={() => { proofs.settle(false); }} title={session.prove.title} closeButtonProps={{ 'aria-label': session.close }} size={400} zIndex={400}>
      {asking && <Question />}
    </Modal>
  );
}

const LEAVE = graphql(`mutation SignInAgain($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { field message } } }`);

type Means = 'password' | 'code' | 'recovery';

function Question() {
  const [answer] = useQuery({ query: MEANS, requestPolicy: 'network-only' });
  const factors = answer.data?.viewer?.secondFactors;
  if (factors == null) return answer.error == null ? <Skeleton h={36} /> : <Text size="sm" role="alert">{session.unreachable}</Text>;
  const hasTotp = factors.totpSince != null;
  const hasPasskey = factors.passkeys.length > 0;
  const first: Means | null = hasTotp ? 'code' : hasPasskey ? null : 'password';
  return <Means first={first} canRecover={(hasTotp || hasPasskey) && factors.recoveryCodesLeft > 0} hasPasskey={hasPasskey && hasPasskeys()} />;
}

const LABELS: Record<Means, string> = { password: session.password, code: session.second.code, recovery: session.second.recovery };

function proofOf(means: Means, text: string): ProofInput {
  if (means === 'password') return { password: text };
  return means === 'code' ? { code: text.trim() } : { recoveryCode: text.trim() };
}

function Means({ first, canRecover, hasPasskey }: { first: Means | null; canRecover: boolean; hasPasskey: boolean }) {
  const prove = useAct(PROVE);
  const begin = useAct(BEGIN);
  const leave = useAct(LEAVE);
  const [means, setMeans] = useState(first);
  const [text, setText] = useState('');
  const [refused, setRefused] = useState(false);
  const done = (answer: { done: boolean } | null) => { if (answer?.done === true) proofs.settle(true); };

  async function ask() {
    setRefused(false);
    const begun = await begin.run({});
    if (begun?.question == null) return;
    const passkey = await askPasskey(begun.question.options);
    if (passkey == null) setRefused(true);
    else done(await prove.run({ proof: { passkey: { token: begun.question.token, answer: passkey } } }));
  }

  const field = { label: means == null ? '' : LABELS[means], value: text, error: prove.at('proof'), 'data-autofocus': true, autoFocus: true };
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">{session.prove.hint}</Text>
      {hasPasskey && <Button variant={means == null ? 'filled' : 'default'} loading={begin.busy || prove.busy} onClick={() => void ask()}>{session.second.passkey}</Button>}
      {refused && <Text size="sm" role="alert">{session.second.passkeyRefused}</Text>}
      <Refusal act={begin} />
      {hasPasskey && means != null && <Divider label={session.or} />}
      {means != null && (
        <Form act={prove} fields={['proof']} submit={session.prove.submit} onCancel={() => { proofs.settle(false); }} onSubmit={() => void prove.run({ proof: proofOf(means, text) }).then(done)}>
          {means === 'password'
            ? <Password {...field} autoComplete="current-password" onChange={(event) => { setText(event.currentTarget.value); }} />
            : <TextInput {...field} autoComplete="one-time-code" inputMode={means === 'code' ? 'numeric' : 'text'} onChange={(event) => { setText(event.currentTarget.value); }} />}
        </Form>
      )}
      {first === 'password' && <Text size="sm" c="dimmed">{session.prove.noPassword} <Anchor component="button" type="button" inherit underline="always" onClick={() => void leave.run({}).then(() => { location.reload(); })}>{session.prove.again}</Anchor></Text>}
      {canRecover && (first != null || means == null) && <Anchor component="button" type="button" size="sm" underline="always" ta="left" onClick={() => { setMeans(means === 'recovery' ? first : 'recovery'); setText(''); prove.clear(); }}>{means === 'recovery' ? session.second.useCode : session.second.useRecovery}</Anchor>}
    </Stack>
  );
}
