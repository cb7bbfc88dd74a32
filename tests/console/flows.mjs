// What the scripts of flows share: how a flow is told, and what a person does on a page. Not for judging pages (browser.mjs).
// Invariant: a flow that goes wrong says where, and the next one runs all the same.
import { createInterface } from 'node:readline';

export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const heading = (page, name) => page.getByRole('heading', { name, level: 1, exact: true });

export function must(good, what) {
  if (!good) throw new Error(what);
}

/** Asks the API with the token of the demo: for what a page must not have missed, and for what others do meanwhile. */
export function asker({ url, token }) {
  return async (query, variables = {}) => {
    const answer = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await answer.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
}

/** A teller of flows: prints each with what went wrong; with `only`, those whose name has it, and the first. */
export function teller(tally, only) {
  let told = 0;
  return async (name, visit, steps) => {
    told += 1;
    if (only != null && told > 1 && !name.includes(only)) return;
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
