// What a new EBS volume may be asked for: the rules of the server (src/domain/restore.rs), told before anything is sent.
// Not the last word: the server checks all of it again. Pure.
import type { EbsVolumeType } from '../gql/graphql';
import { text } from '../text';

export interface VolumeWish {
  region: string;
  zone: string;
  type: EbsVolumeType | null;
  iops: number | null;
  throughput: number | null;
  rate: number | null;
  encrypted: boolean;
  key: string;
  tags: { key: string; value: string }[];
}

interface Range { min: number; max: number }
export const TYPES: Record<EbsVolumeType, { iops?: Range; needsIops?: true; throughput?: Range }> = {
  GP3: { iops: { min: 3000, max: 80_000 }, throughput: { min: 125, max: 2000 } },
  GP2: {},
  IO2: { iops: { min: 100, max: 256_000 }, needsIops: true },
  IO1: { iops: { min: 100, max: 64_000 }, needsIops: true },
  ST1: {},
  SC1: {},
  STANDARD: {},
};
export const RATE: Range = { min: 100, max: 300 };
const TAGS_MAX = 40;

const outside = (value: number, { min, max }: Range) => value < min || value > max;

/** What is wrong, by the name of the field as the server has it. */
export function faults(wish: VolumeWish): Record<string, string> {
  const found: Record<string, string> = {};
  const letter = wish.zone.startsWith(wish.region) ? wish.zone.slice(wish.region.length) : '';
  if (!/^[a-z0-9-]+$/.test(letter)) found.availabilityZone = text.restore.zoneWrong(wish.region);
  const can = wish.type == null ? {} : TYPES[wish.type];
  const name = wish.type?.toLowerCase() ?? '';
  if (can.needsIops === true && wish.iops == null) found.iops = text.restore.iopsNeeded(name);
  else if (can.iops != null && wish.iops != null && outside(wish.iops, can.iops)) found.iops = text.restore.range(can.iops.min, can.iops.max);
  if (can.throughput != null && wish.throughput != null && outside(wish.throughput, can.throughput)) found.throughputMibps = text.restore.range(can.throughput.min, can.throughput.max);
  if (wish.rate != null && outside(wish.rate, RATE)) found.initializationRateMibps = text.restore.range(RATE.min, RATE.max);
  if (wish.tags.length > TAGS_MAX) found.tags = text.restore.tagsMax(TAGS_MAX);
  wish.tags.forEach(({ key }, place) => {
    if (key.trim() === '') found[`tags.${place}`] = text.restore.tagEmpty;
    else if (/^aws:/i.test(key)) found[`tags.${place}`] = text.restore.tagAws;
    else if (wish.tags.findIndex((other) => other.key === key) !== place) found[`tags.${place}`] = text.restore.tagTwice;
  });
  return found;
}

/** What will be made, as a sentence. */
export function sentenceOf(wish: VolumeWish, gib: number | null, account: string): string {
  const size = gib == null ? '' : `${gib.toLocaleString('en')} GiB `;
  const speed = [wish.iops == null ? null : text.restore.sayIops(wish.iops), wish.throughput == null ? null : text.restore.sayThroughput(wish.throughput)].filter((part) => part != null).join(', ');
  const secret = !wish.encrypted ? text.restore.sayPlain : wish.key === '' ? text.restore.sayDefaultKey : text.restore.sayKey(wish.key);
  const what = wish.type == null ? text.restore.sameType : text.restore.typed(wish.type.toLowerCase(), speed);
  return text.restore.sentence(`${size}${what}`, wish.zone, account, secret, wish.tags.length);
}
