import { describe, expect, it } from 'vitest';
import { parseViews, viewOf } from './views';

describe('a saved view', () => {
  it('forgets the place in the list and the order of its filters', () => {
    expect(viewOf('search=db&after=abc&kind=EBS_VOLUME')).toBe(viewOf('kind=EBS_VOLUME&search=db&before=x'));
  });
  it('survives whatever stands in the storage of the browser', () => {
    expect(parseViews(null)).toEqual([]);
    expect(parseViews('{')).toEqual([]);
    expect(parseViews('{"name":"a"}')).toEqual([]);
    expect(parseViews('[{"name":"a","query":"kind=X"},7,{"name":1}]')).toEqual([{ name: 'a', query: 'kind=X' }]);
  });
});
