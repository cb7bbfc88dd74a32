import { describe, expect, it } from 'vitest';
import { fresh } from './way';

describe('the way before a sign-on', () => {
  it('leads on while it is fresh', () => {
    expect(fresh('1000 /tasks?status=FAILED', 2000)).toBe('/tasks?status=FAILED');
  });

  it('leads nowhere when it is old, or was never kept', () => {
    expect(fresh('1000 /tasks', 1000 + 10 * 60_000)).toBeNull();
    expect(fresh(null, 0)).toBeNull();
  });

  it('never leads to another place than the console', () => {
    for (const kept of ['1 //evil.example', '1 https://evil.example', 'x /tasks', '1']) expect(fresh(kept, 2)).toBeNull();
  });
});
