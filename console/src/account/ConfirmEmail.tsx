// Behind the link in the mail to a new address. Invariant: opening it changes nothing, only sending its form does.
import { Text } from '@mantine/core';
import { useNavigate } from 'react-router';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import { useToken } from '../session/link';
import { session } from '../session/text';
import { Page, Panel, say } from '../shell/parts';
import { useRenew } from '../shell/viewer';
import { account } from './text';

const CONFIRM = graphql(`mutation ConfirmEmailChange($input: ConfirmEmailChangeInput!) { confirmEmailChange(input: $input) { user { id email } userErrors { field message } } }`);
const words = account.newEmail;

export default function ConfirmEmail() {
  const token = useToken();
  const confirm = useAct(CONFIRM);
  const navigate = useNavigate();
  const renew = useRenew();

  async function submit() {
    const done = await confirm.run({ token });
    if (done?.user == null) return;
    say(words.done(done.user.email));
    await navigate('/account');
    renew();
  }

  return (
    <Page title={words.confirmTitle}>
      <Panel padded>
        {token === '' ? <Text size="sm">{session.noLinkHint}</Text> : (
          <Form act={confirm} fields={[]} submit={words.confirm} onSubmit={() => void submit()}><Text size="sm">{words.confirmHint}</Text></Form>
        )}
      </Panel>
    </Page>
  );
}
