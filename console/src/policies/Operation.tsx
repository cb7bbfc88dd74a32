// One operation of a policy in the editor: where to, how often, when, and with which proof.
import { ActionIcon, Button, Chip, Group, NativeSelect, NumberInput, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { IntervalUnit, ProofSampleKind, ProofUnit, RecoveryPointProof, RetentionUnit, StorageTier, Weekday } from '../gql/graphql';
import { Panel, type useProblems } from '../shell/parts';
import { text } from '../text';
import { canBeProven, clock, clockOf, FREQUENCY, runs, type FrequencyDraft, type OperationDraft } from './draft';

type Problems = ReturnType<typeof useProblems>;
const keys = <T extends string>(names: Record<T, string>) => Object.keys(names) as T[];
const choices = <T extends string>(names: Record<T, string>) => keys(names).map((value) => ({ value, label: names[value] }));
/** One of the names, or the first of them. */
const pick = <T extends string>(names: Record<T, string>, value: string, other: T): T => keys(names).find((one) => one === value) ?? other;
const whole = (value: number | string) => (typeof value === 'number' ? Math.trunc(value) : 0);
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
const PROOF: NonNullable<OperationDraft['proof']> = { level: 'CHECKSUMS_MATCH', within: { value: 7, unit: 'DAY' }, sample: { kind: 'LATEST', percent: null } };
const LEVELS: Record<Exclude<RecoveryPointProof, 'NONE'>, string> = text.policies.levels;

function Frequency({ frequency, path, problems, onChange, onRemove }: { frequency: FrequencyDraft; path: string; problems: Problems; onChange: (next: FrequencyDraft) => void; onRemove: (() => void) | undefined }) {
  const { every, keep } = frequency;
  const set = (part: Partial<FrequencyDraft['every']>) => { onChange({ ...frequency, every: { ...every, ...part } }); };
  const fault = problems.at(path, `${path}.every`, `${path}.every.value`);
  const keepFault = problems.at(`${path}.keep`, `${path}.keep.value`);
  return (
    <Stack gap={6} className="frequency">
      <Group gap="xs" align="flex-end">
        <Group gap="xs" align="flex-end" wrap="nowrap">
          {every.unit !== 'ON_DEMAND' && <NumberInput label={text.policies.every} w={70} min={1} max={999} hideControls value={every.value} error={fault != null} onChange={(value) => { set({ value: whole(value) }); }} />}
          <NativeSelect label={every.unit === 'ON_DEMAND' ? text.policies.every : undefined} aria-label={text.policies.unit_} data={choices<IntervalUnit>(text.policies.units)} value={every.unit} onChange={(event) => { set({ unit: pick<IntervalUnit>(text.policies.units, event.currentTarget.value, 'DAY') }); }} />
        </Group>
        {every.unit === 'MONTH' && <NumberInput label={text.policies.day} w={70} min={1} max={31} hideControls placeholder="1" value={every.dayOfMonth ?? ''} error={problems.at(`${path}.every.dayOfMonth`)} onChange={(value) => { set({ dayOfMonth: typeof value === 'number' ? value : null }); }} />}
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <NumberInput label={text.policies.keep} w={70} min={1} max={999} hideControls value={keep.value} error={keepFault != null} onChange={(value) => { onChange({ ...frequency, keep: { ...keep, value: whole(value) } }); }} />
          <NativeSelect aria-label={text.policies.keep} data={choices<RetentionUnit>(text.policies.keepUnits)} value={keep.unit} onChange={(event) => { onChange({ ...frequency, keep: { ...keep, unit: pick<RetentionUnit>(text.policies.keepUnits, event.currentTarget.value, 'DAY') } }); }} />
        </Group>
        {onRemove != null && <ActionIcon size={30} aria-label={text.policies.removeFrequency} onClick={onRemove}><IconTrash size={14} /></ActionIcon>}
      </Group>
      {every.unit === 'WEEK' && (
        <Chip.Group multiple value={every.weekdays} onChange={(days) => { set({ weekdays: keys<Weekday>(text.policies.days).filter((day) => days.includes(day)) }); }}>
          <Group gap={4} role="group" aria-label={text.policies.weekdays}>{choices<Weekday>(text.policies.days).map(({ value, label }) => <Chip key={value} size="xs" value={value}>{label}</Chip>)}</Group>
        </Chip.Group>
      )}
      {(fault ?? keepFault) != null && <Text size="xs" c="var(--mantine-color-error)" role="alert">{[fault, keepFault].filter(Boolean).join(' ')}</Text>}
    </Stack>
  );
}

function When({ operation, path, problems, set }: { operation: OperationDraft; path: string; problems: Problems; set: (part: Partial<OperationDraft>) => void }) {
  const { start, window: frame } = operation;
  return (
    <Stack gap="sm">
      <Group gap="sm" align="flex-start">
        <TextInput type="time" label={text.policies.start} w={110} value={clock(start)} error={problems.at(`${path}.start`, `${path}.start.hour`, `${path}.start.minute`)} onChange={(event) => { const at = clockOf(event.currentTarget.value); if (at != null) set({ start: { ...start, ...at } }); }} />
        <Select label={text.policies.zone} w={220} searchable limit={60} data={ZONES} value={start.zone} error={problems.at(`${path}.start.zone`)} onChange={(zone) => { if (zone != null) set({ start: { ...start, zone } }); }} />
        <NativeSelect label={text.policies.catchUp} data={choices(text.policies.catchUps)} value={operation.catchUp} error={problems.at(`${path}.catchUp`)} onChange={(event) => { set({ catchUp: event.currentTarget.value === 'NONE' ? 'NONE' : 'LATEST' }); }} />
      </Group>
      <Switch label={text.policies.windowOn} checked={frame != null} onChange={(event) => { set({ window: event.currentTarget.checked ? { opens: { hour: 22, minute: 0 }, closes: { hour: 6, minute: 0 } } : null, ...(event.currentTarget.checked ? { start: { ...start, hour: 22, minute: 0 } } : {}) }); }} />
      {frame != null && (
        <Group gap="sm" align="flex-start">
          <TextInput type="time" label={text.policies.opens} w={110} value={clock(frame.opens)} error={problems.at(`${path}.window`, `${path}.window.opens`)} onChange={(event) => { const at = clockOf(event.currentTarget.value); if (at != null) set({ window: { ...frame, opens: at } }); }} />
          <TextInput type="time" label={text.policies.closes} description={text.policies.closesHint} inputWrapperOrder={['label', 'input', 'description', 'error']} w={220} value={frame.closes == null ? '' : clock(frame.closes)} error={problems.at(`${path}.window.closes`)} onChange={(event) => { set({ window: { ...frame, closes: clockOf(event.currentTarget.value) } }); }} />
        </Group>
      )}
    </Stack>
  );
}

function Proof({ operation, path, problems, set }: { operation: OperationDraft; path: string; problems: Problems; set: (part: Partial<OperationDraft>) => void }) {
  const { proof } = operation;
  const change = (part: Partial<NonNullable<OperationDraft['proof']>>) => { if (proof != null) set({ proof: { ...proof, ...part } }); };
  return (
    <Stack gap="sm">
      <Switch label={text.policies.proofOn} checked={proof != null} error={problems.at(`${path}.proof`)} onChange={(event) => { set({ proof: event.currentTarget.checked ? PROOF : null }); }} />
      {proof != null && (
        <Group gap="sm" align="flex-end">
          <NativeSelect label={text.policies.level} data={choices(LEVELS)} value={proof.level} error={problems.at(`${path}.proof.level`)} onChange={(event) => { change({ level: pick(LEVELS, event.currentTarget.value, 'CHECKSUMS_MATCH') }); }} />
          <NativeSelect label={text.policies.sample} data={choices<ProofSampleKind>(text.policies.samples)} value={proof.sample.kind} error={problems.at(`${path}.proof.sample`)} onChange={(event) => { const kind = pick<ProofSampleKind>(text.policies.samples, event.currentTarget.value, 'EVERY'); change({ sample: { kind, percent: kind === 'PERCENT' ? 10 : null } }); }} />
          {proof.sample.kind === 'PERCENT' && <NumberInput label={text.policies.percent} w={70} min={1} max={100} hideControls value={proof.sample.percent ?? ''} error={problems.at(`${path}.proof.sample.percent`)} onChange={(value) => { change({ sample: { kind: 'PERCENT', percent: whole(value) } }); }} />}
          <NumberInput label={text.policies.within} w={70} min={1} max={999} hideControls value={proof.within.value} error={problems.at(`${path}.proof.within`, `${path}.proof.within.value`)} onChange={(value) => { change({ within: { ...proof.within, value: whole(value) } }); }} />
          <NativeSelect aria-label={text.policies.within} data={choices<ProofUnit>(text.policies.proofUnits)} value={proof.within.unit} onChange={(event) => { change({ within: { ...proof.within, unit: pick<ProofUnit>(text.policies.proofUnits, event.currentTarget.value, 'DAY') } }); }} />
        </Group>
      )}
    </Stack>
  );
}

/** Where snapshots in the account go; the vault lies where the server keeps it. */
function Target({ operation, path, problems, set }: { operation: OperationDraft; path: string; problems: Problems; set: (part: Partial<OperationDraft>) => void }) {
  return (
    <Group gap="sm" align="flex-start">
      <TextInput label={text.policies.targetRegion} description={text.policies.targetRegionHint} inputWrapperOrder={['label', 'input', 'description', 'error']} w={220} value={operation.targetRegion ?? ''} error={problems.at(`${path}.targetRegion`)} onChange={(event) => { const region = event.currentTarget.value; set({ targetRegion: region === '' ? null : region }); }} />
      <NativeSelect label={text.policies.tier} w={320} data={choices<StorageTier>(text.policies.tiers)} value={operation.storageTier} error={problems.at(`${path}.storageTier`)} onChange={(event) => { set({ storageTier: pick<StorageTier>(text.policies.tiers, event.currentTarget.value, 'STANDARD') }); }} />
    </Group>
  );
}

export function Operation({ operation, path, problems, onChange, onRemove }: { operation: OperationDraft; path: string; problems: Problems; onChange: (next: OperationDraft) => void; onRemove: (() => void) | undefined }) {
  const set = (part: Partial<OperationDraft>) => { onChange({ ...operation, ...part }); };
  const fault = problems.at(path, `${path}.frequencies`, `${path}.assetKind`);
  return (
    <Panel title={text.policies.says.head(text.policies.says.kinds[operation.assetKind], text.policies.says[operation.placement])} padded side={onRemove != null && <Button size="compact-xs" variant="default" onClick={onRemove}>{text.policies.removeOperation}</Button>}>
      <Stack gap="md">
        <NativeSelect label={text.policies.placement} maw={320} data={[{ value: 'VAULT', label: text.policies.vault }, { value: 'IN_ACCOUNT', label: text.policies.account }]} value={operation.placement} error={problems.at(`${path}.placement`)} onChange={(event) => { set({ placement: event.currentTarget.value === 'IN_ACCOUNT' ? 'IN_ACCOUNT' : 'VAULT' }); }} />
        {operation.placement === 'IN_ACCOUNT' && <Target operation={operation} path={path} problems={problems} set={set} />}
        <Stack gap="sm" role="group" aria-label={text.policies.frequencies}>
          <Text size="sm" fw={500}>{text.policies.frequencies}</Text>
          {operation.frequencies.map((frequency, place) => (
            <Frequency key={place} frequency={frequency} path={`${path}.frequencies.${place}`} problems={problems} onChange={(next) => { set({ frequencies: operation.frequencies.map((one, index) => (index === place ? next : one)) }); }}
              onRemove={operation.frequencies.length > 1 ? () => { set({ frequencies: operation.frequencies.filter((_, index) => index !== place) }); } : undefined} />
          ))}
          {fault != null && <Text size="xs" c="var(--mantine-color-error)" role="alert">{fault}</Text>}
          <div><Button size="compact-sm" variant="default" leftSection={<IconPlus size={12} aria-hidden="true" />} onClick={() => { set({ frequencies: [...operation.frequencies, FREQUENCY] }); }}>{text.policies.addFrequency}</Button></div>
        </Stack>
        {runs(operation) && <When operation={operation} path={path} problems={problems} set={set} />}
        {canBeProven(operation) ? <Proof operation={operation} path={path} problems={problems} set={set} /> : <Text size="sm" c="dimmed">{text.policies.proofNot}</Text>}
      </Stack>
    </Panel>
  );
}
