// What a session has to do before anything else: a second factor or a new password that the organization asks for.
// Invariant: it offers nothing that the server would refuse now, and always a way out.
import { Anchor, Button, Stack } from '@mantine/core';
import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { ChangePassword } from '../account/ChangePassword';
import { RecoveryCodes } from '../account/RecoveryCodes';
import { SetUpApp } from '../account/SetUpApp';
import { SetUpPasskey } from '../account/SetUpPasskey';
import { graphql } from '../gql';
import { Answered } from '../shell/parts';
import { Card } from './Card';
import { hasPasskeys } from './passkey';
import { session } from './text';
import type { Viewer } from '../shell/viewer';

const RULES = graphql(`query OwnPasswordRules { viewer { id passwordRules { rule charactersMin charactersMax } } }`);
const SIGN_OUT = graphql(`mutation LeaveDuties($input: DeleteSessionInput!) { deleteSession(input: $input) { deletedSessionId userErrors { message } } }`);

export default function Duties({ viewer, onChange }: { viewer: Viewer; onChange: () => void }) {
  const [, signOut] = useMutation(SIGN_OUT);
  const out = <Anchor component="button" type="button" size="sm" underline="always" onClick={() => void signOut({ input: {} }).then(onChange)}>{session.duty.signOut}</Anchor>;
  const organization = viewer.organization?.name ?? viewer.memberships[0]?.organizationName ?? '';
  if (viewer.secondFactors?.mustChangePassword === true) return <NewPasswordDuty onChange={onChange} footer={out} />;
  return <FactorDuty organization={organization} onChange={onChange} footer={out} />;
}

function NewPasswordDuty({ onChange, footer }: { onChange: () => void; footer: React.ReactNode }) {
  const [answer, again] = useQuery({ query: RULES });
  return (
    <Card title={session.duty.passwordTitle} hint={session.duty.passwordHint} footer={footer}>
      <Answered answer={answer} again={again}>{(data) => <ChangePassword rules={data.viewer?.passwordRules ?? []} onDone={onChange} />}</Answered>
    </Card>
  );
}

function FactorDuty({ organization, onChange, footer }: { organization: string; onChange: () => void; footer: React.ReactNode }) {
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  if (codes != null) return <Card title={session.duty.factorTitle}><RecoveryCodes codes={codes} /><Button onClick={onChange}>{session.duty.on}</Button></Card>;
  const done = (made: readonly string[] | null) => { if (made == null) onChange(); else setCodes(made); };
  return (
    <Card title={session.duty.factorTitle} hint={session.duty.factorHint(organization)} footer={footer}>
      <Stack gap="lg">
        <SetUpApp onDone={done} />
        {hasPasskeys() && <SetUpPasskey onDone={done} />}
      </Stack>
    </Card>
  );
}
