#!/usr/bin/env node
// The whole way of sign-on in headless Chromium, against a running server and identity providers that are not ours: npm
// oidc-provider and SimpleSAMLphp. An administrator sets both up; people come, come wrongly, leave, and are told to leave.
// usage: journey.mjs --url URL --email ADDRESS --password TEXT --folder FOLDER --sso FOLDER --oidc-port N --saml-port N
// Invariant: every check is counted; exit code 0 only when all of them held.
import { Doors } from './doors.mjs';
import { options, Tally } from './options.mjs';
import { Steps } from './steps.mjs';

const o = options(['url', 'email', 'password', 'folder', 'sso', 'oidc-port', 'saml-port']);
const tally = new Tally();
// What was found is worth a line only when it is wrong.
const is = (name, good, detail = '') => tally.is(name, good, good ? '' : detail);
const steps = await Steps.begin(o, tally);
const { browser } = steps;
const ask = (...words) => steps.ask(...words);
const act = (...words) => steps.act(...words);
const whoAmI = (...words) => steps.whoAmI(...words);
const until = (...words) => steps.until(...words);
const come = (...words) => steps.come(...words);

async function tryOut(context, provider, user, kind) {
  const visit = await steps.test(context, provider, user);
  is(`${kind}: a test shows what the provider says`, visit.text.includes('The test has worked') && visit.text.includes(`${user}@corp.test`), visit.text);
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
  const claim = await steps.claim(admin, 'Corp.test');
  const early = await act(admin, 'proveDomain', { id: claim.id }, 'domainClaim { provenAt }');
  is('a domain without its record is not proven', !early.domainClaim && early.userErrors.length === 1, JSON.stringify(early));
  steps.publish(claim);
  const proven = await act(admin, 'proveDomain', { id: claim.id }, 'domainClaim { provenAt }');
  is('a domain is proven by its TXT record', Boolean(proven.domainClaim?.provenAt), JSON.stringify(proven.userErrors));

  const oidcProvider = await openIdConnect(admin, rule);
  const samlProvider = await saml(admin, rule);
  await doors(admin, oidcProvider, samlProvider);

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
  const provider = await steps.makeOidc(admin, [rule('ops', 'backup-admins', 'backup_admin')]);
  const closed = await fetch(provider.addresses.start, { redirect: 'manual' });
  is('OIDC: a draft signs nobody on', closed.status === 404, String(closed.status));
  await steps.startOidc(provider);
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
  return provider;
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
  const provider = await steps.makeSaml(admin, [rule('staff', 'staff', 'reporting_audit_admin')]);
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

  // Whoever starts at the provider brings a good answer to no request of ours.
  const start = `${origin}/saml2/idp/SSOService.php?spentityid=${encodeURIComponent(provider.addresses.metadata)}`;
  const unasked = await come(start, 'bob');
  is('SAML: starting at the provider is off unless it is switched on', unasked.asked && unasked.text.includes('was not accepted') && !(await whoAmI(unasked.context)), unasked.text);
  return provider;
}

async function doors(admin, oidc, samlProvider) {
  const token = async (provider) => (await act(admin, 'createScimToken', { identityProviderId: provider.id }, 'secret')).secret;
  const tokens = { oidc: await token(oidc), saml: await token(samlProvider) };
  const headers = { authorization: `Bearer ${tokens.oidc}`, 'content-type': 'application/scim+json' };
  const body = JSON.stringify({ userName: 'emil@corp.test', externalId: 'emil' });
  const pushed = await (await fetch(`${o.url}/scim/v2/Users`, { method: 'POST', headers, body })).json();
  await new Doors(tally, o.url, { oidc, saml: samlProvider, tokens, person: pushed.id }).all();
}

try {
  await main();
} catch (error) {
  tally.bad('the journey goes to its end', error.stack);
} finally {
  await steps.end();
}
tally.end('sign-on');
