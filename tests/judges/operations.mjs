#!/usr/bin/env node
// Validates GraphQL documents against the committed schema, with graphql-js.
// usage: echo '{"NAME": "query ...", ...}' | node operations.mjs --schema schema/schema.graphql
// Not for: values of variables, which only a server can judge. Invariant: no documents at all is a failure.
import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { options, Tally } from './options.mjs';

const o = options(['schema']);
const tally = new Tally();
const schema = buildSchema(readFileSync(o.schema, 'utf8'));
for (const [name, text] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  const errors = validate(schema, parse(text));
  tally.is(name, !errors.length, errors.map((error) => error.message).join('; '));
}
if (!tally.passed) tally.bad('documents', 'there are none');
tally.end('operations');
