// One account: while it is new, the steps that are left; then its health region by region, with every missing permission named.
import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { useQuery } from 'urql';
import { Refusal, useAct } from '../act';
import { NextStep } from '../first-steps/NextStep';
import { graphql } from '../gql';
import type { AwsAccountQuery } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Confirm, Copyable, Empty, Facts, Moment, Page, Panel, Rows, say, Time } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';
import { ChangeAccount } from './ChangeAccount';
import { Documents } from './Documents';
import { Steps } from './Steps';
import { accounts as words } from './text';

const ACCOUNT = graphql(`query AwsAccount($id: ID!) {
  awsAccount(id: $id) {
    id name accountId status accessKind roleArn externalId createdAt version
    organizationalUnit { id name }
    regions { region status assetKinds missingPermissions inventoriedAt }
    setup { cloudFormation terraform trustPolicy permissionPolicy }
    viewerCan { disconnect refreshInventory update verify }
  }
  checks: tasks(first: 1, filter: { awsAccount: [$id], kind: [VERIFY_AWS_ACCOUNT] }) { nodes { id status createdAt finishedAt failure { message remedy } } }
  assets(first: 1, filter: { awsAccount: [$id] }) { totalCount }
}`);
const VERIFY = graphql(`mutation VerifyAwsAccount($input: VerifyAwsAccountInput!) { verifyAwsAccount(input: $input) { task { id } userErrors { field message } } }`);
const REFRESH = graphql(`mutation RefreshInventory($input: RefreshInventoryInput!) { refreshInventory(input: $input) { tasks { id } userErrors { field message } } }`);
const DISCONNECT = graphql(`mutation DisconnectAwsAccount($input: DisconnectAwsAccountInput!) { disconnectAwsAccount(input: $input) { awsAccount { id status } userErrors { field message } } }`);

export type Account = NonNullable<AwsAccountQuery['awsAccount']>;
type LastCheck = NonNullable<AwsAccountQuery['checks']>['nodes'][number];
const RUNS: ReadonlySet<LastCheck['status']> = new Set(['QUEUED', 'RUNNING']);

export default function AwsAccountPage() {
  const { id = '' } = useParams();
  const [answer, ask] = useQuery({ query: ACCOUNT, variables: { id } });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'account', 'task', 'asset');
  const account = answer.data?.awsAccount;
  return (
    <Page title={account?.name ?? words.one} way={[{ to: '/aws-accounts', name: words.title }]} query={ACCOUNT} variables={{ id }} beside={account != null && <Status value={account.status} />}
      actions={account != null && <Actions account={account} onChange={again} />}>
      <Answered answer={answer} again={again}>
        {() => account == null ? <Panel><Empty title={words.gone} hint={text.state.missing} /></Panel> : <Body account={account} check={answer.data?.checks?.nodes[0]} found={answer.data?.assets?.totalCount ?? 0} />}
      </Answered>
    </Page>
  );
}

function Body({ account, check, found }: { account: Account; check: LastCheck | undefined; found: number }) {
  const isNew = account.status === 'PENDING' && account.setup != null;
  return (
    <>
      <NextStep after="account" />
      {isNew && <Steps at={check != null && RUNS.has(check.status) ? 2 : 1} />}
      {check != null && <LastCheckPanel check={check} />}
      {isNew && account.setup != null && (
        <Panel title={words.setup.title} padded>
          <Stack gap="md">
            <Text size="sm" maw={720}>{words.setup.hint}</Text>
            <Documents setup={account.setup} />
          </Stack>
        </Panel>
      )}
      {isNew && account.viewerCan.verify && <Panel title={words.setup.checkTitle} padded><Stack gap="sm" align="flex-start"><Text size="sm" maw={720}>{words.setup.checkHint}</Text><Check id={account.id} filled /></Stack></Panel>}
      {!isNew && <Health account={account} />}
      <Panel title={words.facts.title} padded>
        <Facts of={[
          [words.number, <Copyable key="number" value={account.accountId} what={words.number} />], [text.assets.title, isNew ? null : <Anchor key="assets" component={Link} size="sm" to={`/assets?account=${account.id}`}>{words.found(found)}</Anchor>], [words.unit, account.organizationalUnit?.name],
          [words.facts.access, account.accessKind === 'ROLE' ? words.connect.role : words.connect.keys], [words.facts.role, account.roleArn == null ? null : <Copyable key="role" value={account.roleArn} what={words.facts.role} />],
          [words.facts.externalId, account.externalId == null ? null : <Copyable key="external" value={account.externalId} what={words.facts.externalId} />], [words.facts.since, <Moment key="since" at={account.createdAt} />],
        ]} />
      </Panel>
      {!isNew && account.setup != null && <Panel title={words.setup.again} side={<Text size="xs" c="dimmed">{words.setup.againHint}</Text>} padded><Documents setup={account.setup} /></Panel>}
    </>
  );
}

/** Says why the account cannot be used, and what to do about it; nothing once a check has passed. */
function LastCheckPanel({ check }: { check: LastCheck }) {
  if (check.status === 'COMPLETED') return null;
  return (
    <Panel title={words.check.last} padded side={<Anchor component={Link} size="sm" to={`/tasks/${check.id}`}>{text.assets.seeOne}</Anchor>}>
      <Facts of={[[words.status, <Status key="status" value={check.status} />], [text.tasks.failure, check.failure?.message], [text.tasks.remedy, check.failure?.remedy], [text.tasks.begun, <Moment key="begun" at={check.createdAt} />]]} />
    </Panel>
  );
}

function Health({ account }: { account: Account }) {
  const lacks = account.regions.some(({ missingPermissions }) => missingPermissions.length > 0);
  return (
    <Panel title={words.health.title} side={lacks && <Text size="xs" c="dimmed">{words.health.fix}</Text>}>
      <Rows label={words.health.title} rows={account.regions.map((one) => ({ ...one, id: one.region }))} columns={[
        { key: 'region', title: words.region, cell: (one) => <Anchor component={Link} size="sm" to={`/assets?region=${one.region}&account=${account.id}`}>{one.region}</Anchor> },
        { key: 'status', title: words.status, cell: (one) => <Status value={one.status} /> },
        { key: 'kinds', title: words.kinds, wide: true, cell: (one) => one.assetKinds.map((kind) => words.kindNames[kind]).join(', ') },
        { key: 'missing', title: words.missing, cell: (one) => one.missingPermissions.length === 0 ? <Text span inherit c="dimmed">{words.health.fine}</Text> : <ul className="lacking">{one.missingPermissions.map((name) => <li key={name}><code>{name}</code></li>)}</ul> },
        { key: 'inventory', title: words.inventory, numeric: true, wide: 'line', cell: (one) => one.inventoriedAt == null ? words.health.never : <Time at={one.inventoriedAt} /> },
      ]} />
    </Panel>
  );
}

function Check({ id, filled = false }: { id: string; filled?: boolean }) {
  const verify = useAct(VERIFY);
  return (
    <>
      <Refusal act={verify} />
      <Button variant={filled ? 'filled' : 'default'} loading={verify.busy} onClick={() => void verify.run({ id }).then((done) => { if (done != null) say(words.check.started, { to: `/tasks/${done.task?.id ?? ''}`, name: text.assets.seeOne }); })}>{words.check.run}</Button>
    </>
  );
}

function Actions({ account, onChange }: { account: Account; onChange: () => void }) {
  const go = useNavigate();
  const refresh = useAct(REFRESH);
  const disconnect = useAct(DISCONNECT);
  const [open, setOpen] = useState<'change' | 'disconnect' | null>(null);
  const close = () => { setOpen(null); };
  const { viewerCan: can } = account;
  return (
    <>
      <Refusal act={refresh} />
      {can.refreshInventory && account.status !== 'PENDING' && <Button variant="default" loading={refresh.busy} onClick={() => void refresh.run({ awsAccountId: account.id }).then((done) => { if (done != null) say(words.refreshing); })}>{words.refresh}</Button>}
      {can.verify && account.status !== 'PENDING' && <Check id={account.id} />}
      {can.update && <Button variant="default" onClick={() => { setOpen('change'); }}>{words.change.open}</Button>}
      {can.disconnect && <Button variant="default" onClick={() => { setOpen('disconnect'); }}>{words.disconnect.open}</Button>}
      {open === 'change' && <ChangeAccount account={account} onClose={close} onDone={() => { close(); onChange(); }} />}
      <Confirm opened={open === 'disconnect'} danger title={words.disconnect.question(account.name)} action={words.disconnect.open} busy={disconnect.busy} problems={disconnect.reasons} onClose={close}
        onConfirm={() => void disconnect.run({ id: account.id }).then((done) => { if (done != null) void go('/aws-accounts'); })}><Text size="sm">{words.disconnect.hint}</Text></Confirm>
    </>
  );
}
