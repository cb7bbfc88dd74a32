#!/usr/bin/env node
// The whole way of sign-on in headless Chromium, against a running server and identity providers that are not ours: npm
// oidc-provider and SimpleSAMLphp. An administrator sets both up; people come, come wrongly, leave, and are told to leave.
// usage: journey.mjs --url URL --email ADDRESS --password TEXT --folder FOLDER --sso FOLDER --oidc-port N --saml-port N
// Invariant: every check is counted; exit code 0 only when all of them held.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { options, Tally } from './options.mjs';

const o = options(['url', 'email', 'password', 'folder', 'sso', 'oidc-port', 'saml-port']);
const tally = new Tally();
// What was found is worth a line only when it is wrong.
const is = (name, good, detail = '') => tally.is(name, good, good ? '' : detail);
const children = [];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

// ---------------------------------------------------------------------------------------------------------------------
// GraphQL, with the cookies of a browser

async function ask(context, query, variables = {}) {
  const headers = { 'x-requested-by': 'journey', origin: o.url };
  const response = await context.request.post(`${o.url}/graphql`, { headers, data: { query, variables } });
  return response.json();
}

async function act(context, name, input, fields) {
  const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
  const answer = await ask(context, `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { message } } }`, { input });
  const payload = answer.data?.[name];
  return payload ?? { userErrors: answer.errors };
}

const whoAmI = async (context) => (await ask(context, '{ viewer { user { id email } permissions } }')).data?.viewer;

async function until(what, check) {
  const ends = Date.now() + 20_000;
  for (;;) {
    const found = await check();
    if (found) return tally.ok(what);
    if (Date.now() > ends) return tally.bad(what);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// People and providers

function start(command, words) {
  const child = spawn(command, words, { stdio: ['ignore', 'ignore', command === 'node' ? 'inherit' : 'ignore'], detached: true });
  children.push(child);
}

const answers = (url) => async () => (await fetch(url).catch(() => ({ ok: false }))).ok;

// Opens the address in a browser of its own and signs on with whatever page the provider shows.
async function come(address, user, password = `${user}pass`, context = undefined) {
  const own = context ?? await browser.newContext();
  const page = await own.newPage();
  const seen = [];
  page.on('request', (request) => { if (request.isNavigationRequest()) seen.push(request); });
  await page.goto(address, { waitUntil: 'load' });
  const asked = await page.locator('input[type=password]').count() > 0;
  if (asked) {
    await page.locator('input[name=username], input[name=login]').first().fill(user);
    await page.locator('input[type=password]').fill(password);
    await page.locator('button[type=submit], #submit_button, input[type=submit]').first().click();
    await page.waitForURL((url) => url.origin === o.url && !url.pathname.endsWith('/acs'), { timeout: 20_000 }).catch(() => {});
    await page.waitForLoadState('load');
  }
  return { context: own, page, seen, asked, text: await page.locator('body').innerText() };
}

async function tryOut(context, provider, user, kind) {
  const begun = await act(context, 'testIdentityProvider', { id: provider.id }, 'location');
  const visit = await come(begun.location, user, undefined, context);
  is(`${kind}: a test shows what the provider says`, visit.text.includes('The test has worked') && visit.text.includes(`${user}@corp.test`), visit.text);
  await visit.page.close();
  const early = await whoAmI(context);
  is(`${kind}: a test signs nobody on`, early?.user.email === o.email, JSON.stringify(early?.user));
  const done = await act(context, 'activateIdentityProvider', { id: provider.id }, 'identityProvider { state }');
  is(`${kind}: a tested provider is activated`, done.identityProvider?.state === 'ACTIVE', JSON.stringify(done.userErrors));
}

// ---------------------------------------------------------------------------------------------------------------------
// The way

async function main() {
  const admin = await browser.newContext();
  const signedIn = await act(admin, 'createSession', { email: o.email, password: o.password }, 'viewer { user { id } }');
  const adminId = signedIn.viewer.user.id;
  const known = (await ask(admin, '{ roles { id name } organizationalUnits { id parent { id } } }')).data;
  const role = (name) => known.roles.find((one) => one.name === name).id;
  const rule = (name, group, roleName) => ({
    name, operator: 'ANY_OF', values: [group], roleId: role(roleName), organizationalUnitIds: [known.organizationalUnits.find((unit) => !unit.parent).id],
  });

  // A domain, proven by a DNS server
  const { domainClaim: claim } = await act(admin, 'claimDomain', { domain: 'Corp.test' }, 'domainClaim { id recordName recordText }');
  const early = await act(admin, 'proveDomain', { id: claim.id }, 'domainClaim { provenAt }');
  is('a domain without its record is not proven', !early.domainClaim && early.userErrors.length === 1, JSON.stringify(early));
  writeFileSync(`${o.folder}/records.json`, JSON.stringify({ [claim.recordName]: claim.recordText }));
  const proven = await act(admin, 'proveDomain', { id: claim.id }, 'domainClaim { provenAt }');
  is('a domain is proven by its TXT record', Boolean(proven.domainClaim?.provenAt), JSON.stringify(proven.userErrors));

  await openIdConnect(admin, rule);
  await saml(admin, rule);

  // Enforcement
  const enforced = await act(admin, 'enforceSignOn', { enforced: true, breakGlassUserIds: [adminId] }, 'enforcement { enforced }');
  is('sign-on is enforced', enforced.enforcement?.enforced === true, JSON.stringify(enforced.userErrors));
  const again = await act(await browser.newContext(), 'createSession', { email: o.email, password: o.password }, 'viewer { id }');
  is('a break-glass administrator comes by password', Boolean(again.viewer), JSON.stringify(again.userErrors));

  const log = (await ask(admin, '{ auditEvents(first: 100) { nodes { action outcome } } }')).data.auditEvents.nodes;
  for (const [action, outcome] of [['provision_user', 'SUCCESS'], ['apply_group_rules', 'SUCCESS'], ['create_session', 'REFUSED'],
    ['test_identity_provider', 'SUCCESS'], ['delete_session', 'SUCCESS'], ['prove_domain', 'SUCCESS'], ['enforce_sign_on', 'SUCCESS']]) {
    is(`the audit log has ${action} ${outcome}`, log.some((event) => event.action === action && event.outcome === outcome));
  }
}

async function openIdConnect(admin, rule) {
  const issuer = `http://localhost:${o['oidc-port']}`;
  const made = await act(admin, 'createIdentityProvider', {
    name: 'OpenID', settings: { oidc: { issuer, clientId: 'holdfast', clientSecret: 'a secret of a test' } }, rules: [rule('ops', 'backup-admins', 'backup_admin')],
  }, 'identityProvider { id addresses { start callback backChannelLogout signedOut } }');
  const provider = made.identityProvider;
  const closed = await fetch(provider.addresses.start, { redirect: 'manual' });
  is('OIDC: a draft signs nobody on', closed.status === 404, String(closed.status));
  writeFileSync(`${o.folder}/client.json`, JSON.stringify({
    client_id: 'holdfast', client_secret: 'a secret of a test', redirect_uris: [provider.addresses.callback],
    post_logout_redirect_uris: [provider.addresses.signedOut], backchannel_logout_uri: provider.addresses.backChannelLogout,
    backchannel_logout_session_required: true,
  }));
  start('node', ['oidc_provider.mjs', '--port', o['oidc-port'], '--client', `${o.folder}/client.json`]);
  await until('OIDC: the provider answers', answers(`${issuer}/.well-known/openid-configuration`));
  await tryOut(admin, provider, 'ann', 'OIDC');

  const ann = await come(provider.addresses.start, 'ann');
  const viewer = await whoAmI(ann.context);
  is('OIDC: a new person is signed on', viewer?.user.email === 'ann@corp.test', ann.text);
  is('OIDC: her groups give her rights, and no more', viewer?.permissions.includes('BACKUP_RUN') && !viewer.permissions.includes('SSO_MANAGE'));
  const cookies = await ann.context.cookies(o.url);
  is('OIDC: one cookie is left, out of reach of scripts', cookies.length === 1 && cookies[0].httpOnly, JSON.stringify(cookies.map((one) => one.name)));
  const callback = ann.seen.find((request) => request.url().startsWith(provider.addresses.callback)).url();
  for (const [who, context] of [['the same browser', ann.context], ['another browser', await browser.newContext()]]) {
    const replay = await context.request.get(callback, { maxRedirects: 0 });
    is(`OIDC: an answer counts once, ${who} gets nothing`, replay.status() === 400 && !replay.headers()['set-cookie']?.includes('holdfast_session='), String(replay.status()));
  }
  for (const [user, why] of [['carl', 'without a group'], ['eve', 'of a domain that is not ours']]) {
    const stranger = await come(provider.addresses.start, user);
    is(`OIDC: nobody ${why} is signed on`, stranger.text.includes('gives no access') && !(await whoAmI(stranger.context)), stranger.text);
  }

  await scim(admin, provider);

  // Logout here, then at the provider
  const out = await act(ann.context, 'deleteSession', {}, 'providerLogoutUrl');
  is('OIDC: signing out tells where to sign out at the provider', out.providerLogoutUrl?.startsWith(issuer), JSON.stringify(out));
  const still = await come(provider.addresses.start, 'ann', undefined, ann.context);
  is('OIDC: the provider still knows her', !still.asked && (await whoAmI(ann.context))?.user.email === 'ann@corp.test', still.text);
  const second = await act(ann.context, 'deleteSession', {}, 'providerLogoutUrl');
  await ann.page.goto(second.providerLogoutUrl);
  await ann.page.locator('button[type=submit], input[type=submit]').first().click();
  await ann.page.waitForURL(provider.addresses.signedOut, { timeout: 20_000 }).catch(() => {});
  is('OIDC: the provider sends the browser back', ann.page.url().split('?')[0] === provider.addresses.signedOut, ann.page.url());
  const third = await come(provider.addresses.start, 'ann', undefined, ann.context);
  is('OIDC: after that it asks again', third.asked && (await whoAmI(ann.context))?.user.email === 'ann@corp.test', third.text);

  // Logout at the provider alone: it tells us by the back channel
  await ann.page.goto(`${issuer}/session/end`);
  await ann.page.locator('button[type=submit], input[type=submit]').first().click();
  await until('OIDC: a logout at the provider ends the session here', async () => !(await whoAmI(ann.context)));
}

async function scim(admin, provider) {
  const { secret } = await act(admin, 'createScimToken', { identityProviderId: provider.id }, 'secret');
  const send = async (method, path, body, token = secret) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' };
    const response = await fetch(`${o.url}/scim/v2/${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, body: response.status === 204 ? {} : await response.json() };
  };
  const config = await send('GET', 'ServiceProviderConfig');
  is('SCIM: says what it supports', config.status === 200 && config.body.patch.supported === true, JSON.stringify(config));
  const strange = await send('GET', 'Users', undefined, 'hf_junk');
  is('SCIM: nobody gets an answer without the token', strange.status === 401 && strange.body.schemas[0].endsWith(':Error'), JSON.stringify(strange));
  const dora = await send('POST', 'Users', { userName: 'dora@corp.test', externalId: 'dora', displayName: 'Dora' });
  is('SCIM: a person is pushed', dora.status === 201 && dora.body.active === true, JSON.stringify(dora));
  const twin = await send('POST', 'Users', { userName: 'DORA@corp.test' });
  is('SCIM: nobody is pushed twice', twin.status === 409 && twin.body.scimType === 'uniqueness', JSON.stringify(twin));
  const found = await send('GET', `Users?filter=${encodeURIComponent('userName eq "Dora@corp.test"')}`);
  is('SCIM: a person is found by name', found.body.totalResults === 1 && found.body.Resources[0].id === dora.body.id, JSON.stringify(found));
  const group = await send('POST', 'Groups', { displayName: 'backup-admins', members: [{ value: dora.body.id }] });
  is('SCIM: a group is pushed', group.status === 201 && group.body.members.length === 1, JSON.stringify(group));
  const visit = await come(provider.addresses.start, 'dora');
  is('SCIM: who was pushed signs on with the rights of the group', (await whoAmI(visit.context))?.permissions.includes('BACKUP_RUN'), visit.text);
  const off = await send('PATCH', `Users/${dora.body.id}`, { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] });
  is('SCIM: a suspended person is out', off.body.active === false && !(await whoAmI(visit.context)), JSON.stringify(off));
  const gone = await send('DELETE', `Users/${dora.body.id}`);
  const missing = await send('GET', `Users/${dora.body.id}`);
  is('SCIM: a removed person is gone', gone.status === 204 && missing.status === 404, JSON.stringify([gone, missing]));
}

async function saml(admin, rule) {
  const origin = `http://localhost:${o['saml-port']}`;
  start('bash', [`${o.sso}/identity_provider.sh`, o['saml-port'], `${o.folder}/idp`]);
  await until('SAML: the provider answers', answers(`${origin}/saml2/idp/metadata.php`));
  const metadata = await (await fetch(`${origin}/saml2/idp/metadata.php`)).text();
  const made = await act(admin, 'createIdentityProvider', {
    name: 'SAML', settings: { saml: { metadata } }, rules: [rule('staff', 'staff', 'reporting_audit_admin')],
  }, 'identityProvider { id addresses { start assertionConsumer metadata } }');
  const provider = made.identityProvider;
  const own = await (await fetch(provider.addresses.metadata)).text();
  const certificate = own.match(/X509Certificate>([^<]+)</)[1];
  writeFileSync(`${o.folder}/idp/service-provider.json`, JSON.stringify({
    entityId: provider.addresses.metadata, acsUrl: provider.addresses.assertionConsumer, certificate,
  }));
  await tryOut(admin, provider, 'bob', 'SAML');

  const bob = await come(provider.addresses.start, 'bob');
  const viewer = await whoAmI(bob.context);
  is('SAML: a new person is signed on', viewer?.user.email === 'bob@corp.test', bob.text);
  is('SAML: his groups give him rights, and no more', viewer?.permissions.includes('AUDIT_READ') && !viewer.permissions.includes('BACKUP_RUN'));
  const posts = bob.seen.filter((request) => request.url() === provider.addresses.assertionConsumer);
  is('SAML: the answer came without our cookie and was sent again by our own page', posts.length === 2
    && !(await posts[0].allHeaders()).cookie && (await posts[1].allHeaders()).cookie?.includes('sign_on'), String(posts.length));
  const form = Object.fromEntries(new URLSearchParams(posts[1].postData()));
  for (const [who, context] of [['the same browser', bob.context], ['another browser', await browser.newContext()]]) {
    const replay = await context.request.post(provider.addresses.assertionConsumer, { form, maxRedirects: 0 });
    is(`SAML: an answer counts once, ${who} gets nothing`, replay.status() === 400 && !replay.headers()['set-cookie']?.includes('holdfast_session='), String(replay.status()));
  }
  const ann = await come(provider.addresses.start, 'ann');
  is('SAML: an address that is taken opens nothing', ann.text.includes('gives no access') && !(await whoAmI(ann.context)), ann.text);
  const wrong = await come(provider.addresses.start, 'bob', 'wrong');
  is('SAML: a wrong password at the provider leads nowhere', !(await whoAmI(wrong.context)) && new URL(wrong.page.url()).origin === origin);

  // The administrator links an account of the provider to herself, and signs on as herself.
  // The provider knows this browser as bob since the test.
  await admin.clearCookies({ domain: 'localhost' });
  const begun = await act(admin, 'linkIdentity', { identityProviderId: provider.id, password: o.password }, 'location');
  const linked = await come(begun.location, 'ann', undefined, admin);
  is('SAML: a link is made with the password', !linked.text.includes('Not signed on'), linked.text);
  const self = await come(provider.addresses.start, 'ann');
  is('SAML: a linked person signs on as herself', (await whoAmI(self.context))?.user.email === o.email, self.text);
}

try {
  await main();
} catch (error) {
  tally.bad('the journey goes to its end', error.stack);
} finally {
  await browser.close();
  // Each has a group of its own: SimpleSAMLphp is a shell that became PHP.
  for (const child of children) process.kill(-child.pid, 'SIGTERM');
}
tally.end('sign-on');
