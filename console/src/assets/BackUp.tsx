// Backs assets up by hand: where to, and for how long. Invariant: what the chosen place does not have is neither shown nor sent.
import { Group, NativeSelect, NumberInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useMutation } from 'urql';
import { idempotencyKey } from '../format';
import { graphql } from '../gql';
import type { Placement, RetentionUnit, StorageTier } from '../gql/graphql';
import { Confirm, problemsOf, say, type Problem } from '../shell/parts';
import { text } from '../text';
import { inBatches } from './batches';

const BACK_UP = graphql(`mutation BackUp($input: StartBackupInput!) { startBackup(input: $input) { tasks { id } userErrors { field message } } }`);
const UNITS: RetentionUnit[] = ['DAY', 'WEEK', 'MONTH', 'YEAR'];
const TIERS: StorageTier[] = ['STANDARD', 'ARCHIVE'];
/** Fields that say themselves what is wrong with them. */
const FIELDS = ['keep', 'targetRegion', 'storageTier'];

export function BackUp({ assets, leftOut = 0, onClose, onDone }: { assets: { id: string; name: string }[]; leftOut?: number; onClose: () => void; onDone: () => void }) {
  const [starting, start] = useMutation(BACK_UP);
  // One key for this dialog: pressing twice backs up once.
  const [key] = useState(idempotencyKey);
  const [placement, setPlacement] = useState<Placement>('VAULT');
  const [value, setValue] = useState(30);
  const [unit, setUnit] = useState<RetentionUnit>('DAY');
  const [region, setRegion] = useState('');
  const [tier, setTier] = useState<StorageTier>('STANDARD');
  const [begun, setBegun] = useState<{ assets: number; tasks: string[] }>({ assets: 0, tasks: [] });
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const inAccount = placement === 'IN_ACCOUNT';
  const confirm = () => {
    const target = inAccount ? { targetRegion: region.trim() === '' ? null : region.trim(), storageTier: tier } : {};
    const left = assets.slice(begun.assets);
    let tasks = begun.tasks;
    void inBatches(left, async (part) => {
      const place = left.indexOf(part[0] ?? { id: '', name: '' }) + begun.assets;
      const { data, error } = await start({ input: { assetIds: part.map(({ id }) => id), idempotencyKey: `${key}-${place}`, placement, keep: { value, unit }, ...target } });
      tasks = [...tasks, ...(data?.startBackup?.tasks ?? []).map(({ id }) => id)];
      return problemsOf(data?.startBackup, error);
    }).then(({ done, problems: found }) => {
      setProblems(found);
      // What has begun does not begin again when the rest is sent once more.
      setBegun({ assets: begun.assets + done, tasks });
      if (found.length > 0) return;
      const [first] = tasks;
      if (first != null && tasks.length === 1) say(text.assets.started, { to: `/tasks/${first}`, name: text.assets.seeOne });
      else say(text.assets.startedMany(tasks.length), { to: '/tasks?kind=BACKUP_EBS', name: text.assets.see });
      onDone();
    });
  };
  const at = (name: string) => problems.find(({ field }) => field.includes(name))?.message;
  return (
    <Confirm opened title={text.assets.backUpTitle(assets.length)} action={text.assets.backUp} busy={starting.fetching} disabled={value < 1} problems={problems.filter(({ field }) => !FIELDS.some((name) => field.includes(name)))} onConfirm={confirm} onClose={onClose}>
      <NativeSelect label={text.assets.placement} value={placement} data={[{ value: 'VAULT', label: text.assets.vault }, { value: 'IN_ACCOUNT', label: text.assets.account_ }]} onChange={(event) => { setPlacement(event.currentTarget.value === 'IN_ACCOUNT' ? 'IN_ACCOUNT' : 'VAULT'); }} />
      <Group gap="xs" align="end" wrap="nowrap">
        <NumberInput label={text.assets.keep} error={at('keep')} value={value} min={1} max={999} hideControls w={90} onChange={(next) => { setValue(typeof next === 'number' ? next : 0); }} />
        <NativeSelect aria-label={text.assets.keep} value={unit} data={UNITS.map((one) => ({ value: one, label: text.assets.units[one] }))} onChange={(event) => { const next = UNITS.find((one) => one === event.currentTarget.value); if (next != null) setUnit(next); }} />
      </Group>
      {inAccount && (
        <>
          <TextInput label={text.policies.targetRegion} description={text.policies.targetRegionHint} value={region} error={at('targetRegion')} onChange={(event) => { setRegion(event.currentTarget.value); }} />
          <NativeSelect label={text.policies.tier} description={tier === 'ARCHIVE' ? text.assets.archiveHint : undefined} value={tier} error={at('storageTier')} data={TIERS.map((one) => ({ value: one, label: text.policies.tiers[one] }))} onChange={(event) => { setTier(event.currentTarget.value === 'ARCHIVE' ? 'ARCHIVE' : 'STANDARD'); }} />
        </>
      )}
      {begun.assets > 0 && <Text size="sm">{text.assets.begun(begun.assets, assets.length)}</Text>}
      {leftOut > 0 && <Text size="sm" c="dimmed">{text.assets.notAll(leftOut)}</Text>}
    </Confirm>
  );
}
