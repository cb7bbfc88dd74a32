// One policy: what it does, for whom, and what can be done with it.
import { Alert, Anchor, Button, Stack, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { useMutation, useQuery } from 'urql';
import { NextStep } from '../first-steps/NextStep';
import { kept } from '../format';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Confirm, Copyable, Empty, Facts, Moment, Page, Panel, problemsOf, Rows, say, type Problem } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';
import { draftOf } from './draft';
import { Plain } from './Plain';

const POLICY = graphql(`query Policy($id: ID!, $ids: [ID!]) {
  policy(id: $id) { ...PolicyTerms isActive createdAt updatedAt organizationalUnit { id name } viewerCan { assign delete pause update } nextRuns(first: 8) { nominalAt assetKind placement keep { value unit } closesAt } }
  assetsByPolicy(filter: { policy: $ids }) { assets }
}`);
export const POLICY_TERMS = graphql(`fragment PolicyTerms on Policy {
  id name description version
  operations { assetKind placement targetRegion storageTier catchUp start { hour minute zone } window { opens { hour minute } closes { hour minute } } proof { level within { value unit } sample { kind percent } } frequencies { every { value unit weekdays dayOfMonth } keep { value unit } } }
}`);
const PAUSE = graphql(`mutation PausePolicy($input: PausePolicyInput!) { pausePolicy(input: $input) { policy { id isActive } userErrors { field message } } }`);
const RESUME = graphql(`mutation ResumePolicy($input: ResumePolicyInput!) { resumePolicy(input: $input) { policy { id isActive } userErrors { field message } } }`);
const DELETE = graphql(`mutation DeletePolicy($input: DeletePolicyInput!) { deletePolicy(input: $input) { deletedPolicyId userErrors { field message } } }`);

export default function Policy() {
  const { id = '' } = useParams();
  const go = useNavigate();
  const variables = { id, ids: [id] };
  const [answer, ask] = useQuery({ query: POLICY, variables, requestPolicy: 'cache-and-network' });
  const [pausing, pause] = useMutation(PAUSE);
  const [, resume] = useMutation(RESUME);
  const [deleting, remove] = useMutation(DELETE);
  const [asking, setAsking] = useState<'delete' | 'pause' | null>(null);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'policy', 'asset');
  const policy = answer.data?.policy;
  const held = answer.data?.assetsByPolicy?.[0]?.assets ?? 0;
  const told = (found: readonly Problem[], message: string) => {
    setProblems(found);
    if (found.length === 0) {
      setAsking(null);
      say(message);
    }
    again();
  };
  const doPause = () => void pause({ input: { id } }).then(({ data, error }) => { told(problemsOf(data?.pausePolicy, error), text.policies.pausedSaid); });
  const flip = () => {
    setProblems([]);
    if (policy?.isActive === true) setAsking('pause');
    else void resume({ input: { id } }).then(({ data, error }) => { told(problemsOf(data?.resumePolicy, error), text.policies.resumedSaid); });
  };
  const doRemove = () => {
    void remove({ input: { id, unassign: true } }).then(async ({ data, error }) => {
      const found = problemsOf(data?.deletePolicy, error);
      setProblems(found);
      if (found.length > 0) return;
      say(text.policies.deleted);
      await go('/policies');
    });
  };
  const actions = policy != null && (
    <>
      {policy.viewerCan.delete && <Button variant="default" onClick={() => { setProblems([]); setAsking('delete'); }}>{text.policies.remove}</Button>}
      {policy.viewerCan.pause && <Button variant="default" onClick={flip}>{policy.isActive ? text.policies.pause : text.policies.resume}</Button>}
      <Button variant="default" component={Link} to={`/policies/new?copy=${id}`}>{text.policies.clone}</Button>
      {policy.viewerCan.update && <Button component={Link} to={`/policies/${id}/edit`}>{text.policies.edit}</Button>}
    </>
  );
  return (
    <Page title={policy?.name ?? text.policies.one} way={[{ to: '/policies', name: text.policies.title }]} beside={policy != null && <Status value={policy.isActive ? 'ACTIVE' : 'PAUSED'} label={policy.isActive ? text.policies.on : text.policies.off} />} actions={actions} query={POLICY} variables={variables}>
      {asking == null && problems.map(({ message }) => <Alert key={message} color="red" role="alert">{message}</Alert>)}
      <Answered answer={answer} again={again}>
        {({ policy }) => policy == null ? <Panel><Empty title={text.state.missing} /></Panel> : (
          <Stack gap="md">
            <NextStep after="policy" />
            {!policy.isActive && <Alert color="orange">{text.policies.paused}</Alert>}
            <div className="thirds">
              <Panel title={text.policies.does} padded>
                {policy.description != null && <Text size="sm" c="dimmed" mb="sm">{policy.description}</Text>}
                <Plain operations={draftOf(policy).operations} />
              </Panel>
              <Panel title={text.policies.facts} padded>
                <Facts of={[
                  [text.policies.assets, <Anchor key="assets" component={Link} size="sm" to={`/assets?policy=${id}`}>{text.policies.assetsOf(held)}</Anchor>],
                  [text.policies.unit, policy.organizationalUnit?.name],
                  [text.policies.created, <Moment key="created" at={policy.createdAt} />], [text.policies.changed, <Moment key="changed" at={policy.updatedAt} />],
                  [text.policies.id, <Copyable key="id" value={policy.id} what={text.policies.id} />],
                ]} />
              </Panel>
            </div>
            <Panel title={text.policies.next}>
              {policy.nextRuns.length === 0 ? <Empty title={text.policies.nextNone} /> : (
                <Rows label={text.policies.next} rows={policy.nextRuns.map((run) => ({ ...run, id: `${run.nominalAt} ${run.assetKind} ${run.placement}` }))} columns={[
                  { key: 'at', title: text.policies.runAt, cell: (run) => <Moment at={run.nominalAt} /> },
                  { key: 'what', title: text.policies.kind, wide: 'line', cell: (run) => text.policies.says.head(text.policies.says.kinds[run.assetKind], text.policies.says[run.placement]) },
                  { key: 'closes', title: text.policies.closes, wide: 'line', cell: (run) => run.closesAt == null ? '–' : <Moment at={run.closesAt} /> },
                  { key: 'keep', title: text.policies.keep, numeric: true, cell: (run) => kept(run.keep) },
                ]} />
              )}
            </Panel>
          </Stack>
        )}
      </Answered>
      <Confirm opened={asking === 'pause'} title={text.policies.pauseTitle(policy?.name ?? '')} action={text.policies.pause} busy={pausing.fetching} problems={problems} onConfirm={doPause} onClose={() => { setAsking(null); }}>
        <Text size="sm">{text.policies.pauseBody(held)}</Text>
      </Confirm>
      <Confirm opened={asking === 'delete'} title={text.policies.removeTitle(policy?.name ?? '')} action={text.policies.remove} danger busy={deleting.fetching} problems={problems} onConfirm={doRemove} onClose={() => { setAsking(null); }}>
        <Text size="sm">{text.policies.removeBody(held)}</Text>
      </Confirm>
    </Page>
  );
}
