// A policy while it is edited: as the form holds it, as the server takes it, and as a person reads it. Pure.
import { kept, sentence } from '../format';
import type { AssetKind, CatchUp, DraftedPolicyInput, IntervalUnit, Placement, PolicyDraftInput, PolicyOperationInput, ProofSampleKind, ProofUnit, RecoveryPointProof, RetentionUnit, StorageTier, Weekday } from '../gql/graphql';
import { text } from '../text';

export interface FrequencyDraft {
  every: { value: number; unit: IntervalUnit; weekdays: Weekday[]; dayOfMonth: number | null };
  keep: { value: number; unit: RetentionUnit };
}
interface Clock { hour: number; minute: number }
export interface OperationDraft {
  assetKind: AssetKind;
  placement: Placement;
  targetRegion: string | null;
  storageTier: StorageTier;
  frequencies: FrequencyDraft[];
  start: Clock & { zone: string };
  window: { opens: Clock; closes: Clock | null } | null;
  catchUp: CatchUp;
  proof: { level: RecoveryPointProof; within: { value: number; unit: ProofUnit }; sample: { kind: ProofSampleKind; percent: number | null } } | null;
}
export interface Draft { name: string; description: string; operations: OperationDraft[] }

type Loose<T> = T extends readonly (infer U)[] ? readonly Loose<U>[] : T extends object ? { [K in keyof T]: Loose<T[K]> | (null extends T[K] ? undefined : never) } : T;
interface Given { name: string; description?: string | null; operations: readonly Loose<OperationDraft>[] }

export const FREQUENCY: FrequencyDraft = { every: { value: 1, unit: 'DAY', weekdays: [], dayOfMonth: null }, keep: { value: 30, unit: 'DAY' } };
export const OPERATION: OperationDraft = { assetKind: 'EBS_VOLUME', placement: 'VAULT', targetRegion: null, storageTier: 'STANDARD', frequencies: [FREQUENCY], start: { hour: 2, minute: 0, zone: 'UTC' }, window: null, catchUp: 'LATEST', proof: null };
export const EMPTY: Draft = { name: '', description: '', operations: [OPERATION] };

/** Snapshots in the account cannot be read back. */
export const canBeProven = ({ placement }: OperationDraft): boolean => placement === 'VAULT';
/** Whether the operation starts anything by itself. */
export const runs = ({ frequencies }: OperationDraft): boolean => frequencies.some(({ every }) => every.unit !== 'ON_DEMAND');

/** The policy as the form edits it. */
export function draftOf(policy: Given): Draft {
  return {
    name: policy.name,
    description: policy.description ?? '',
    operations: policy.operations.map((one) => ({
      assetKind: one.assetKind,
      placement: one.placement,
      targetRegion: one.targetRegion ?? null,
      storageTier: one.storageTier,
      frequencies: one.frequencies.map(({ every, keep }) => ({ every: { value: every.value, unit: every.unit, weekdays: [...every.weekdays], dayOfMonth: every.dayOfMonth ?? null }, keep: { value: keep.value, unit: keep.unit } })),
      start: { hour: one.start.hour, minute: one.start.minute, zone: one.start.zone },
      window: one.window == null ? null : { opens: { hour: one.window.opens.hour, minute: one.window.opens.minute }, closes: one.window.closes == null ? null : { hour: one.window.closes.hour, minute: one.window.closes.minute } },
      catchUp: one.catchUp,
      proof: one.proof == null ? null : { level: one.proof.level, within: { value: one.proof.within.value, unit: one.proof.within.unit }, sample: { kind: one.proof.sample.kind, percent: one.proof.sample.percent ?? null } },
    })),
  };
}

/** A policy that waits to be planned, as the form edits it. */
export function draftOfInput({ name, description, operations }: Pick<DraftedPolicyInput, 'name' | 'description' | 'operations'>): Draft {
  const time = ({ hour, minute }: { hour: number; minute?: number }): Clock => ({ hour, minute: minute ?? 0 });
  const given = operations.map(({ frequencies, start, window, proof, placement, storageTier, catchUp, ...one }): Loose<OperationDraft> => ({
    ...OPERATION, ...one, placement: placement ?? OPERATION.placement, storageTier: storageTier ?? OPERATION.storageTier, catchUp: catchUp ?? OPERATION.catchUp,
    start: { hour: start?.hour ?? 0, minute: start?.minute ?? 0, zone: start?.zone ?? 'UTC' },
    frequencies: frequencies.map(({ every, keep }) => ({ keep, every: { value: every.value ?? 1, unit: every.unit, weekdays: every.weekdays ?? [], dayOfMonth: every.dayOfMonth } })),
    window: window == null ? null : { opens: time(window.opens), closes: window.closes == null ? null : time(window.closes) },
    proof: proof == null ? null : { ...proof, sample: { kind: proof.sample?.kind ?? 'EVERY', percent: proof.sample?.percent } },
  }));
  return draftOf({ name, description: description ?? null, operations: given });
}

function operationInput(one: OperationDraft): PolicyOperationInput {
  const region = one.targetRegion?.trim() ?? '';
  return {
    ...(one.placement === 'IN_ACCOUNT' ? { targetRegion: region === '' ? null : region, storageTier: one.storageTier } : {}),
    assetKind: one.assetKind, placement: one.placement, catchUp: one.catchUp, start: one.start, window: one.window,
    frequencies: one.frequencies.map(({ every, keep }) => ({
      keep,
      every: { value: every.unit === 'ON_DEMAND' ? 1 : every.value, unit: every.unit, weekdays: every.unit === 'WEEK' && every.weekdays.length > 0 ? every.weekdays : null, dayOfMonth: every.unit === 'MONTH' ? every.dayOfMonth : null },
    })),
    proof: one.proof == null || !canBeProven(one) ? null : { level: one.proof.level, within: one.proof.within, sample: { kind: one.proof.sample.kind, percent: one.proof.sample.kind === 'PERCENT' ? one.proof.sample.percent : null } },
  };
}

/** The draft as the server takes it; what the chosen units do not use is left out. */
export function inputOf(draft: Draft): PolicyDraftInput {
  return { name: draft.name.trim(), description: draft.description.trim() === '' ? null : draft.description.trim(), operations: draft.operations.map(operationInput) };
}

export const clock = ({ hour, minute }: Clock): string => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;

/** `14:05` as hour and minute; null while it is no time. */
export function clockOf(value: string): Clock | null {
  const found = /^(\d{2}):(\d{2})/.exec(value);
  return found == null ? null : { hour: Number(found[1]), minute: Number(found[2]) };
}

function proofSentence(proof: NonNullable<OperationDraft['proof']>): string {
  const says = text.policies.says;
  if (proof.level === 'NONE') return says.noProof;
  const sample = proof.sample.kind === 'PERCENT' ? says.share(proof.sample.percent ?? 0) : says.samples[proof.sample.kind];
  return says.proof(text.policies.levels[proof.level], sample, kept(proof.within));
}

/** What one operation does: what it is about, and sentences about it. */
export function sentencesOf(one: OperationDraft): { head: string; lines: string[] } {
  const says = text.policies.says;
  const start = says.start(clock(one.start), one.start.zone);
  const when = one.window == null ? start : `${start}, ${one.window.closes == null ? says.open(clock(one.window.opens)) : says.window(clock(one.window.opens), clock(one.window.closes))}`;
  const place = one.placement === 'IN_ACCOUNT' ? [...(one.targetRegion == null || one.targetRegion.trim() === '' ? [] : [says.region(one.targetRegion.trim())]), ...(one.storageTier === 'ARCHIVE' ? [says.archive] : [])] : [];
  return {
    head: says.head(says.kinds[one.assetKind], says[one.placement]),
    lines: [...one.frequencies.map(sentence), ...place, ...(runs(one) ? [when] : []), ...(runs(one) && one.catchUp === 'NONE' ? [says.none] : []), ...(one.proof == null || !canBeProven(one) ? [] : [proofSentence(one.proof)])],
  };
}

/** What a policy does, a sentence a line, each with what it is about. */
export function plain(operations: readonly OperationDraft[]): string[] {
  return operations.map(sentencesOf).flatMap(({ head, lines }) => lines.map((line) => `${head}: ${line}`));
}

/** What is new and what is gone between two versions, in plain language. */
export function diff(before: Draft, after: Draft): { added: string[]; removed: string[] } {
  const lines = (draft: Draft) => [`${text.policies.name}: ${draft.name.trim()}`, `${text.policies.description}: ${draft.description.trim() === '' ? text.state.none : draft.description.trim()}`, ...plain(draft.operations)];
  const [old, fresh] = [lines(before), lines(after)];
  return { added: fresh.filter((line) => !old.includes(line)), removed: old.filter((line) => !fresh.includes(line)) };
}

/** Paths of the input at which the form shows what is wrong, beside a field; anything else belongs above the button. */
export function pathsOf(draft: Draft): string[] {
  const frequency = ({ every }: FrequencyDraft) => ['', '.every', '.every.value', '.keep', '.keep.value', ...(every.unit === 'MONTH' ? ['.every.dayOfMonth'] : [])];
  const operation = (one: OperationDraft) => [
    '', '.assetKind', '.placement', '.frequencies', ...one.frequencies.flatMap((each, place) => frequency(each).map((path) => `.frequencies.${place}${path}`)),
    ...(one.placement === 'IN_ACCOUNT' ? ['.targetRegion', '.storageTier'] : []),
    ...(runs(one) ? ['.start', '.start.hour', '.start.minute', '.start.zone', '.catchUp', ...(one.window == null ? [] : ['.window', '.window.opens', '.window.closes'])] : []),
    ...(canBeProven(one) ? ['.proof', ...(one.proof == null ? [] : ['.proof.level', '.proof.sample', '.proof.within', '.proof.within.value', ...(one.proof.sample.kind === 'PERCENT' ? ['.proof.sample.percent'] : [])])] : []),
  ];
  return ['draft.name', 'draft.description', ...draft.operations.flatMap((one, place) => operation(one).map((path) => `draft.operations.${place}${path}`))];
}

/** The draft with what a template does. A name or description stays when a person wrote it, not when the template of before brought it. */
export function fromTemplate(draft: Draft, before: Draft, template: Draft): Draft {
  const written = (mine: string, old: string, fresh: string) => (mine.trim() === '' || mine === old ? fresh : mine);
  return { name: written(draft.name, before.name, template.name), description: written(draft.description, before.description, template.description), operations: template.operations };
}

/** What a form held when it was left for the plan; null when the state of the history is something else. */
export function keptDraft(state: unknown): Draft | null {
  const draft = typeof state === 'object' && state != null && 'policy' in state ? state.policy : null;
  const isDraft = typeof draft === 'object' && draft != null && 'name' in draft && typeof draft.name === 'string' && 'operations' in draft && Array.isArray(draft.operations) && draft.operations.length > 0;
  return isDraft ? (draft as Draft) : null;
}
