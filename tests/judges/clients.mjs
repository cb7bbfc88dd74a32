#!/usr/bin/env node
// Real clients against one server: Apollo Client, urql, and the reference clients for HTTP, WebSocket and SSE.
// usage: node clients.mjs --http URL --ws URL [--sse URL] --query DOCUMENT --sub DOCUMENT [--header 'k: v']
// Invariant: the subscription has to give a first event within the time limit, so the server must be at work meanwhile.
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient as createUrql, fetchExchange, gql as urqlGql } from '@urql/core';
import { createClient as createHttp } from 'graphql-http';
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs } from 'graphql-ws';
import WebSocket from 'ws';
import { options, Tally } from './options.mjs';

const TIME_LIMIT_MS = 20000;
const o = options(['http', 'ws', 'sse', 'query', 'sub']);
const tally = new Tally();

async function check(name, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${TIME_LIMIT_MS} ms`)), TIME_LIMIT_MS);
  });
  try {
    const data = await Promise.race([work(), late]);
    tally.is(name, data !== undefined && data !== null, JSON.stringify(data)?.slice(0, 90));
  } catch (error) {
    tally.bad(name, error?.message ?? `closed ${error?.code} ${error?.reason}`);
  } finally {
    clearTimeout(timer);
  }
}

class SocketWithHeaders extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, { headers: o.headers });
  }
}

function apollo(more = {}) {
  const link = new HttpLink({ uri: o.http, fetch, headers: o.headers, ...more });
  return new ApolloClient({ link, cache: new InMemoryCache() });
}

async function first(results) {
  for await (const result of results) {
    if (result.errors) throw new Error(JSON.stringify(result.errors));
    return result.data;
  }
  return null;
}

const ws = createWs({ url: o.ws, webSocketImpl: SocketWithHeaders, retryAttempts: 0 });
await check('apollo: query', async () => (await apollo().query({ query: gql(o.query) })).data);
await check('apollo: query over GET', async () => {
  return (await apollo({ useGETForQueries: true }).query({ query: gql(o.query) })).data;
});
await check('apollo: an unknown field is a GraphQL error', async () => {
  try {
    await apollo().query({ query: gql('{ noSuchField }') });
  } catch (error) {
    if (/noSuchField/.test(error.message)) return error.name;
    throw error;
  }
  throw new Error('there was no error');
});
await check('graphql-ws: subscription', () => first(ws.iterate({ query: o.sub })));
await check('graphql-ws: subscription again at once', () => first(ws.iterate({ query: o.sub })));
await check('graphql-ws: query', () => first(ws.iterate({ query: o.query })));
await check('apollo: subscription over graphql-ws', () => {
  const client = new ApolloClient({ link: new GraphQLWsLink(ws), cache: new InMemoryCache() });
  return new Promise((resolve, reject) => {
    client.subscribe({ query: gql(o.sub) }).subscribe({ next: (value) => resolve(value.data), error: reject });
  });
});
await ws.dispose();
await check('urql: query', async () => {
  const client = createUrql({
    url: o.http, exchanges: [fetchExchange], fetch, fetchOptions: { headers: o.headers }, preferGetMethod: false,
  });
  const result = await client.query(urqlGql(o.query), {}).toPromise();
  if (result.error) throw result.error;
  return result.data;
});
await check('graphql-http: query', () => {
  const client = createHttp({ url: o.http, fetchFn: fetch, headers: o.headers });
  return new Promise((resolve, reject) => {
    client.subscribe({ query: o.query }, { next: (value) => resolve(value.data), error: reject, complete() {} });
  });
});
if (o.sse) {
  await check('graphql-sse: subscription', () => {
    return first(createSse({ url: o.sse, fetchFn: fetch, headers: o.headers, retryAttempts: 0 }).iterate({ query: o.sub }));
  });
}
tally.end('clients');
