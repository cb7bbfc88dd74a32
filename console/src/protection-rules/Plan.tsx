// A plan in full, before it is applied: which rules and policies change, which assets gain and lose, what it would cost. Invariant:
// nothing is applied that was not shown; when the world has moved, it is counted and shown again.
import { Alert, Anchor, Button, Stack, Text, UnstyledButton } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { useMutation, useQuery } from 'urql';
import { exact } from '../format';
import { graphql } from '../gql';
import type { ProtectionEffect, ProtectionPlanQuery } from '../gql/graphql';
import { Answered, Empty, FilterChips, Page, Pager, Panel, problemsOf, Rows, say, Time, usePlace, type Filter, type Problem } from '../shell/parts';
import { text } from '../text';
import { Changes } from './Changes';
import { wishOf, type Wish } from './draft';
import { ForecastTable } from './Preview';

const PLAN = graphql(`query ProtectionPlan($input: ProtectionPreviewInput!, $effects: [ProtectionEffect!], $first: Int, $after: String, $last: Int, $before: String) {
  protectionPreview(input: $input) {
    userErrors { field message }
    plan {
      ...PlanCounts
      changes { action noun name differenceCount differences { path before after } }
      assetChanges(effects: $effects, first: $first, after: $after, last: $last, before: $before) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        nodes { effect asset { id name kind } before { policy { id name } source ruleName } after { policy { id name } source ruleName } }
      }
      recoveryPointsToShorten(first: 10) { totalCount nodes { wouldExpireAt recoveryPoint { id takenAt expiresAt asset { id name } } } }
      forecastBefore { ...Forecast } forecastAfter { ...Forecast }
    }
  }
}`);
const APPLY = graphql(`mutation ApplyProtection($input: ApplyProtectionInput!) { applyProtection(input: $input) { task { id } userErrors { code field message } } }`);
// An object, so that a value that the schema gains or loses is an error here.
const EFFECTS: Record<ProtectionEffect, true> = { GAINED: true, LOST: true, CHANGED: true };
const isEffect = (value: string): value is ProtectionEffect => value in EFFECTS;
const FILTERS: Filter[] = [{ name: 'effect', label: text.rules.effect, choices: Object.keys(EFFECTS).filter(isEffect).map((value) => ({ value, label: text.rules.effects[value] })) }];
const COUNTED = [['GAINED', 'assetsGainedCount', 'gained'], ['LOST', 'assetsLostCount', 'lost'], ['CHANGED', 'assetsChangedCount', 'changed']] as const;
const TONES: Record<ProtectionEffect, string> = { GAINED: 'good', LOST: 'bad', CHANGED: 'busy' };

type Shown = NonNullable<NonNullable<ProtectionPlanQuery['protectionPreview']>['plan']>;
type Protected = Shown['assetChanges']['nodes'][number]['before'];

/** What happens to how many; pressing one shows only those assets. */
function Figures({ plan, place }: { plan: Shown; place: ReturnType<typeof usePlace> }) {
  const shown = place.all('effect');
  return (
    <div className="figure-row">
      {COUNTED.map(([effect, count, name]) => {
        const pressed = shown.length === 1 && shown[0] === effect;
        return (
          <UnstyledButton key={effect} className="figure" data-tone={plan[count] > 0 && effect === 'LOST' ? 'bad' : undefined} aria-pressed={pressed} onClick={() => { place.set({ effect: pressed ? null : effect }); }}>
            <span className="figure-value">{plan[count].toLocaleString('en')}</span><span className="figure-note">{text.rules.counted[name]}</span>
          </UnstyledButton>
        );
      })}
      <div className="figure"><span className="figure-value">{plan.recoveryPointsToShorten.totalCount.toLocaleString('en')}</span><span className="figure-note">{text.rules.shorter}</span></div>
    </div>
  );
}

function By({ one }: { one: Protected }) {
  if (one.policy == null && one.source === 'NONE') return <Text size="sm" c="dimmed">{text.rules.nothing}</Text>;
  return <><Text size="sm" className="wrap">{one.policy?.name ?? text.rules.unseen}</Text><Text size="xs" c="dimmed" className="wrap">{one.ruleName == null ? text.rules.byHand : text.rules.byRule(one.ruleName)}</Text></>;
}

function Assets({ plan, place }: { plan: Shown; place: ReturnType<typeof usePlace> }) {
  const { nodes, pageInfo, totalCount } = plan.assetChanges;
  const rows = nodes.flatMap(({ asset, ...rest }) => (asset == null ? [] : [{ id: asset.id, asset, ...rest }]));
  return (
    <Panel title={text.rules.assets} side={<FilterChips filters={FILTERS} place={place} />}>
      {rows.length === 0 ? <Empty title={place.all('effect').length > 0 ? text.rules.noneSuch : text.rules.planNone} /> : (
        <>
          <Rows label={text.rules.assets} rows={rows} columns={[
            { key: 'asset', title: text.rules.asset, cell: ({ asset }) => <Anchor component={Link} size="sm" to={`/assets/${asset.id}`}>{asset.name}</Anchor> },
            { key: 'effect', title: text.rules.effect, cell: ({ effect }) => effect != null && <span className="status"><span className="dot" data-tone={TONES[effect]} aria-hidden="true" />{text.rules.effects[effect]}</span> },
            { key: 'now', title: text.rules.now, cell: ({ before }) => <By one={before} /> },
            { key: 'then', title: text.rules.then, cell: ({ after }) => <By one={after} /> },
          ]} />
          <Pager info={pageInfo} shown={rows.length} total={totalCount} place={place} />
        </>
      )}
    </Panel>
  );
}

function Shortened({ plan: { recoveryPointsToShorten: { nodes, totalCount } } }: { plan: Shown }) {
  return (
    <Panel title={text.rules.shortened(totalCount)}>
      {totalCount === 0 ? <Text size="sm" c="dimmed" className="panel-body">{text.rules.shortenedNone}</Text> : (
        <>
          <Text size="sm" c="dimmed" className="panel-note">{text.rules.shortenedHint}</Text>
          <Rows label={text.rules.shortened(totalCount)} rows={nodes.map(({ recoveryPoint, wouldExpireAt }) => ({ ...recoveryPoint, wouldExpireAt }))} columns={[
            { key: 'asset', title: text.rules.asset, cut: true, cell: ({ asset }) => asset?.name },
            { key: 'taken', title: text.rules.taken, cell: ({ id, takenAt }) => <Time at={takenAt} to={`/recovery-points/${id}`} /> },
            { key: 'now', title: text.rules.expires, numeric: true, wide: 'line', cell: ({ expiresAt }) => (expiresAt == null ? text.state.never : exact(expiresAt)) },
            { key: 'then', title: text.rules.wouldExpire, numeric: true, wide: 'line', cell: ({ wouldExpireAt }) => exact(wouldExpireAt) },
          ]} />
          {totalCount > nodes.length && <Text size="xs" c="dimmed" className="panel-note">{text.rules.more(totalCount - nodes.length)}</Text>}
        </>
      )}
    </Panel>
  );
}

function Planned({ wish }: { wish: Wish }) {
  const go = useNavigate();
  const place = usePlace(25);
  const variables = useMemo(() => ({ input: { draft: wish.draft }, effects: place.all('effect').length > 0 ? place.all('effect').filter(isEffect) : null, ...place.paging }), [wish, place]);
  const [answer, ask] = useQuery({ query: PLAN, variables, requestPolicy: 'network-only' });
  const [applying, apply] = useMutation(APPLY);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [moved, setMoved] = useState(false);
  const again = () => { ask({ requestPolicy: 'network-only' }); };
  const plan = answer.data?.protectionPreview?.plan;
  const confirm = () => {
    if (plan == null) return;
    void apply({ input: { draft: wish.draft, planHash: plan.hash } }).then(({ data, error }) => {
      const payload = data?.applyProtection;
      const conflict = payload?.userErrors.some(({ code }) => code === 'CONFLICT') ?? false;
      const found = problemsOf(payload, error);
      setMoved(conflict);
      setProblems(conflict ? [] : found);
      if (conflict) again();
      if (found.length > 0) return;
      if (payload?.task == null) say(text.rules.appliedNone);
      else say(text.rules.applied, { to: `/tasks/${payload.task.id}`, name: text.rules.see });
      void go(wish.done);
    });
  };
  const actions = (
    <>
      <Button variant="default" onClick={() => { void go(wish.from, { state: wish.kept }); }}>{text.rules.back}</Button>
      <Button loading={applying.fetching} disabled={plan == null || plan.changeCount === 0 || answer.fetching} onClick={confirm}>{text.rules.apply}</Button>
    </>
  );
  return (
    <Page title={text.rules.planTitle} way={[{ to: '/protection-rules', name: text.rules.title }]} beside={<Text size="sm" c="dimmed">{wish.title}</Text>} actions={actions} query={PLAN} variables={variables}>
      {moved && <Alert color="orange" role="alert">{text.rules.stale}</Alert>}
      {[...problems, ...(answer.data?.protectionPreview?.userErrors ?? [])].map(({ message }) => <Alert key={message} color="red" role="alert">{message}</Alert>)}
      <Answered answer={answer} again={again}>
        {() => plan != null && (
          <Stack gap="md">
            {plan.changeCount === 0 && <Text size="sm" c="dimmed">{text.rules.nothingToDo}</Text>}
            <Figures plan={plan} place={place} />
            <div className="thirds">
              <Stack gap="md"><Assets plan={plan} place={place} /><Shortened plan={plan} /></Stack>
              <Stack gap="md"><Panel><ForecastTable before={plan.forecastBefore} after={plan.forecastAfter} whole /></Panel><Changes key={plan.hash} changes={plan.changes} draft={wish.draft} /></Stack>
            </div>
          </Stack>
        )}
      </Answered>
    </Page>
  );
}

export default function Plan() {
  const wish = wishOf(useLocation().state);
  if (wish == null) return <Page title={text.rules.planTitle} way={[{ to: '/protection-rules', name: text.rules.title }]}><Panel><Empty title={text.rules.noPlan} hint={text.rules.noPlanHint} /></Panel></Page>;
  return <Planned wish={wish} />;
}
