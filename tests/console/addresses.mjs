#!/usr/bin/env node
// Addresses of all pages of pages.mjs on a server with data, for a judge that knows addresses and nothing else: prints a line
// `door ADDRESS` for those of strangers, `room ADDRESS` for those of members.
// usage: addresses.mjs --url URL --email EMAIL --password PASSWORD [--only NAME,NAME]
// Not for judging. Invariant: what opens over a page has no address, so look.mjs alone judges it; its page is printed all the same.
import { launch, person, signIn } from './browser.mjs';
import { options } from './options.mjs';
import { DOORS, PAGES } from './pages.mjs';

const o = options(['url', 'email', 'password', 'only']);
const only = o.only?.split(',');
const wanted = ({ name }) => only?.includes(name) ?? true;
const browser = await launch();
const visit = await person(browser, o.url);
await signIn(visit, o);
const told = new Set();
const tell = (kind, path) => {
  const address = `${o.url}/console${path === '' ? '/' : path}`;
  if (told.has(kind + address)) return;
  told.add(kind + address);
  console.log(`${kind} ${address}`);
};
for (const { path } of DOORS.filter(wanted)) tell('door', path);
for (const { path } of PAGES.filter(wanted)) tell('room', typeof path === 'string' ? path : await path(visit));
await browser.close();
