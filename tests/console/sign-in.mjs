// Signs a page in, for a judge that takes a module which does that (`--login`): EMAIL and PASSWORD of the environment.
// Not for flows (browser.mjs). Invariant: when it ends the page is inside and asks for nothing any more: what is on its way when a judge
// leaves the page counts as failed.
import { settled, signIn } from './browser.mjs';

const QUIET_MS = 500;

export default async function login(page, origin) {
  const { EMAIL: email, PASSWORD: password } = process.env;
  const [flying, landed] = [new Set(), (request) => { flying.delete(request); }];
  let last = Date.now();
  page.on('request', (request) => { flying.add(request); last = Date.now(); });
  page.on('requestfinished', landed);
  page.on('requestfailed', landed);
  await signIn({ page, go: (path) => page.goto(`${origin}/console${path === '' ? '/' : path}`) }, { email, password });
  await settled(page);
  while (flying.size > 0 || Date.now() - last < QUIET_MS) await page.waitForTimeout(QUIET_MS / 5);
}
