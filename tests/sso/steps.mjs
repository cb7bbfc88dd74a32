// What a browser and its person do on the way of sign-on; journey.mjs and the acceptance story (tests/story) are made of it.
// Not for: judging what comes out, which is each story's own. Invariant: whatever `begin` and the steps start, `end` stops.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PATIENCE_MS = 20_000;
const SECRET = 'a secret of a test';
const answers = (url) => async () => (await fetch(url).catch(() => ({ ok: false }))).ok;

export class Steps {
  children = [];

  // `o`: url of the server; folder for what is shared with the providers; sso, the folder of this file in the clone; oidc-port and
  // saml-port. `tally` counts what was waited for.
  static async begin(o, tally) {
    const steps = new Steps();
    Object.assign(steps, { o, tally });
    steps.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
    });
    return steps;
  }

  async end() {
    await this.browser.close();
    // Each has a group of its own: SimpleSAMLphp is a shell that became PHP.
    for (const child of this.children) process.kill(-child.pid, 'SIGTERM');
  }

  // -------------------------------------------------------------------------------------------------------------------
  // GraphQL, with the cookies of a browser

  async ask(context, query, variables = {}, more = {}) {
    const headers = { 'x-requested-by': 'journey', origin: this.o.url, ...more };
    const response = await context.request.post(`${this.o.url}/graphql`, { headers, data: { query, variables } });
    return response.json();
  }

  async act(context, name, input, fields) {
    const type = `${name[0].toUpperCase()}${name.slice(1)}Input`;
    const answer = await this.ask(context, `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { message } } }`, { input });
    const payload = answer.data?.[name];
    return payload ?? { userErrors: answer.errors };
  }

  async whoAmI(context) {
    return (await this.ask(context, '{ viewer { user { id email } permissions } }')).data?.viewer;
  }

  async until(what, check) {
    const ends = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = await check();
      if (found) {
        this.tally.ok(what);
        return found;
      }
      if (Date.now() > ends) {
        this.tally.bad(what);
        return undefined;
      }
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  }

  // -------------------------------------------------------------------------------------------------------------------
  // Domains and providers

  async claim(context, domain) {
    const made = await this.act(context, 'claimDomain', { domain }, 'domainClaim { id recordName recordText }');
    if (!made.domainClaim) throw new Error(`the domain was not claimed: ${JSON.stringify(made.userErrors)}`);
    return made.domainClaim;
  }

  // The DNS server of names.py answers with it from now on.
  publish(claim) {
    writeFileSync(`${this.o.folder}/records.json`, JSON.stringify({ [claim.recordName]: claim.recordText }));
  }

  start(command, words) {
    const child = spawn(command, words, { stdio: ['ignore', 'ignore', command === 'node' ? 'inherit' : 'ignore'], detached: true });
    this.children.push(child);
  }

  async makeProvider(context, input) {
    const made = await this.act(context, 'createIdentityProvider', input,
      'identityProvider { id addresses { start callback backChannelLogout signedOut assertionConsumer metadata } }');
    if (!made.identityProvider) throw new Error(`the provider was not made: ${JSON.stringify(made.userErrors)}`);
    return made.identityProvider;
  }

  makeOidc(context, rules) {
    const issuer = `http://localhost:${this.o['oidc-port']}`;
    return this.makeProvider(context, { name: 'OpenID', settings: { oidc: { issuer, clientId: 'holdfast', clientSecret: SECRET } }, rules });
  }

  async startOidc({ addresses }) {
    const { o } = this;
    writeFileSync(`${o.folder}/client.json`, JSON.stringify({
      client_id: 'holdfast', client_secret: SECRET, redirect_uris: [addresses.callback],
      post_logout_redirect_uris: [addresses.signedOut], backchannel_logout_uri: addresses.backChannelLogout,
      backchannel_logout_session_required: true,
    }));
    this.start('node', ['oidc_provider.mjs', '--port', o['oidc-port'], '--client', `${o.folder}/client.json`]);
    await this.until('OIDC: the provider answers', answers(`http://localhost:${o['oidc-port']}/.well-known/openid-configuration`));
  }

  // Starts SimpleSAMLphp and makes both sides know each other.
  async makeSaml(context, rules) {
    const { o } = this;
    const address = `http://localhost:${o['saml-port']}/saml2/idp/metadata.php`;
    this.start('bash', [`${o.sso}/identity_provider.sh`, o['saml-port'], `${o.folder}/idp`]);
    await this.until('SAML: the provider answers', answers(address));
    const metadata = await (await fetch(address)).text();
    const provider = await this.makeProvider(context, { name: 'SAML', settings: { saml: { metadata } }, rules });
    const own = await (await fetch(provider.addresses.metadata)).text();
    const certificate = own.match(/X509Certificate>([^<]+)</)[1];
    writeFileSync(`${o.folder}/idp/service-provider.json`, JSON.stringify({
      entityId: provider.addresses.metadata, acsUrl: provider.addresses.assertionConsumer, certificate,
    }));
    return provider;
  }

  // -------------------------------------------------------------------------------------------------------------------
  // People

  // Opens the address in a browser of its own and signs on with whatever page the provider shows.
  async come(address, user, password = `${user}pass`, context = undefined) {
    const { url: ours } = this.o;
    const own = context ?? await this.browser.newContext();
    const page = await own.newPage();
    const seen = [];
    page.on('request', (request) => { if (request.isNavigationRequest()) seen.push(request); });
    await page.goto(address, { waitUntil: 'load' });
    const asked = await page.locator('input[type=password]').count() > 0;
    if (asked) {
      await page.locator('input[name=username], input[name=login]').first().fill(user);
      await page.locator('input[type=password]').fill(password);
      await page.locator('button[type=submit], #submit_button, input[type=submit]').first().click();
      await page.waitForURL((url) => url.origin === ours && !url.pathname.endsWith('/acs'), { timeout: PATIENCE_MS }).catch(() => {});
      await page.waitForLoadState('load');
    }
    return { context: own, page, seen, asked, text: await page.locator('body').innerText() };
  }

  // Tries a provider out, as it must be before it is activated.
  async test(context, provider, user) {
    const begun = await this.act(context, 'testIdentityProvider', { id: provider.id }, 'location');
    if (!begun.location) throw new Error(`the test did not begin: ${JSON.stringify(begun.userErrors)}`);
    const visit = await this.come(begun.location, user, undefined, context);
    await visit.page.close();
    return visit;
  }
}
