// Validates the example tabs against the committed schema, with the server's own limits left out. Exit 1 on the first
// operation that does not fit.
import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate, getVariableValues, Kind } from 'graphql';
import { runnerImport } from 'vite';

const { module } = await runnerImport('./src/examples.ts');
const schema = buildSchema(readFileSync('../../schema/schema.graphql', 'utf8'));
let bad = 0;
for (const { query, variables } of module.examples) {
  const document = parse(query);
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const errors = [...validate(schema, document)];
  const values = getVariableValues(schema, operation.variableDefinitions ?? [], variables ? JSON.parse(variables) : {});
  errors.push(...(values.errors ?? []));
  for (const error of errors) console.error(`${operation.name?.value}: ${error.message}`);
  bad += errors.length;
}
console.log(bad ? `examples: ${bad} errors` : `examples: ${module.examples.length} fit the schema`);
process.exit(bad ? 1 : 0);
