#!/usr/bin/env node
// The acceptance story of accounts, as one run in headless Chromium and by HTTP: Fran signs up by mail, invites a colleague, turns on
// a second factor, sets up two identity providers and signs on through both, limits the colleague to one unit, and finds all of it
// in the audit log.
// usage: story.mjs --url URL --folder FOLDER --sso FOLDER --oidc-port N --saml-port N
// Invariant: a story has one way, so the first step that breaks ends it, and its name is the message.
import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { options, Tally } from './options.mjs';
import { Steps } from './steps.mjs';

const o = options(['url', 'folder', 'sso', 'oidc-port', 'saml-port']);
const tally = new Tally();
const steps = await Steps.begin(o, tally);
const FRAN = { name: 'Fran Founder', email: 'fran@corp.test', password: 'Quiet-Zebra-8-Teapot' };
const CARL = { name: 'Carl Colleague', email: 'carl@corp.test', password: 'Loud-Giraffe-9-Kettle' };

// A step: its name is printed, and what is wrong if it did not go.
function must(name, good, detail) {
  if (!good) throw new Error(`${name}: ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`);
  tally.ok(name);
  return good;
}

async function act(context, name, input, fields) {
  const payload = await steps.act(context, name, input, fields);
  if (payload.userErrors?.length) throw new Error(`${name} was refused: ${JSON.stringify(payload.userErrors)}`);
  return payload;
}

// The secret of the link in the newest mail to this address that has such a link.
async function linked(email, path) {
  const found = await steps.until(`a mail with ${path} comes to ${email}`, () => {
    const folder = `${o.folder}/mails`;
    const mails = readdirSync(folder).filter((name) => name.endsWith('.eml'))
      // Quoted-printable: lines are cut by "=", and an equals sign is "=3D".
      .map((name) => readFileSync(`${folder}/${name}`, 'utf8').replaceAll('=\r\n', '').replaceAll('=3D', '='));
    const ours = mails.filter((mail) => new RegExp(`^To: .*${email}`, 'm').test(mail));
    return ours.map((mail) => mail.match(new RegExp(`${path}\\?token=([A-Za-z0-9_-]+)`))?.[1]).find(Boolean);
  });
  if (!found) throw new Error(`no mail with ${path} came to ${email}`);
  return found;
}

// RFC 6238 with SHA-1 and six digits; a step of 1 is the code of the next half minute.
function code(secret, step = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((one) => letters.indexOf(one).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + step));
  const digest = createHmac('sha1', key).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7f_ff_ff_ff;
  return String(number % 1_000_000).padStart(6, '0');
}

async function signUp() {
  const stranger = await steps.browser.newContext();
  const form = (await steps.ask(stranger, '{ signUpForm { isOpen termsVersion } }')).data.signUpForm;
  must('sign-up is open', form.isOpen, form);
  await act(stranger, 'signUp', { ...FRAN, organizationName: 'Corp', termsVersion: form.termsVersion ?? '' }, 'accepted');
  const early = await steps.act(stranger, 'createSession', { email: FRAN.email, password: FRAN.password }, 'viewer { id }');
  must('nobody signs in before the mail was answered', early.userErrors.length > 0 && !early.viewer, early);
  const token = await linked(FRAN.email, '/console/confirm-sign-up');
  const page = await stranger.newPage();
  await page.goto(`${o.url}/console/confirm-sign-up?token=${token}`);
  await page.getByLabel('Password', { exact: true }).fill(FRAN.password);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'Your account is ready' }).waitFor();
  await page.close();
  const fran = await steps.browser.newContext();
  await act(fran, 'createSession', { email: FRAN.email, password: FRAN.password }, 'viewer { id }');
  must('Fran has confirmed by the page and is signed in', (await steps.whoAmI(fran))?.user.email === FRAN.email, 'nobody is signed in');
  return fran;
}

async function invite(fran, known) {
  const root = known.organizationalUnits.find((unit) => !unit.parent);
  const reader = known.roles.find((role) => role.name === 'backup_admin');
  await act(fran, 'inviteUser', { email: CARL.email, grants: [{ roleId: reader.id, organizationalUnitId: root.id }] }, 'invitation { id }');
  const token = await linked(CARL.email, '/console/accept-invitation');
  const carl = await steps.browser.newContext();
  await act(carl, 'acceptInvitation', { token, name: CARL.name, password: CARL.password }, 'done');
  await act(carl, 'createSession', { email: CARL.email, password: CARL.password }, 'viewer { id }');
  const viewer = await steps.whoAmI(carl);
  must('the colleague has joined', viewer?.permissions.includes('BACKUP_RUN'), viewer);
  return { carl, carlId: viewer.user.id, root, reader };
}

async function secondFactor(fran) {
  const { secret } = await act(fran, 'beginTotp', {}, 'secret');
  const { recoveryCodes } = await act(fran, 'confirmTotp', { code: code(secret) }, 'recoveryCodes');
  must('recovery codes are shown', recoveryCodes?.length > 0, recoveryCodes);
  const again = await steps.browser.newContext();
  const begun = await act(again, 'createSession', { email: FRAN.email, password: FRAN.password }, 'viewer { id } challenge { token }');
  must('the password alone signs nobody in any more', begun.challenge && !begun.viewer && !(await steps.whoAmI(again)), begun);
  const wrong = await steps.act(again, 'completeSession', { token: begun.challenge.token, factor: { code: '000000' } }, 'viewer { id }');
  must('a wrong code signs nobody in', !wrong.viewer, wrong);
  await act(again, 'completeSession', { token: begun.challenge.token, factor: { code: code(secret, 1) } }, 'viewer { id }');
  must('password and code sign Fran in', (await steps.whoAmI(again))?.user.email === FRAN.email, 'nobody is signed in');
  return again;
}

// Tries the provider out, activates it, links an account of it to Fran, and signs on as Fran in a fresh browser.
async function through(fran, provider, kind) {
  const visit = await steps.test(fran, provider, 'ann');
  must(`${kind}: a test shows what the provider says`, visit.text.includes('The test has worked'), visit.text);
  const done = await act(fran, 'activateIdentityProvider', { id: provider.id }, 'identityProvider { state }');
  must(`${kind}: the provider is active`, done.identityProvider.state === 'ACTIVE', done);
  await fran.clearCookies({ domain: 'localhost' });
  const begun = await act(fran, 'linkIdentity', { identityProviderId: provider.id, password: FRAN.password }, 'location');
  const link = await steps.come(begun.location, 'ann', undefined, fran);
  must(`${kind}: Fran links her account`, !link.text.includes('Not signed on'), link.text);
  const self = await steps.come(provider.addresses.start, 'ann');
  const viewer = await steps.whoAmI(self.context);
  must(`${kind}: Fran signs on in Chromium`, viewer?.user.email === FRAN.email, self.text);
}

async function limit(fran, { carl, carlId, root, reader }) {
  const made = await act(fran, 'createOrganizationalUnit', { name: 'Berlin', parentId: root.id }, 'organizationalUnit { id }');
  const berlin = made.organizationalUnit;
  const munich = (await act(fran, 'createOrganizationalUnit', { name: 'Munich', parentId: root.id }, 'organizationalUnit { id }')).organizationalUnit;
  await act(fran, 'updateUserGrants', {
    id: carlId, add: [{ roleId: reader.id, organizationalUnitId: berlin.id }], remove: [{ roleId: reader.id, organizationalUnitId: root.id }],
  }, 'user { id }');
  let context = carl;
  if (!(await steps.whoAmI(carl))) {
    context = await steps.browser.newContext();
    await act(context, 'createSession', { email: CARL.email, password: CARL.password }, 'viewer { id }');
  }
  const seen = await steps.ask(context, '{ organizationalUnits { name } }');
  const names = seen.data?.organizationalUnits?.map((unit) => unit.name);
  // The units above are seen by name, or there would be no tree.
  must('the colleague sees his unit and those above, and no other', JSON.stringify(names) === '["Berlin","Global"]', seen);
  const node = (id) => steps.ask(context, 'query ($id: ID!) { node(id: $id) { id } }', { id });
  must('the colleague reaches his unit', (await node(berlin.id)).data?.node?.id === berlin.id, await node(berlin.id));
  must('the colleague does not reach another unit', (await node(munich.id)).data?.node === null, await node(munich.id));
  const people = await steps.ask(context, '{ users(first: 5) { nodes { id } } }');
  must('the colleague does not list the people of the organization', !people.data?.users && people.errors?.length === 1, people);
  const log = await steps.ask(context, '{ auditEvents(first: 1) { nodes { id } } }');
  must('the colleague does not read the audit log', !log.data?.auditEvents && log.errors?.length === 1, log);
}

async function findAll(fran) {
  const log = await steps.ask(fran, '{ auditEvents(first: 100) { nodes { action outcome } } }');
  const events = log.data.auditEvents.nodes;
  for (const action of ['confirm_sign_up', 'invite_user', 'accept_invitation', 'confirm_totp', 'create_identity_provider', 'test_identity_provider',
    'activate_identity_provider', 'link_identity', 'create_organizational_unit', 'update_user_grants', 'create_session']) {
    must(`the audit log has ${action}`, events.some((event) => event.action === action && event.outcome === 'SUCCESS'),
      [...new Set(events.map((event) => `${event.action} ${event.outcome}`))]);
  }
}

// What a program writes that keeps the log of an organization: whoever runs the server need not be asked for it.
async function keepLog(fran) {
  const query = 'query ($after: String) { auditEvents(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { sequence line } } }';
  const records = [];
  for (let after = null, more = true; more;) {
    const { nodes, pageInfo } = (await steps.ask(fran, query, { after })).data.auditEvents;
    records.push(...nodes);
    [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
  }
  records.sort((one, other) => Number(one.sequence) - Number(other.sequence));
  must('the log is read line by line from its first record', records[0].sequence === '1' && records.at(-1).sequence === String(records.length), records.length);
  writeFileSync(`${o.folder}/by-api.jsonl`, records.map(({ line }) => `${line}\n`).join(''));
}

try {
  const fran = await signUp();
  const known = (await steps.ask(fran, '{ roles { id name } organizationalUnits { id name parent { id } } }')).data;
  const colleague = await invite(fran, known);
  const strong = await secondFactor(fran);
  const claim = await steps.claim(strong, 'corp.test');
  steps.publish(claim);
  await act(strong, 'proveDomain', { id: claim.id }, 'domainClaim { provenAt }');
  const oidc = await steps.makeOidc(strong, []);
  await steps.startOidc(oidc);
  await through(strong, oidc, 'OIDC');
  await through(strong, await steps.makeSaml(strong, []), 'SAML');
  await limit(strong, colleague);
  await findAll(strong);
  await keepLog(strong);
} catch (error) {
  tally.bad(error.message, error.stack.split('\n').slice(1, 4).join('\n'));
} finally {
  await steps.end();
}
tally.end('story');
