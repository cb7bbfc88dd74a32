#!/usr/bin/env node
// GraphQL over HTTP: the audit of npm graphql-http, written by the editors of the draft.
// usage: node graphql-http.mjs --url http://127.0.0.1:8080/graphql [--header 'authorization: Bearer x']
// Invariant: MUST, SHOULD and MAY alike have to pass.
import { auditServer } from 'graphql-http';
import { options, Tally } from './options.mjs';

const { url, headers } = options(['url']);
const tally = new Tally();
const fetchFn = (target, init = {}) => fetch(target, { ...init, headers: { ...init.headers, ...headers } });
for (const result of await auditServer({ url, fetchFn })) {
  const answer = result.response ? ` [${result.response.status} ${result.response.headers.get('content-type')}]` : '';
  if (result.status === 'ok') tally.passed += 1;
  else tally.bad(`${result.id} ${result.name}`, `${result.status}: ${result.reason}${answer}`);
}
tally.end('graphql-http audit');
