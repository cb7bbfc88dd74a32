// Domains of the organization: claimed by anybody, proven by a record in their DNS.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useQuery } from 'urql';
import { Form, Refusal, useAct } from '../act';
import { graphql } from '../gql';
import type { DomainClaimsQuery } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Confirm, Copyable, Empty, Facts, Panel, Rows } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay } from '../shell/viewer';
import { providers } from './text';

const CLAIMS = graphql(`query DomainClaims { domainClaims { id domain provenAt recordName recordText } }`);
const CLAIM = graphql(`mutation ClaimDomain($input: ClaimDomainInput!) { claimDomain(input: $input) { domainClaim { id } userErrors { field message } } }`);
const PROVE = graphql(`mutation ProveDomain($input: ProveDomainInput!) { proveDomain(input: $input) { domainClaim { id provenAt } userErrors { field message } } }`);
const RELEASE = graphql(`mutation ReleaseDomain($input: ReleaseDomainInput!) { releaseDomain(input: $input) { releasedDomainClaimId userErrors { field message } } }`);
const words = providers.domains;
type Claim = NonNullable<DomainClaimsQuery['domainClaims']>[number];

export function Domains() {
  const [answer, ask] = useQuery({ query: CLAIMS });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, useMay('SSO_MANAGE') && 'domain');
  const claim = useAct(CLAIM);
  const prove = useAct(PROVE);
  const release = useAct(RELEASE);
  const [domain, setDomain] = useState('');
  const [released, setReleased] = useState<Claim | null>(null);
  return (
    <Panel title={words.title}>
      <Refusal act={prove} />
      <Answered answer={answer} again={again} lines={2}>
        {({ domainClaims }) => domainClaims == null || domainClaims.length === 0 ? <Empty title={words.none} hint={words.hint} /> : (
          <Rows label={words.title} rows={domainClaims} columns={[
            { key: 'domain', title: words.domain, cell: (one) => (
              <>
                <Group gap="sm"><span>{one.domain}</span><Status value={one.provenAt == null ? 'PENDING' : 'DONE'} label={one.provenAt == null ? words.open : words.proven} /></Group>
                {one.provenAt == null && <div className="domain-record"><Text size="xs" c="dimmed" mb={4}>{words.record}</Text><Facts of={[[words.recordName, <Copyable key="name" value={one.recordName} what={words.recordName} />], [words.recordText, <Copyable key="text" value={one.recordText} what={words.recordText} />]]} /></div>}
              </>
            ) },
            { key: 'act', title: words.prove, untitled: true, numeric: true, cell: (one) => (
              <Group gap={6} justify="flex-end" wrap="nowrap">
                {one.provenAt == null && <Button size="compact-xs" variant="default" disabled={prove.busy} onClick={() => void prove.run({ id: one.id }).then((done) => { if (done != null) again(); })}>{words.prove}</Button>}
                <Button size="compact-xs" variant="default" onClick={() => { setReleased(one); }}>{words.release}</Button>
              </Group>
            ) },
          ]} />
        )}
      </Answered>
      <div className="panel-body">
        <Form act={claim} fields={['domain']} submit={words.claim} disabled={domain.trim() === ''} onSubmit={() => void claim.run({ domain }).then((done) => { if (done != null) { setDomain(''); again(); } })}>
          <Stack gap={0}><TextInput label={words.add} placeholder="example.com" value={domain} error={claim.at('domain')} onChange={(event) => { setDomain(event.currentTarget.value); }} /></Stack>
        </Form>
      </div>
      <Confirm opened={released != null} danger title={words.releaseQuestion(released?.domain ?? '')} action={words.release} busy={release.busy} problems={release.reasons} onClose={() => { setReleased(null); }}
        onConfirm={() => void release.run({ id: released?.id ?? '' }).then((done) => { if (done != null) { setReleased(null); again(); } })}><Text size="sm">{words.releaseHint}</Text></Confirm>
    </Panel>
  );
}
