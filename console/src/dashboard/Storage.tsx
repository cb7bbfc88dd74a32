// What the vault protects, what it takes for that, and how both have grown. The chart comes in a file of its own.
import { Skeleton, Text } from '@mantine/core';
import { lazy, Suspense, useCallback, useMemo } from 'react';
import { useQuery } from 'urql';
import { bytes } from '../format';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Empty, Panel } from '../shell/parts';
import { text } from '../text';
import { saving } from './groups';

const STORAGE = graphql(`query Storage { storageHistory(days: 30) { day protectedBytes storedBytes } }`);
const Trend = lazy(() => import('./Trend'));

export function Storage() {
  const [answer, ask] = useQuery({ query: STORAGE });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'point');
  const days = useMemo(() => (answer.data?.storageHistory ?? []).map((one) => ({ day: one.day, protected: Number(one.protectedBytes), stored: Number(one.storedBytes) })), [answer.data]);
  return (
    <Panel title={text.dashboard.storage}>
      <Answered answer={answer} again={again} lines={4}>
        {() => {
          const today = days.at(-1);
          if (today == null || today.protected === 0) return <Empty title={text.dashboard.storageNone} hint={text.dashboard.storageNoneHint} />;
          return (
            <div className="panel-body">
              <dl className="figures figures-first">
                <div><dt><span className="swatch" data-line="protected" aria-hidden="true" />{text.dashboard.protectedBytes}</dt><dd>{bytes(today.protected)}</dd></div>
                <div><dt><span className="swatch" data-line="stored" aria-hidden="true" />{text.dashboard.storedBytes}</dt><dd>{bytes(today.stored)}</dd></div>
                <div><dt title={text.dashboard.savingNote}>{text.dashboard.saving}</dt><dd>{saving(today.protected, today.stored) ?? '–'}</dd></div>
              </dl>
              {days.filter((day) => day.protected > 0).length < 2 ? <Text size="xs" c="dimmed">{text.dashboard.trendSoon}</Text> : <Suspense fallback={<Skeleton h={172} />}><Trend days={days} /></Suspense>}
            </div>
          );
        }}
      </Answered>
    </Panel>
  );
}
