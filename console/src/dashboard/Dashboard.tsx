// What fails first, then what is at work, then what is held and how far it is proven.
import { Anchor, Grid, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useCallback } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { bytes } from '../format';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Empty, Page, Panel, Time } from '../shell/parts';
import { Status } from '../shell/Status';
import { TaskTable } from '../tasks/TaskTable';
import { text } from '../text';

const DASHBOARD = graphql(`query Dashboard {
  activityCounts { running queued blocked failed }
  protected: assets(first: 1, filter: { isProtected: true, kind: [EBS_VOLUME] }) { totalCount }
  volumes: assets(first: 1, filter: { kind: [EBS_VOLUME] }) { totalCount }
  available: recoveryPoints(first: 1, filter: { status: [AVAILABLE] }) { totalCount }
  proven: recoveryPoints(first: 1, filter: { status: [AVAILABLE], proof: [CHECKSUMS_MATCH, RESTORED, CONTENT_MATCHES] }) { totalCount }
  failed: tasks(first: 5, filter: { status: [FAILED] }) { nodes { ...TaskRow } }
  running: tasks(first: 8, filter: { status: [RUNNING, ABORTING] }) { nodes { ...TaskRow } }
  latest: recoveryPoints(first: 8) { nodes { id status proof takenAt sizeBytes addedBytes asset { id name } } }
}`);

function Figure({ name, value, note, to }: { name: string; value: number; note: string; to: string }) {
  return (
    <Panel padded>
      <Anchor component={Link} to={to} size="sm" c="inherit">{name}</Anchor>
      <div className="figure-value">{value.toLocaleString('en')}</div>
      <Text size="xs" c="dimmed">{note}</Text>
    </Panel>
  );
}

export default function Dashboard() {
  const [answer, ask] = useQuery({ query: DASHBOARD });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again);
  return (
    <Page title={text.dashboard.title} query={DASHBOARD}>
      <Answered answer={answer} again={again}>
        {(data) => {
          const counts = data.activityCounts;
          const volumes = data.volumes?.totalCount ?? 0;
          const held = data.available?.totalCount ?? 0;
          const failed = data.failed?.nodes ?? [];
          const running = data.running?.nodes ?? [];
          const shield = data.protected?.totalCount ?? 0;
          return (
            <Stack gap="md">
              <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
                <Figure name={text.dashboard.failed} value={counts?.failed ?? 0} note={`${text.dashboard.blocked}: ${(counts?.blocked ?? 0).toLocaleString('en')}`} to="/tasks?status=FAILED" />
                <Figure name={text.dashboard.running} value={counts?.running ?? 0} note={`${text.dashboard.queued}: ${(counts?.queued ?? 0).toLocaleString('en')}`} to="/tasks?status=RUNNING" />
                <Figure name={text.dashboard.protected} value={shield} note={text.dashboard.ofAssets(volumes)} to="/assets?protected=no" />
                <Figure name={text.dashboard.proven} value={data.proven?.totalCount ?? 0} note={text.dashboard.ofPoints(held)} to="/recovery-points" />
              </SimpleGrid>
              {failed.length > 0 && <Panel title={text.dashboard.failed} side={<Anchor component={Link} to="/tasks?status=FAILED" size="sm">{text.dashboard.all}</Anchor>}><TaskTable tasks={failed} /></Panel>}
              <Grid gap="md">
                <Grid.Col span={{ base: 12, lg: 6 }}>
                  <Panel title={text.dashboard.running} side={<Anchor component={Link} to="/tasks" size="sm">{text.dashboard.all}</Anchor>}>
                    {running.length === 0 ? <Empty title={text.dashboard.runningNone} /> : <TaskTable tasks={running} short />}
                  </Panel>
                </Grid.Col>
                <Grid.Col span={{ base: 12, lg: 6 }}>
                  <Panel title={text.dashboard.latest} side={<Anchor component={Link} to="/recovery-points" size="sm">{text.dashboard.all}</Anchor>}>
                    {(data.latest?.nodes.length ?? 0) === 0 ? <Empty title={text.dashboard.pointsNone} /> : (
                      <Table>
                        <Table.Thead><Table.Tr><Table.Th>{text.points.asset}</Table.Th><Table.Th>{text.points.proof}</Table.Th><Table.Th className="number wide">{text.points.added}</Table.Th><Table.Th className="number">{text.points.taken}</Table.Th></Table.Tr></Table.Thead>
                        <Table.Tbody>
                          {data.latest?.nodes.map((point) => (
                            <Table.Tr key={point.id}>
                              <Table.Td className="cut">{point.asset != null && <Anchor component={Link} size="sm" to={`/assets/${point.asset.id}`}>{point.asset.name}</Anchor>}</Table.Td>
                              <Table.Td><Status value={point.status === 'AVAILABLE' ? point.proof : point.status} /></Table.Td>
                              <Table.Td className="number wide">{bytes(point.addedBytes)}</Table.Td>
                              <Table.Td className="number"><Time at={point.takenAt} /></Table.Td>
                            </Table.Tr>
                          ))}
                        </Table.Tbody>
                      </Table>
                    )}
                  </Panel>
                </Grid.Col>
              </Grid>
            </Stack>
          );
        }}
      </Answered>
    </Page>
  );
}
