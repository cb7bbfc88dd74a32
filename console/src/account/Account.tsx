// One's own account: who one is, how one signs in, where one is signed in, and which programs act in one's name.
import { Stack } from '@mantine/core';
import { useCallback } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Page, Panel, say } from '../shell/parts';
import { useRenew } from '../shell/viewer';
import { ApiTokens } from './ApiTokens';
import { ChangePassword } from './ChangePassword';
import { Factors } from './Factors';
import { IdentityLinks } from './IdentityLinks';
import { Profile } from './Profile';
import { Sessions } from './Sessions';
import { account } from './text';
import './account.css';

const ACCOUNT = graphql(`query Account {
  viewer {
    id user { id name email createdAt }
    passwordRules { rule charactersMin charactersMax }
    secondFactors { totpSince recoveryCodesLeft passkeys { id name createdAt lastUsedAt } }
    identityLinks { identityProviderId name isActive linkedAt }
    sessions { id browser address createdAt lastSeenAt expiresAt isCurrent }
  }
}`);

export default function Account() {
  const [answer, ask] = useQuery({ query: ACCOUNT });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'own');
  const renew = useRenew();
  return (
    <Page title={account.title} query={ACCOUNT}>
      <Answered answer={answer} again={again}>
        {({ viewer }) => viewer?.user == null ? null : (
          <div className="account">
            <Stack gap="md">
              <Panel title={account.profile} padded><Profile key={viewer.user.name} user={viewer.user} onChange={renew} /></Panel>
              <Panel title={account.password.title} padded>
                <ChangePassword rules={viewer.passwordRules} onDone={() => { say(account.password.done); again(); }} />
              </Panel>
            </Stack>
            <Stack gap="md">
              {viewer.secondFactors != null && <Factors factors={viewer.secondFactors} onChange={again} />}
              <IdentityLinks links={viewer.identityLinks} onChange={again} />
              <Sessions sessions={viewer.sessions} onChange={again} />
              <ApiTokens />
            </Stack>
          </div>
        )}
      </Answered>
    </Page>
  );
}
