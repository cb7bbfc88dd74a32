// One provider: the way from a draft to signing people on, then its settings, rules and SCIM.
import { Button, Modal, Stack, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useQuery } from 'urql';
import { Refusal, useAct } from '../act';
import { graphql } from '../gql';
import type { IdentityProviderQuery } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Confirm, Copyable, Empty, Facts, Page, Panel, say } from '../shell/parts';
import { Status } from '../shell/Status';
import { useHeld } from '../shell/useHeld';
import { useMay } from '../shell/viewer';
import { text } from '../text';
import { Rules } from './Rules';
import { Scim } from './Scim';
import { SettingsForm } from './SettingsForm';
import { providers as words } from './text';
import './providers.css';

const PROVIDER = graphql(`query IdentityProvider($id: ID!) {
  node(id: $id) { __typename ... on IdentityProvider {
    id name state version createdAt
    addresses { start callback backChannelLogout signedOut assertionConsumer metadata scim }
    oidc { issuer clientId groupsClaim hasClientSecret }
    saml { entityId signOnAddress certificates emailAttribute nameAttribute groupsAttribute allowsUnsolicited needsSignedAssertion }
    rules { name operator values role { id name builtIn } organizationalUnits { id name } }
  } }
}`);
const TEST = graphql(`mutation TestIdentityProvider($input: TestIdentityProviderInput!) { testIdentityProvider(input: $input) { location userErrors { field message } } }`);
const ACTIVATE = graphql(`mutation ActivateIdentityProvider($input: ActivateIdentityProviderInput!) { activateIdentityProvider(input: $input) { identityProvider { id state } userErrors { field message } } }`);
const DEACTIVATE = graphql(`mutation DeactivateIdentityProvider($input: DeactivateIdentityProviderInput!) { deactivateIdentityProvider(input: $input) { identityProvider { id state } userErrors { field message } } }`);
const UPDATE = graphql(`mutation UpdateIdentityProvider($input: UpdateIdentityProviderInput!) { updateIdentityProvider(input: $input) { identityProvider { id version } userErrors { field message } } }`);
const DELETE = graphql(`mutation DeleteIdentityProvider($input: DeleteIdentityProviderInput!) { deleteIdentityProvider(input: $input) { deletedIdentityProviderId userErrors { field message } } }`);

export type Provider = Extract<NonNullable<IdentityProviderQuery['node']>, { __typename: 'IdentityProvider' }>;

export default function IdentityProviderPage() {
  const { id = '' } = useParams();
  const [answer, ask] = useQuery({ query: PROVIDER, variables: { id }, requestPolicy: 'cache-and-network' });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, useMay('SSO_MANAGE') && 'provider', 'role', 'unit');
  const found = answer.data?.node;
  const provider = found?.__typename === 'IdentityProvider' ? found : null;
  return (
    <Page title={provider?.name ?? words.one} way={[{ to: '/identity-providers', name: words.title }]} query={PROVIDER} variables={{ id }} beside={provider != null && <Status value={provider.state} label={words.states[provider.state]} />}
      actions={provider != null && <Actions provider={provider} onChange={again} />}>
      <Answered answer={answer} again={again}>
        {() => provider == null ? <Panel><Empty title={words.gone} hint={text.state.missing} /></Panel> : (
          <div className="provider">
            <Stack gap="md"><Way provider={provider} onChange={again} /></Stack>
            <Stack gap="md">
              <Settings provider={provider} onChange={again} />
              <Rules provider={provider} onChange={again} />
              <Scim provider={provider} />
            </Stack>
          </div>
        )}
      </Answered>
    </Page>
  );
}

function Addresses({ provider }: { provider: Provider }) {
  const names = provider.oidc == null ? (['assertionConsumer', 'metadata', 'start'] as const) : (['callback', 'signedOut', 'backChannelLogout', 'start'] as const);
  return <Facts of={names.map((name) => [words.addresses[name], <Copyable key={name} value={provider.addresses[name]} what={words.addresses[name]} />])} />;
}

function Way({ provider, onChange }: { provider: Provider; onChange: () => void }) {
  const test = useAct(TEST);
  const activate = useAct(ACTIVATE);
  const ready = provider.state === 'TESTED' || provider.state === 'DISABLED';
  return (
    <>
      <Panel title={words.steps.enter} padded><Addresses provider={provider} /></Panel>
      <Panel title={words.steps.test} padded>
        <Stack gap="sm" align="flex-start">
          <Text size="sm">{words.steps.testHint}</Text>
          <Refusal act={test} />
          <Button variant={provider.state === 'DRAFT' ? 'filled' : 'default'} loading={test.busy} onClick={() => void test.run({ id: provider.id }).then((begun) => { if (begun?.location != null) location.assign(begun.location); })}>{words.steps.testRun}</Button>
        </Stack>
      </Panel>
      <Panel title={words.steps.activate} padded>
        <Stack gap="sm" align="flex-start">
          <Text size="sm">{provider.state === 'ACTIVE' ? words.steps.active : words.steps.activateHint} {provider.state === 'DRAFT' && words.steps.mustTest}</Text>
          <Refusal act={activate} />
          {provider.state !== 'ACTIVE' && <Button variant={ready ? 'filled' : 'default'} disabled={!ready} loading={activate.busy} onClick={() => void activate.run({ id: provider.id }).then((done) => { if (done != null) onChange(); })}>{words.steps.activateRun}</Button>}
        </Stack>
      </Panel>
    </>
  );
}

function Settings({ provider, onChange }: { provider: Provider; onChange: () => void }) {
  const update = useAct(UPDATE);
  const [changing, setChanging] = useState(false);
  const { oidc, saml } = provider;
  // What was read when the form was opened, version and all: a change of somebody else must not be overwritten unseen.
  const held = useHeld(provider, changing);
  return (
    <Panel title={words.settings} padded side={<Button size="compact-sm" variant="default" onClick={() => { setChanging(true); }}>{words.change}</Button>}>
      {oidc != null && <Facts of={[[words.facts.issuer, oidc.issuer], [words.facts.clientId, oidc.clientId], [words.facts.secret, oidc.hasClientSecret ? words.facts.stored : words.facts.publicClient], [words.facts.groups, oidc.groupsClaim]]} />}
      {saml != null && <Facts of={[[words.facts.entityId, saml.entityId], [words.facts.signOn, saml.signOnAddress], [words.facts.certificates, saml.certificates.length], [words.facts.groups, saml.groupsAttribute]]} />}
      <Modal opened={changing} onClose={() => { setChanging(false); }} title={words.settings} size={520} closeButtonProps={{ 'aria-label': text.state.close }}>
        <Stack gap="md">
          <Text size="sm" c="dimmed">{words.form.draftAgain}</Text>
          <SettingsForm known={held} act={update} onCancel={() => { setChanging(false); }} onSubmit={(name, settings) => void update.run({ id: held.id, expectedVersion: held.version, name, settings }).then((done) => {
            if (done == null) return;
            setChanging(false);
            say(words.form.changed);
            onChange();
          })} />
        </Stack>
      </Modal>
    </Panel>
  );
}

function Actions({ provider, onChange }: { provider: Provider; onChange: () => void }) {
  const go = useNavigate();
  const deactivate = useAct(DEACTIVATE);
  const remove = useAct(DELETE);
  const [open, setOpen] = useState<'deactivate' | 'remove' | null>(null);
  const close = () => { setOpen(null); };
  return (
    <>
      {provider.state === 'ACTIVE' && <Button variant="default" onClick={() => { setOpen('deactivate'); }}>{words.deactivate}</Button>}
      <Button variant="default" onClick={() => { setOpen('remove'); }}>{words.remove}</Button>
      <Confirm opened={open === 'deactivate'} danger title={words.deactivateQuestion(provider.name)} action={words.deactivate} busy={deactivate.busy} problems={deactivate.reasons} onClose={close}
        onConfirm={() => void deactivate.run({ id: provider.id }).then((done) => { if (done != null) { close(); onChange(); } })}><Text size="sm">{words.deactivateHint}</Text></Confirm>
      <Confirm opened={open === 'remove'} danger title={words.removeQuestion(provider.name)} action={words.remove} busy={remove.busy} problems={remove.reasons} onClose={close}
        onConfirm={() => void remove.run({ id: provider.id }).then((done) => { if (done != null) void go('/identity-providers'); })}><Text size="sm">{words.removeHint}</Text></Confirm>
    </>
  );
}
