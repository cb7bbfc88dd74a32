// How much of the fleet has a policy, by kind, account or unit: a bar a group, the one with most to do first.
import { Anchor, Button, SegmentedControl } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { named } from '../format';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Empty, Panel } from '../shell/parts';
import { text } from '../text';
import { grouped, worst, type Count } from './groups';

const COUNTS = graphql(`query Protection { protectionCounts { assetKind total protected canBeBackedUp awsAccount { id name } organizationalUnit { id name } } complianceSummary { byKind { kind counts { out } } byAwsAccount { awsAccount { id } counts { out } } byOrganizationalUnit { organizationalUnit { id } counts { out } } } }`);
type By = 'kind' | 'account' | 'unit';
const BY: { value: By; label: string }[] = [{ value: 'kind', label: text.dashboard.byKind }, { value: 'account', label: text.dashboard.byAccount }, { value: 'unit', label: text.dashboard.byUnit }];

/** Where all of them are. */
const ALL: Record<By, string> = { kind: '/assets', account: '/aws-accounts', unit: '/organizational-units' };

export function Protection() {
  const [answer, ask] = useQuery({ query: COUNTS });
  const [by, setBy] = useState<By>('kind');
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'asset', 'compliance');
  const outOf = useMemo(() => {
    const summary = answer.data?.complianceSummary;
    return new Map<string, number>([
      ...(summary?.byKind ?? []).map(({ kind, counts }) => [kind, counts.out] as const), ...(summary?.byAwsAccount ?? []).map(({ awsAccount, counts }) => [awsAccount?.id ?? '', counts.out] as const),
      ...(summary?.byOrganizationalUnit ?? []).map(({ organizationalUnit, counts }) => [organizationalUnit?.id ?? '', counts.out] as const),
    ]);
  }, [answer.data]);
  const groups = useMemo(() => grouped((answer.data?.protectionCounts ?? []).map(({ assetKind, total, protected: shield, canBeBackedUp, awsAccount, organizationalUnit }): Count => {
    const figures = { total: canBeBackedUp ? total : 0, protected: shield, listed: canBeBackedUp ? 0 : total };
    if (by === 'kind') return { key: assetKind, name: named(assetKind), to: `/assets?kind=${assetKind}`, ...figures };
    if (by === 'account') return { key: awsAccount?.id ?? '', name: awsAccount?.name ?? text.state.none, to: `/assets?account=${awsAccount?.id ?? ''}`, ...figures };
    return { key: organizationalUnit?.id ?? '', name: organizationalUnit?.name ?? text.state.none, to: organizationalUnit == null ? '/assets' : `/assets?in=${organizationalUnit.id}`, ...figures };
  })), [answer.data, by]);
  const { shown, all } = worst(groups);
  return (
    <Panel title={text.dashboard.protection} side={<SegmentedControl size="xs" className="compact" aria-label={text.dashboard.by} data={BY} value={by} onChange={(value) => { setBy(BY.find((one) => one.value === value)?.value ?? 'kind'); }} />}>
      <Answered answer={answer} again={again} lines={4}>
        {() => groups.length === 0 ? <Empty title={text.dashboard.assetsNone} hint={text.dashboard.assetsNoneHint}><Button variant="default" component={Link} to="/aws-accounts">{text.dashboard.connect}</Button></Empty> : (
          <>
            <ul className="bars">
              {shown.map(({ key, name, total, protected: shield, listed, to }) => (
                <li key={key}>
                  <Link to={to}>{name}</Link>
                  <span className="bar-note">{total === 0 && listed > 0 ? text.dashboard.onlyListed(listed) : text.dashboard.protectedOf(shield, total)}{(outOf.get(key) ?? 0) > 0 && <span className="out"> · {text.compliance.outOf(outOf.get(key) ?? 0)}</span>}</span>
                  {total > 0 && <svg className="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="1" className="bar-rest" /><rect width={(100 * shield) / total} height="1" className="bar-part" /></svg>}
                </li>
              ))}
            </ul>
            {all != null && <Anchor component={Link} to={ALL[by]} size="sm" display="block" px={14} pb={14}>{text.dashboard.allOf(all)}</Anchor>}
          </>
        )}
      </Answered>
    </Panel>
  );
}
