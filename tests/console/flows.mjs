// What the scripts of flows share: how a flow is told, and what a person does on a page. Not for judging pages (browser.mjs).
// Invariant: a flow that goes wrong says where, and the next one runs all the same.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** The second person of protection.mjs, who is there after it. */
export const BEA = { name: 'Bea Second', email: 'bea@acme.example', password: 'Quiet-Otter-7-Lamp' };

export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const heading = (page, name) => page.getByRole('heading', { name, level: 1, exact: true });

/** Chooses from a field that asks the server for what is typed, and gives what the field then shows. */
export async function pick(page, label, typed, option = typed) {
  const field = page.getByLabel(label, { exact: true }).and(page.locator('input:not([type=hidden])'));
  await field.click();
  await field.fill(typed);
  await page.getByRole('option', { name: option, exact: typeof option === 'string' }).click();
  return field.inputValue();
}

export function must(good, what) {
  if (!good) throw new Error(what);
}

const PATIENCE_MS = 30_000;
/** A stream of what has happened already is over when it was quiet for so long. */
const QUIET_MS = 2000;

/** What `found` gives in the end. */
export async function until(what, found) {
  const ends = Date.now() + PATIENCE_MS;
  for (;;) {
    const got = await found();
    if (got) return got;
    if (Date.now() > ends) throw new Error(`never: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 150); });
  }
}

/** The address in the newest mail to somebody that leads to this path. */
export const mailed = (folder, email, path) => until(`a mail to ${email} with ${path}`, () => {
  const mails = `${folder}/mails`;
  if (!existsSync(mails)) return undefined;
  const newest = readdirSync(mails).filter((name) => name.endsWith('.eml')).toSorted().toReversed()
    // Quoted-printable: lines are cut by "=", and an equals sign is "=3D".
    .map((name) => readFileSync(`${mails}/${name}`, 'utf8').replaceAll(/=\r?\n/g, '').replaceAll('=3D', '='));
  const ours = newest.filter((mail) => new RegExp(`^To: .*${email}`, 'm').test(mail));
  return ours.map((mail) => mail.match(new RegExp(`${path}\\?token=[A-Za-z0-9_-]+`))?.[0]).find(Boolean);
});

/** Slows the copy of blocks, so that a backup can be watched. */
export const SLOW = [{ service: 'ebs', op: 'GetSnapshotBlock', delay_ms: 400 }, { service: 'ebs', op: 'ListChangedBlocks', delay_ms: 4000 }, { service: 'ebs', op: 'ListSnapshotBlocks', delay_ms: 4000 }];

/** Has the stand-in of AWS be slow or wrong. */
export async function disturb(sim, list) {
  const answer = await fetch(`${sim}/_sim/faults`, { method: 'POST', body: JSON.stringify(list) });
  if (!answer.ok) throw new Error(`the stand-in took no faults: ${await answer.text()}`);
}

/** Reads the cursors of events that a page's own socket brings. */
export function overhear(page) {
  const cursors = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => {
    const message = JSON.parse(String(payload));
    const cursor = message.payload?.data?.change?.cursor;
    if (cursor != null) cursors.push(cursor);
  }));
  return cursors;
}

/** Who asks: whoever has the token, or whoever a browser with this cookie has signed in. */
const door = ({ url, token, cookie }) => (cookie == null ? { authorization: `Bearer ${token}` } : { cookie, origin: url, 'x-requested-by': 'story' });

/** Asks the API: for what a page must not have missed, and for what others do meanwhile. */
export function asker(who) {
  return async (query, variables = {}) => {
    const answer = await fetch(`${who.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...door(who) }, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await answer.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
}

/** Cursors of task events about one task, from a place on, until it is over. */
async function between(who, after, task) {
  const query = 'subscription ($after: String, $ids: [ID!]) { taskEvents(after: $after, filter: { id: $ids }) { cursor task { status } } }';
  const answer = await fetch(`${who.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...door(who) }, body: JSON.stringify({ query, variables: { after, ids: [task] } }), signal: AbortSignal.timeout(20_000) });
  const cursors = [];
  let rest = '';
  const reader = answer.body.getReader();
  for (;;) {
    // The state is that of now, so the end is when nothing more comes for the task that is over.
    const chunk = await Promise.race([reader.read(), new Promise((resolve) => { setTimeout(resolve, QUIET_MS, { done: true }); })]);
    if (chunk.done) break;
    rest += Buffer.from(chunk.value).toString();
    const lines = rest.split('\n');
    rest = lines.pop();
    for (const line of lines.filter((one) => one.startsWith('data:'))) {
      const event = JSON.parse(line.slice(5))?.data?.taskEvents;
      if (event == null) continue;
      cursors.push(event.cursor);
    }
  }
  await reader.cancel();
  return cursors;
}

/** Fails unless each of these browsers was told every event about the task, once. `heard`: the cursors of each, by `overhear`. */
export async function missedNothing(who, heard, after, task) {
  // What was told since then, read by somebody who was never interrupted: a fresh stream from the same place.
  const told = await between(who, after, task);
  for (const [place, cursors] of heard.entries()) {
    const missed = told.filter((cursor) => !cursors.includes(cursor));
    must(told.length > 3 && missed.length === 0, `browser ${place + 1} missed ${missed.length} of ${told.length} events`);
    // Only of this task: a page that is left and another that is opened may both hear of an asset; no stream was cut there.
    const twice = told.filter((cursor) => cursors.indexOf(cursor) !== cursors.lastIndexOf(cursor));
    must(twice.length === 0, `browser ${place + 1} was told ${twice.length} events twice`);
  }
  return told.length;
}

/** A restart breaks requests that are under way; that is what the console must bear, not what it may hide. */
export function forgive(...visits) {
  for (const { wrong } of visits) wrong.splice(0, wrong.length, ...wrong.filter((one) => !/ERR_CONNECTION|ERR_INTERNET_DISCONNECTED|WebSocket connection|ERR_EMPTY_RESPONSE|Failed to load resource/.test(one)));
}

/** A teller of flows: prints each with what went wrong; with `only`, those whose name has one of its parts (`this|that`), and the first. */
export function teller(tally, only) {
  let told = 0;
  return async (name, visit, steps) => {
    told += 1;
    if (only != null && told > 1 && !only.split('|').some((part) => name.includes(part))) return;
    const begun = Date.now();
    try {
      await steps(visit);
      const wrong = visit.wrong.splice(0);
      tally.is(name, wrong.length === 0, wrong.join('; ') || `${((Date.now() - begun) / 1000).toFixed(1)} s`);
    } catch (error) {
      visit.wrong.splice(0);
      tally.bad(name, `${error.message.split('\n').slice(0, 4).join(' ')} at ${visit.page.url()}`);
    }
  };
}

/** Has the script that started this one do something: it answers when it is done. */
export function commander() {
  const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  return async (...words) => {
    console.log(`@${words.join('\t')}`);
    must((await answers.next()).value === words[0], `${words[0]} was not done`);
  };
}
