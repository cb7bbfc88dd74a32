import { Kind, type DocumentNode } from 'graphql';
import { describe, expect, it } from 'vitest';
import * as generated from './gql/graphql';

/** Most root fields of one operation that the server takes (`root_fields` in src/server/http/engine/cost.rs). */
const ROOT_FIELDS_MAX = 10;

describe('operations of the console', () => {
  it('ask for no more at once than the server takes', () => {
    const documents = Object.values(generated).filter((one): one is typeof one & DocumentNode => typeof one === 'object' && 'definitions' in one);
    const sizes = documents.flatMap(({ definitions }) => definitions).flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? [{ name: one.name?.value, fields: one.selectionSet.selections.length }] : []));
    expect(sizes.length).toBeGreaterThan(100);
    expect(sizes.filter(({ fields }) => fields > ROOT_FIELDS_MAX)).toEqual([]);
  });
});
