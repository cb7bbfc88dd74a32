// What needs somebody, first; then what is at work, how much is protected and proven, and what the vault holds.
import { Anchor, Group, Stack } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { Link, Navigate } from 'react-router';
import { useQuery } from 'urql';
import { AlertTable } from '../alerts/AlertTable';
import { useBlank } from '../first-steps/finished';
import { NextStep } from '../first-steps/NextStep';
import { dayAgo } from '../days';
import { percent } from '../format';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Empty, Page, Panel } from '../shell/parts';
import { useMay, useViewer } from '../shell/viewer';
import { TaskTable } from '../tasks/TaskTable';
import { text } from '../text';
import { AccountTable } from './AccountTable';
import { Latest } from './Latest';
import { Next } from './Next';
import { Protection } from './Protection';
import { shareProven } from './proven';
import { Storage } from './Storage';

const DASHBOARD = graphql(`query Dashboard($since: DateTime!) {
  activityCounts { running queued blocked failed completed }
  protectionCounts { assetKind total protected canBeBackedUp }
  complianceSummary { overall { in out unknown } }
  recoveryPointsByProof { proof recoveryPoints }
  accounts: awsAccounts(first: 5, filter: { status: [DEGRADED] }) { nodes { ...AccountRow } }
  alerts(first: 5, filter: { isOpen: true }) { nodes { ...AlertRow } }
  blocked: tasks(first: 5, filter: { status: [BLOCKED] }) { nodes { ...TaskRow } }
  failed: tasks(first: 5, filter: { status: [FAILED, PARTIAL], createdAt: { gte: $since } }) { totalCount nodes { ...TaskRow } }
  running: tasks(first: 6, filter: { status: [RUNNING, ABORTING] }) { nodes { ...TaskRow } }
}`);

function Figure({ name, value, note, to, tone }: { name: string; value: string; note: string; to: string; tone?: 'bad' | 'warn' | undefined }) {
  return (
    <Link to={to} className="figure" data-tone={tone}>
      <span className="figure-name">{name}</span>
      <span className="figure-value">{value}</span>
      <span className="figure-note">{note}</span>
    </Link>
  );
}

/** Rows of what failed; the list of tasks has the rest. */
const FAILED_SHOWN = 5;

/** A count that the server stops at 10,000. */
const upTo = (count: number) => (count >= 10_000 ? '10,000+' : count.toLocaleString('en'));
const more = (to: string) => <Anchor component={Link} to={to} size="sm">{text.dashboard.all}</Anchor>;

export default function Dashboard() {
  const [since, setSince] = useState(dayAgo);
  const variables = useMemo(() => ({ since }), [since]);
  const [answer, ask] = useQuery({ query: DASHBOARD, variables });
  const again = useCallback(() => {
    setSince(dayAgo());
    ask({ requestPolicy: 'network-only' });
  }, [ask]);
  useLive(again, 'task', 'point', 'alert', 'compliance', 'account');
  const blank = useBlank(useViewer().organization?.id ?? '', useMay('AWS_ACCOUNT_MANAGE'));
  if (blank) return <Navigate to="/first-steps" replace />;
  return (
    <Page title={text.dashboard.title} query={DASHBOARD} variables={variables}>
      <Answered answer={answer} again={again} lines={8}>
        {(data) => {
          const counts = data.activityCounts;
          // What cannot be backed up is nobody's task.
          const able = (data.protectionCounts ?? []).filter(({ canBeBackedUp }) => canBeBackedUp);
          const total = able.reduce((sum, one) => sum + one.total, 0);
          const bare = total - able.reduce((sum, one) => sum + one.protected, 0);
          const kinds = [...new Set(able.map(({ assetKind }) => assetKind))].join(',');
          const { held, proven } = shareProven(data.recoveryPointsByProof ?? []);
          // What waits for somebody comes first, however long it has waited.
          const failed = [...(data.blocked?.nodes ?? []), ...(data.failed?.nodes ?? [])].slice(0, FAILED_SHOWN);
          const running = data.running?.nodes ?? [];
          const overall = data.complianceSummary?.overall;
          const [out, judged] = [overall?.out ?? 0, (overall?.out ?? 0) + (overall?.in ?? 0)];
          // The same question as the list that it leads to: the numbers are the same.
          const [broken, blocked] = [data.failed?.totalCount ?? 0, counts?.blocked ?? 0];
          const toFailed = `/tasks?status=FAILED,PARTIAL&since=${encodeURIComponent(since)}`;
          return (
            <Stack gap="md">
              <NextStep />
              <div className="figure-row">
                <Figure name={text.dashboard.failed} value={upTo(broken)} note={blocked > 0 ? text.dashboard.blocked(blocked) : text.dashboard.blockedNone} to={toFailed} tone={broken > 0 ? 'bad' : blocked > 0 ? 'warn' : undefined} />
                <Figure name={text.compliance.status.OUT} value={out.toLocaleString('en')} note={text.compliance.of(judged)} to="/assets?compliance=OUT" tone={out > 0 ? 'bad' : undefined} />
                <Figure name={text.dashboard.unprotected} value={bare.toLocaleString('en')} note={text.dashboard.ofAssets(total)} to={`/assets?protected=no&kind=${kinds}`} tone={bare > 0 ? 'warn' : undefined} />
                <Figure name={text.dashboard.proven} value={held === 0 ? '–' : percent(proven / held)} note={text.dashboard.ofPoints(proven.toLocaleString('en'), held.toLocaleString('en'))} to="/recovery-points?status=AVAILABLE&proof=NONE,CHECKSUMS_MATCH" />
              </div>
              {(data.accounts?.nodes.length ?? 0) > 0 && <Panel title={text.dashboard.accounts} side={more('/aws-accounts?status=DEGRADED')}><AccountTable accounts={data.accounts?.nodes ?? []} /></Panel>}
              {(data.alerts?.nodes.length ?? 0) > 0 && <Panel title={text.dashboard.alerts} side={more('/alerts')}><AlertTable alerts={data.alerts?.nodes ?? []} /></Panel>}
              {failed.length > 0 && <Panel title={text.dashboard.failed} side={<Group gap="md">{blocked > 0 && <Anchor component={Link} to="/tasks?status=BLOCKED" size="sm">{text.dashboard.toBlocked(blocked)}</Anchor>}{more(toFailed)}</Group>}><TaskTable tasks={failed} shape="failed" label={text.dashboard.failed} /></Panel>}
              <div className="halves">
                <Stack gap="md">
                  <Protection />
                  <Next />
                  <Panel title={text.dashboard.running} side={more('/tasks')}>
                    {running.length === 0 ? <Empty title={text.dashboard.runningNone} /> : <TaskTable tasks={running} shape="short" label={text.dashboard.running} />}
                  </Panel>
                </Stack>
                <Stack gap="md">
                  <Storage />
                  <Latest />
                </Stack>
              </div>
            </Stack>
          );
        }}
      </Answered>
    </Page>
  );
}
