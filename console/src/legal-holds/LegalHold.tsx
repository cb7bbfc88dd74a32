// One legal hold: why, by whom, what it keeps; and the way to its release, which takes two people.
import { Button, Stack, Text, Textarea } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { useParams } from 'react-router';
import { useQuery } from 'urql';
import { useAct } from '../act';
import { graphql } from '../gql';
import { useLive } from '../live';
import { PointTable } from '../recovery-points/PointTable';
import { Answered, Confirm, Copyable, Empty, Facts, Moment, Page, Pager, Panel, say, usePlace } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay } from '../shell/viewer';
import { text } from '../text';

const HOLD = graphql(`query LegalHold($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  node(id: $id) {
    __typename
    ... on LegalHold {
      id name reason includesNew createdAt releasedAt organizationalUnit { id name } createdBy { __typename ... on User { name } ... on ServiceToken { id } }
      recoveryPoints(first: $first, after: $after, last: $last, before: $before) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...PointRow } }
    }
  }
}`);
const RELEASE = graphql(`mutation ReleaseLegalHold($input: ReleaseLegalHoldInput!) { releaseLegalHold(input: $input) { approvalRequest { id } userErrors { field message } } }`);

export default function LegalHold() {
  const { id = '' } = useParams();
  const place = usePlace(25);
  const variables = useMemo(() => ({ id, ...place.paging }), [id, place]);
  const [answer, ask] = useQuery({ query: HOLD, variables, requestPolicy: 'cache-and-network' });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'hold', 'point');
  const may = useMay('LEGAL_HOLD_MANAGE');
  const release = useAct(RELEASE);
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const found = answer.data?.node;
  const hold = found?.__typename === 'LegalHold' ? found : null;
  const submit = () => {
    void release.run({ id, reason: reason.trim() }).then((done) => {
      if (done?.approvalRequest == null) return;
      setAsking(false);
      say(text.approvals.requested, { to: `/approvals/${done.approvalRequest.id}`, name: text.approvals.see });
    });
  };
  return (
    <Page title={hold?.name ?? text.holds.one} way={[{ to: '/legal-holds', name: text.holds.title }]} beside={hold != null && (hold.releasedAt == null ? <Status value="ACTIVE" label={text.holds.open} /> : <Status value="NONE" label={text.holds.released} />)} query={HOLD} variables={variables}
      actions={hold?.releasedAt === null && may && <Button variant="default" onClick={() => { release.clear(); setAsking(true); }}>{text.holds.release}</Button>}>
      <Answered answer={answer} again={again} variables={variables}>
        {() => hold == null ? <Panel><Empty title={text.state.missing} /></Panel> : (
          <Stack gap="md">
            <Panel title={text.points.facts} padded>
              <Stack gap="sm">
                <Facts of={[
                  [text.holds.reason, hold.reason], [text.holds.unit, hold.organizationalUnit?.name], [text.holds.new, hold.includesNew ? text.holds.yes : text.holds.no],
                  [text.holds.by, hold.createdBy?.__typename === 'User' ? hold.createdBy.name : text.holds.program], [text.holds.at, <Moment key="at" at={hold.createdAt} />], [text.holds.releasedAt, hold.releasedAt != null && <Moment key="released" at={hold.releasedAt} />],
                  [text.holds.id, <Copyable key="id" value={hold.id} what={text.holds.id} />],
                ]} />
                {hold.releasedAt == null && <Text size="sm" c="dimmed">{text.holds.noneHint}</Text>}
              </Stack>
            </Panel>
            <Panel title={text.holds.points}>
              {hold.recoveryPoints == null || hold.recoveryPoints.nodes.length === 0 ? <Empty title={text.holds.noPoints} /> : <><PointTable points={hold.recoveryPoints.nodes} withAsset /><Pager info={hold.recoveryPoints.pageInfo} shown={hold.recoveryPoints.nodes.length} total={hold.recoveryPoints.totalCount} place={place} /></>}
            </Panel>
          </Stack>
        )}
      </Answered>
      <Confirm opened={asking} title={text.holds.releaseTitle(hold?.name ?? '')} action={text.holds.release} busy={release.busy} disabled={reason.trim() === ''} problems={release.reasons.filter(({ field }) => field[0] !== 'reason')} onConfirm={submit} onClose={() => { setAsking(false); }}>
        <Text size="sm">{text.holds.releaseBody}</Text>
        <Textarea data-autofocus label={text.holds.releaseReason} autosize minRows={2} maxLength={1000} value={reason} error={release.at('reason')} onChange={(event) => { setReason(event.currentTarget.value); }} />
      </Confirm>
    </Page>
  );
}
