import { describe, expect, it } from 'vitest';
import { csv } from './csv';

describe('records as CSV', () => {
  it('quote what would break a line', () => {
    expect(csv([['a', 'b,c', 'd"e', 'f\ng', null]])).toBe('a,"b,c","d""e","f\ng",\r\n');
  });

  it('hold no formula', () => {
    expect(csv([['=1+1', '+1', '-1', '@x', 'a=1']])).toBe("'=1+1,'+1,'-1,'@x,a=1\r\n");
  });
});
