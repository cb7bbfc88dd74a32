// Providers, the domains whose people see them, and whether everybody must come through one.
import { Anchor, Button } from '@mantine/core';
import { useCallback } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Empty, Page, Panel, Rows, Time } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay } from '../shell/viewer';
import { Domains } from './Domains';
import { Enforcement } from './Enforcement';
import { providers as words } from './text';
import './providers.css';

const PROVIDERS = graphql(`query IdentityProviders { identityProviders { id name state createdAt oidc { issuer } saml { entityId } rules { name } } }`);

export default function IdentityProviders() {
  const [answer, ask] = useQuery({ query: PROVIDERS });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, useMay('SSO_MANAGE') && 'provider');
  const add = <Button component={Link} to="/identity-providers/new">{words.add}</Button>;
  return (
    <Page title={words.title} query={PROVIDERS} actions={add}>
      <Panel>
        <Answered answer={answer} again={again}>
          {({ identityProviders }) => identityProviders == null || identityProviders.length === 0 ? <Empty title={words.none} hint={words.noneHint} /> : (
            <Rows label={words.title} rows={identityProviders} columns={[
              { key: 'name', title: words.name, cell: (one) => <Anchor component={Link} size="sm" to={`/identity-providers/${one.id}`}>{one.name}</Anchor> },
              { key: 'kind', title: words.kind, cell: (one) => (one.oidc == null ? words.saml : words.oidc) },
              { key: 'state', title: words.state, cell: (one) => <Status value={one.state} label={words.states[one.state]} /> },
              { key: 'issuer', title: words.facts.issuer, wide: 'line', cut: true, cell: (one) => one.oidc?.issuer ?? one.saml?.entityId },
              { key: 'rules', title: words.rules, numeric: true, wide: true, cell: (one) => one.rules.length },
              { key: 'since', title: words.added, numeric: true, wide: true, cell: (one) => <Time at={one.createdAt} /> },
            ]} />
          )}
        </Answered>
      </Panel>
      <div className="provider">
        <Domains />
        <Enforcement hasActive={answer.data?.identityProviders?.some(({ state }) => state === 'ACTIVE') === true} />
      </div>
    </Page>
  );
}
