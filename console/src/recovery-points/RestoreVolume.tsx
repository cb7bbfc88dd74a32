// A recovery point as a new EBS volume, with every option. Invariant: what is wrong stands beside its field, and nothing is
// sent before it is right.
import { ActionIcon, Alert, Button, Checkbox, Group, NativeSelect, NumberInput, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { useNavigate } from 'react-router';
import { useMutation } from 'urql';
import { LINKED, numbered, useAccounts } from '../aws-accounts/useAccounts';
import { idempotencyKey } from '../format';
import { graphql } from '../gql';
import type { EbsVolumeType } from '../gql/graphql';
import { Panel, Picker, problemsOf, useProblems } from '../shell/parts';
import { text } from '../text';
import type { PointToRestore } from './Restore';
import { into, regionsOf, startOf, zoneOf, type Account } from './target';
import { faults, RATE, sentenceOf, TYPES, type VolumeWish } from './volume';

const RESTORE = graphql(`mutation RestoreVolume($input: RestoreEbsVolumeInput!) { restoreEbsVolume(input: $input) { task { id } userErrors { field message } } }`);
const FIELDS = ['awsAccountId', 'region', 'availabilityZone', 'volumeType', 'iops', 'throughputMibps', 'initializationRateMibps', 'encrypted', 'kmsKeyId'];
const isType = (value: string): value is EbsVolumeType => value in TYPES;
const whole = (value: number | string) => (typeof value === 'number' ? value : null);

type Set = (change: Partial<VolumeWish>) => void;
type At = (name: string) => string | undefined;

function Performance({ wish, set, at }: { wish: VolumeWish; set: Set; at: At }) {
  const can = wish.type == null ? {} : TYPES[wish.type];
  const types = [{ value: '', label: text.restore.same }, ...Object.keys(TYPES).map((value) => ({ value, label: value.toLowerCase() }))];
  return (
    <Panel title={text.restore.performance} padded>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
        <NativeSelect label={text.restore.type} error={at('volumeType')} data={types} value={wish.type ?? ''} onChange={(event) => { const { value } = event.currentTarget; set({ type: isType(value) ? value : null, iops: null, throughput: null }); }} />
        <NumberInput label={text.restore.rate} description={text.restore.rateHint} placeholder={text.restore.standard} error={at('initializationRateMibps')} value={wish.rate ?? ''} min={RATE.min} max={RATE.max} clampBehavior="none" hideControls onChange={(value) => { set({ rate: whole(value) }); }} />
        {can.iops != null && <NumberInput label={text.restore.iops} description={text.restore.range(can.iops.min, can.iops.max)} placeholder={text.restore.standard} error={at('iops')} value={wish.iops ?? ''} thousandSeparator="," clampBehavior="none" hideControls onChange={(value) => { set({ iops: whole(value) }); }} />}
        {can.throughput != null && <NumberInput label={text.restore.throughput} description={text.restore.range(can.throughput.min, can.throughput.max)} placeholder={text.restore.standard} error={at('throughputMibps')} value={wish.throughput ?? ''} thousandSeparator="," clampBehavior="none" hideControls onChange={(value) => { set({ throughput: whole(value) }); }} />}
      </SimpleGrid>
    </Panel>
  );
}

function Tags({ wish, set, at }: { wish: VolumeWish; set: Set; at: At }) {
  const change = (place: number, part: Partial<{ key: string; value: string }>) => { set({ tags: wish.tags.map((tag, index) => (index === place ? { ...tag, ...part } : tag)) }); };
  return (
    <Panel title={text.restore.tagging} padded side={<Button size="compact-xs" variant="default" leftSection={<IconPlus size={12} aria-hidden="true" />} onClick={() => { set({ tags: [...wish.tags, { key: '', value: '' }] }); }}>{text.restore.addTag}</Button>}>
      <Stack gap="xs">
        {wish.tags.length === 0 && <Text size="sm" c="dimmed">{text.restore.noTags}</Text>}
        {wish.tags.map((tag, place) => (
          // A tag has no identity but its place.
          <Group key={place} gap="xs" align="start" wrap="nowrap">
            <TextInput aria-label={text.restore.tagKey} placeholder={text.restore.tagKey} value={tag.key} error={at(`tags.${place}`)} flex={1} onChange={(event) => { change(place, { key: event.currentTarget.value }); }} />
            <TextInput aria-label={text.restore.tagValue} placeholder={text.restore.tagValue} value={tag.value} flex={1} onChange={(event) => { change(place, { value: event.currentTarget.value }); }} />
            <ActionIcon size={30} aria-label={text.restore.removeTag(tag.key)} onClick={() => { set({ tags: wish.tags.filter((_, index) => index !== place) }); }}><IconTrash size={14} /></ActionIcon>
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}

interface WhereProps { point: PointToRestore; wish: VolumeWish; set: Set; at: At; account: Account | null; onAccount: (account: Account) => void }

function Where({ point, wish, set, at, account, onAccount }: WhereProps) {
  const { accounts, ...found } = useAccounts(account == null ? [] : [account.id], { status: LINKED, labelOf: numbered, known: account == null ? [] : [account] });
  const regions = account == null ? [wish.region] : regionsOf(account, point);
  return (
    <Panel title={text.restore.where} padded>
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="md">
        <Picker of={found} label={text.restore.account} error={account == null ? text.restore.accountNeeded : at('awsAccountId')} value={account?.id ?? ''}
          onChange={(value) => { const one = accounts.find(({ id }) => id === value); if (one != null) onAccount(one); }} />
        <NativeSelect label={text.restore.region} error={at('region')} disabled={account == null} data={regions} value={wish.region} onChange={(event) => { const region = event.currentTarget.value; set({ region, zone: zoneOf(region) }); }} />
        <TextInput label={text.restore.zone} value={wish.zone} error={at('availabilityZone')} onChange={(event) => { set({ zone: event.currentTarget.value.trim() }); }} />
      </SimpleGrid>
    </Panel>
  );
}

export function RestoreVolume({ point, insists, ready, children }: { point: PointToRestore; insists: boolean; ready: boolean; children: ReactNode }) {
  const go = useNavigate();
  const [sending, restore] = useMutation(RESTORE);
  // One key for this form: pressing twice restores once.
  const [key] = useState(idempotencyKey);
  const { asset } = point;
  const [start] = useState(() => startOf(point));
  const [account, setAccount] = useState<Account | null>(start.account === '' ? null : asset?.awsAccount ?? null);
  const [wish, setWish] = useState<VolumeWish>({
    region: start.region, zone: start.zone, type: null, iops: null, throughput: null, rate: null, encrypted: asset?.volume?.encrypted ?? true, key: '', tags: [],
  });
  const problems = useProblems();
  const wrong = faults(wish);
  const at = (name: string) => wrong[name] ?? problems.at(name);
  const set: Set = (change) => { problems.clear(); setWish((old) => ({ ...old, ...change })); };
  async function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (account == null) return;
    const { data, error } = await restore({ input: {
      recoveryPointId: point.id, allowDamaged: insists, awsAccountId: account.id, region: wish.region, availabilityZone: wish.zone, volumeType: wish.type, iops: wish.iops, throughputMibps: wish.throughput, initializationRateMibps: wish.rate,
      encrypted: wish.encrypted, kmsKeyId: wish.encrypted && wish.key !== '' ? wish.key : null, tags: wish.tags, idempotencyKey: key,
    } });
    const task = data?.restoreEbsVolume?.task;
    if (task != null) await go(`/tasks/${task.id}`);
    else problems.set(problemsOf(data?.restoreEbsVolume, error));
  }
  const move = (to: Account) => {
    const { region, zone } = into({ account: account?.id ?? '', region: wish.region, zone: wish.zone }, to, point);
    setAccount(to);
    set({ region, zone });
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="thirds">
      <Stack gap="md">
        {children}
        <Where point={point} wish={wish} set={set} at={at} account={account} onAccount={move} />
        <Performance wish={wish} set={set} at={at} />
        <Panel title={text.restore.encryption} padded>
          <Stack gap="sm">
            <Checkbox label={text.restore.encrypted} checked={wish.encrypted} onChange={(event) => { set({ encrypted: event.currentTarget.checked }); }} />
            {wish.encrypted && <TextInput label={text.restore.key} description={text.restore.keyHint} value={wish.key} error={at('kmsKeyId')} maw={420} onChange={(event) => { set({ key: event.currentTarget.value.trim() }); }} />}
          </Stack>
        </Panel>
        <Tags wish={wish} set={set} at={at} />
      </Stack>
      <div className="beside">
        <Panel title={text.restore.review} padded>
          <Stack gap="md">
            <Text size="sm">{sentenceOf(wish, asset?.volume?.sizeGib ?? null, account?.name ?? '…')}</Text>
            {problems.rest([...FIELDS, ...wish.tags.map((_, place) => `tags.${place}`)]).map(({ message }) => <Alert key={message} color="red" role="alert">{message}</Alert>)}
            <Button type="submit" loading={sending.fetching} disabled={Object.keys(wrong).length > 0 || account == null || !ready}>{text.restore.submit}</Button>
          </Stack>
        </Panel>
      </div>
    </form>
  );
}
