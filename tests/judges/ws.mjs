#!/usr/bin/env node
// graphql-transport-ws on raw frames: the close codes of the protocol, Origin, credentials and bounds.
// usage: node ws.mjs --url ws://127.0.0.1:8080/graphql --sub DOCUMENT [--header 'k: v'] [--init-timeout-ms 15000]
// Not for: what the events say. Invariant: the subscription given must send a first event soon after it starts.
import WebSocket from 'ws';
import { options, Tally } from './options.mjs';

const o = options(['url', 'sub', 'init-timeout-ms']);
const tally = new Tally();
const INIT = { send: { type: 'connection_init' } };
const ACKNOWLEDGED = { until: 'connection_ack' };
const subscribe = (id = '1', query = o.sub) => ({ send: { id, type: 'subscribe', payload: { query } } });
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// Plays frames on a new socket; returns the messages, the close code and whether the handshake succeeded.
function play(frames, { protocol = 'graphql-transport-ws', headers = o.headers, ms = 5000 } = {}) {
  return new Promise((resolve) => {
    const seen = { messages: [], code: null, opened: false };
    const socket = new WebSocket(o.url, protocol, { headers });
    const end = () => {
      clearTimeout(timer);
      socket.terminate();
      resolve(seen);
    };
    const timer = setTimeout(end, ms);
    socket.on('unexpected-response', (_, response) => { seen.code = `http ${response.statusCode}`; end(); });
    socket.on('error', (error) => { seen.code ??= error.message; });
    socket.on('close', (code) => { seen.code ??= code; end(); });
    socket.on('message', (data) => { seen.messages.push(JSON.parse(String(data))); });
    socket.on('open', async () => {
      seen.opened = true;
      for (const frame of frames) {
        if (frame.wait) await pause(frame.wait);
        else if (frame.until) await arrival(seen, frame.until, frame.within);
        else if (socket.readyState === WebSocket.OPEN) {
          socket.send(typeof frame.send === 'string' ? frame.send : JSON.stringify(frame.send));
        }
      }
      if (frames.at(-1)?.then === 'end') end();
    });
  });
}

async function arrival(seen, type, within = 3000) {
  const ends = Date.now() + within;
  while (Date.now() < ends && !seen.messages.some((message) => message.type === type)) await pause(10);
}

const types = (seen) => seen.messages.map((message) => message.type).join(',');
const told = (seen) => `code ${seen.code} [${types(seen).slice(0, 60)}]`;
const closes = (name, seen, code) => tally.is(name, seen.code === code, told(seen));

let seen = await play([INIT, ACKNOWLEDGED, subscribe(), { until: 'next', within: 15000 }, { then: 'end' }], { ms: 20000 });
tally.is('a subscription gives events', seen.messages.some((message) => message.type === 'next'), told(seen));
seen = await play([INIT, ACKNOWLEDGED, { send: { type: 'ping', payload: { x: 1 } } }, { until: 'pong' }, { then: 'end' }]);
tally.is('a ping is answered', seen.messages.some((message) => message.type === 'pong'), told(seen));
seen = await play([INIT, ACKNOWLEDGED, subscribe('1', '{ __typename }'), { until: 'complete' }, { then: 'end' }]);
tally.is('a query gives next and complete', /next,complete/.test(types(seen)), told(seen));
seen = await play([INIT, ACKNOWLEDGED, subscribe('1', 'subscription { nope }'), { until: 'error' }, { then: 'end' }]);
tally.is('an invalid document gives an error', types(seen).endsWith('error'), told(seen));
closes('subscribe before init closes 4401', await play([subscribe()]), 4401);
closes('a second init closes 4429', await play([INIT, ACKNOWLEDGED, INIT]), 4429);
closes('what is not JSON closes 4400', await play([INIT, ACKNOWLEDGED, { send: 'not json' }]), 4400);
closes('an unknown type closes 4400', await play([INIT, ACKNOWLEDGED, { send: { type: 'zzz' } }]), 4400);
closes('the same id twice closes 4409', await play([INIT, ACKNOWLEDGED, subscribe('1'), subscribe('1')]), 4409);
const timeout = Number(o['init-timeout-ms'] ?? 15000);
closes('no init in time closes 4408', await play([], { ms: timeout + 2000 }), 4408);
seen = await play(
  [INIT, ACKNOWLEDGED, subscribe(), { wait: 300 }, { send: { id: '1', type: 'complete' } }, { wait: 1500 }, subscribe('1'),
    { wait: 500 }, { then: 'end' }]);
tally.is('an id is free again after complete', seen.code === null, told(seen));
seen = await play([INIT], { protocol: 'zzz', ms: 1500 });
tally.is('an unknown subprotocol is refused', !types(seen).includes('ack'), told(seen));
seen = await play([INIT, ACKNOWLEDGED], { headers: { ...o.headers, origin: 'https://evil.test' }, ms: 1500 });
tally.is('a foreign Origin is refused', !types(seen).includes('ack'), told(seen));
seen = await play([INIT, ACKNOWLEDGED, subscribe(), { wait: 1500 }], { headers: {}, ms: 3000 });
tally.is('no credentials, no events', !seen.messages.some((message) => message.type === 'next'), told(seen));
const large = { type: 'connection_init', payload: { x: 'x'.repeat(8e6) } };
seen = await play([{ send: large }, { wait: 1000 }], { ms: 5000 });
tally.is('an init of 8 MB is refused', !types(seen).includes('ack'), told(seen));
const flood = Array.from({ length: 2000 }, (_, number) => subscribe(`s${number}`));
seen = await play([INIT, ACKNOWLEDGED, ...flood, { wait: 1500 }], { ms: 8000 });
const refused = seen.code !== null || seen.messages.filter((message) => message.type === 'error').length > 1000;
tally.is('2000 subscriptions on one socket are bounded', refused, `code ${seen.code}`);
tally.end('ws protocol');
