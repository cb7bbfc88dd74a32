import { expect, it } from 'vitest';
import { shareProven } from './proven';

it('counts what was restored, of however many, and no mere checksum', () => {
  const counts = [{ proof: 'NONE', recoveryPoints: 800_000 }, { proof: 'CHECKSUMS_MATCH', recoveryPoints: 97_000 }, { proof: 'RESTORED', recoveryPoints: 1_000 }, { proof: 'CONTENT_MATCHES', recoveryPoints: 2_000 }] as const;
  expect(shareProven(counts)).toEqual({ held: 900_000, proven: 3_000 });
  expect(shareProven([])).toEqual({ held: 0, proven: 0 });
});
