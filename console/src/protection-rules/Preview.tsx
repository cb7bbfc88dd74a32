// What a draft would do, live while it is edited: the counts, some names, the forecast. Not for applying it (Plan.tsx).
import { Alert, Anchor, Stack, Table, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import type { ForecastFragment, PlanCountsFragment, ProtectionDraftInput, ProtectionPreviewQuery } from '../gql/graphql';
import { bytes } from '../format';
import { text } from '../text';

export const FORECAST = graphql(`fragment Forecast on ProtectionForecastInfo { tasksPerDay runsInLast30Days recoveryPointsKept vaultBytes snapshotBytes costUsdPerMonth }`);
export const PLAN_COUNTS = graphql(`fragment PlanCounts on ProtectionPlanSummary { hash changeCount assetsGainedCount assetsLostCount assetsChangedCount }`);
const PREVIEW = graphql(`query ProtectionPreview($input: ProtectionPreviewInput!) {
  protectionPreview(input: $input) {
    userErrors { field message }
    plan { ...PlanCounts changes { action noun } assetChanges(first: 6) { totalCount nodes { effect asset { id name } before { policy { name } } after { policy { name } } } } forecastBefore { ...Forecast } forecastAfter { ...Forecast } }
  }
}`);
const TYPING_MS = 400;

type Shown = NonNullable<NonNullable<ProtectionPreviewQuery['protectionPreview']>['plan']>;

/** What a draft would do, or what is wrong with it; `fresh` says that it is about the draft as it is now. */
export function usePreview(draft: ProtectionDraftInput | null) {
  // Drafts are compared by what they say: a new object that says the same is not counted again.
  const now = draft == null ? null : JSON.stringify(draft);
  const [said] = useDebouncedValue(now, TYPING_MS);
  const wanted = useMemo<ProtectionDraftInput>(() => (said == null ? {} : (JSON.parse(said) as ProtectionDraftInput)), [said]);
  const [answer] = useQuery({ query: PREVIEW, variables: useMemo(() => ({ input: { draft: wanted } }), [wanted]), pause: said == null, requestPolicy: 'network-only' });
  const fresh = now != null && now === said && !answer.fetching;
  const preview = now == null ? undefined : answer.data?.protectionPreview;
  return { plan: preview?.plan, faults: preview?.userErrors ?? [], fresh, asked: now != null, error: now == null ? undefined : answer.error };
}

const EFFECTS = [['assetsGainedCount', 'good', 'gained'], ['assetsLostCount', 'bad', 'lost'], ['assetsChangedCount', 'busy', 'changed']] as const;

export function Counts({ plan }: { plan: PlanCountsFragment }) {
  return (
    <ul className="counts">
      {EFFECTS.map(([count, tone, name]) => <li key={name} data-none={plan[count] === 0 || undefined}><span className="dot" data-tone={plan[count] > 0 ? tone : 'idle'} aria-hidden="true" /><b className="number">{plan[count].toLocaleString('en')}</b> {text.rules.counted[name]}</li>)}
    </ul>
  );
}

const count = (value: string | number) => Math.round(Number(value)).toLocaleString('en');
const money = (cost: number) => cost.toLocaleString('en', { style: 'currency', currency: 'USD' });

/** Rows of a forecast: now and then. */
export function ForecastTable({ before, after, whole = false }: { before: ForecastFragment; after: ForecastFragment; whole?: boolean }) {
  const lines: [string, string, string][] = [
    [text.rules.tasks, count(before.tasksPerDay), count(after.tasksPerDay)],
    ...(whole ? [[text.rules.last30, count(before.runsInLast30Days), count(after.runsInLast30Days)] as [string, string, string]] : []),
    [text.rules.kept, count(before.recoveryPointsKept), count(after.recoveryPointsKept)],
    [text.rules.vault, bytes(before.vaultBytes), bytes(after.vaultBytes)],
    ...(whole ? [[text.rules.snapshots, bytes(before.snapshotBytes), bytes(after.snapshotBytes)] as [string, string, string]] : []),
    [text.rules.cost, money(before.costUsdPerMonth), money(after.costUsdPerMonth)],
  ];
  return (
    <Table className={whole ? 'forecast' : 'forecast flush'}>
      <Table.Thead><Table.Tr><Table.Th>{text.rules.forecast}</Table.Th><Table.Th className="number">{text.rules.now}</Table.Th><Table.Th className="number">{text.rules.then}</Table.Th></Table.Tr></Table.Thead>
      <Table.Tbody>{lines.map(([name, now, then]) => <Table.Tr key={name}><Table.Td>{name}</Table.Td><Table.Td className="number">{now}</Table.Td><Table.Td className="number" data-moved={now !== then || undefined}>{then}</Table.Td></Table.Tr>)}</Table.Tbody>
    </Table>
  );
}

function Effects({ plan }: { plan: Shown }) {
  const rest = plan.assetChanges.totalCount - plan.assetChanges.nodes.length;
  return (
    <Stack gap="sm">
      <Counts plan={plan} />
      {plan.assetChanges.nodes.length > 0 && (
        <ul className="effects">
          {plan.assetChanges.nodes.map(({ asset, before, after }) => asset != null && (
            <li key={asset.id}>
              <Anchor component={Link} size="sm" to={`/assets/${asset.id}`}>{asset.name}</Anchor>
              <Text size="xs" c="dimmed" className="wrap">{before.policy?.name ?? text.rules.nothing} → {after.policy?.name ?? text.rules.nothing}</Text>
            </li>
          ))}
          {rest > 0 && <li><Text size="xs" c="dimmed">{text.rules.more(rest)}</Text></li>}
        </ul>
      )}
    </Stack>
  );
}

/** `shown` says of a refusal that it stands beside its field already. */
export function Preview({ preview, first, shown }: { preview: ReturnType<typeof usePreview>; first: string; shown?: (field: readonly string[]) => boolean }) {
  const { plan, faults, fresh, asked, error } = preview;
  const rest = faults.filter(({ field }) => shown?.(field) !== true);
  return (
    <Stack gap="md" className="preview" aria-live="polite" aria-busy={asked && !fresh} data-stale={(asked && !fresh) || undefined}>
      {!asked ? <Text size="sm" c="dimmed">{first}</Text>
        : plan != null ? <><Effects plan={plan} /><ForecastTable before={plan.forecastBefore} after={plan.forecastAfter} /></>
        : error != null ? <Alert color="red" role="alert">{error.graphQLErrors[0]?.message ?? text.state.unreachable}</Alert>
        : faults.length === 0 ? <Text size="sm" c="dimmed">{text.rules.planning}</Text> : rest.length === 0 && <Text size="sm" c="dimmed">{text.rules.mend}</Text>}
      {rest.map(({ message }) => <Alert key={message} color="red" role="alert">{message}</Alert>)}
    </Stack>
  );
}
