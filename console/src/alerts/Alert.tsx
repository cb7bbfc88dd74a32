// One alert: what happened, what shows it, and who takes care of it.
import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';
import { named } from '../format';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Copyable, Empty, Facts, Moment, Page, Panel } from '../shell/parts';
import { Status } from '../shell/Status';
import { useMay } from '../shell/viewer';
import { text } from '../text';
import { Acknowledge } from './Acknowledge';
import { isBraked } from './brake';
import { ReleaseBrake } from './ReleaseBrake';

const ALERT = graphql(`query Alert($ids: [ID!]) {
  alerts(first: 1, filter: { id: $ids }) { nodes { ...AlertRow cause evidence note acknowledgedBy { id name } subject { __typename id } } }
}`);
const ROOM_OF: Record<string, string> = { Asset: '/assets/', Task: '/tasks/', Policy: '/policies/', RecoveryPoint: '/recovery-points/' };

/** Evidence is JSON for programs; people get it with line breaks. */
function pretty(evidence: string): string {
  try {
    return JSON.stringify(JSON.parse(evidence), null, 2);
  } catch {
    return evidence;
  }
}

export default function Alert() {
  const { id = '' } = useParams();
  const [may, mayRelease] = [useMay('ALERT_MANAGE'), useMay('SETTINGS_MANAGE')];
  const variables = { ids: [id] };
  const [answer, ask] = useQuery({ query: ALERT, variables });
  const [asking, setAsking] = useState(false);
  const [releasing, setReleasing] = useState(false);
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'alert');
  const alert = answer.data?.alerts?.nodes[0];
  const open = alert != null && alert.clearedAt == null;
  const actions = open && (
    <>
      {isBraked(alert.kind) && mayRelease && <Button variant="default" onClick={() => { setReleasing(true); }}>{text.alerts.brake.open}</Button>}
      {alert.acknowledgedAt == null && may && <Button onClick={() => { setAsking(true); }}>{text.alerts.acknowledge}</Button>}
    </>
  );
  return (
    <Page title={alert?.title ?? text.alerts.one} way={[{ to: '/alerts', name: text.alerts.title }]} beside={alert != null && <Status value={open ? alert.severity : 'NONE'} label={open ? named(alert.severity) : text.alerts.over} />} query={ALERT} variables={variables}
      actions={actions}>
      <Answered answer={answer} again={again}>
        {() => alert == null ? <Panel><Empty title={text.state.missing} /></Panel> : (
          <div className="thirds">
            <Stack gap="md">
              <Panel title={text.alerts.cause} padded><Text size="sm" className="wrap">{alert.cause}</Text></Panel>
              {alert.evidence != null && <Panel title={text.alerts.evidence} padded><pre className="evidence" tabIndex={0}>{pretty(alert.evidence)}</pre></Panel>}
            </Stack>
            <Panel title={text.alerts.facts} padded>
              <Facts of={[
                [text.alerts.kind, named(alert.kind)],
                [text.alerts.asset, alert.asset && <Anchor component={Link} size="sm" to={`/assets/${alert.asset.id}`}>{alert.asset.name}</Anchor>],
                [text.alerts.subject, alert.subject && ROOM_OF[alert.subject.__typename] != null && <Anchor component={Link} size="sm" to={`${ROOM_OF[alert.subject.__typename] ?? ''}${alert.subject.id}`}>{named(alert.subject.__typename)}</Anchor>],
                [text.alerts.raised, <Moment key="raised" at={alert.raisedAt} />],
                [text.alerts.renewed, alert.occurrences > 1 && <Moment key="renewed" at={alert.renewedAt} />],
                [text.alerts.times, alert.occurrences],
                [text.alerts.acknowledged, alert.acknowledgedAt && <Moment key="acknowledged" at={alert.acknowledgedAt} />],
                [text.alerts.by, alert.acknowledgedBy?.name], [text.alerts.note, alert.note],
                [text.alerts.cleared, alert.clearedAt && <Moment key="cleared" at={alert.clearedAt} />],
                [text.alerts.id, <Copyable key="id" value={alert.id} what={text.alerts.id} />],
              ]} />
            </Panel>
          </div>
        )}
      </Answered>
      {asking && <Acknowledge ids={[id]} onClose={() => { setAsking(false); }} onDone={() => { setAsking(false); again(); }} />}
      {releasing && alert != null && isBraked(alert.kind) && <ReleaseBrake kind={alert.kind} onClose={() => { setReleasing(false); }} />}
    </Page>
  );
}
