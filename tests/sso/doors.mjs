// What the addresses under /auth and /scim answer to everything that they are not made for: methods, bodies, tokens, states,
// foreign addresses; and how their answers and cookies are dressed.
// Not for: people (journey.mjs). Invariant: no answer here is a session, none leads away from us and the providers.
const EVIL = 'https://evil.example';
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const FORM = 'application/x-www-form-urlencoded';
const ACS_BYTES_MAX = 1024 * 1024;
const SCIM_BYTES_MAX = 256 * 1024;

export class Doors {
  // `oidc` and `saml` are active providers with their addresses, `tokens` their SCIM tokens, `person` somebody whom oidc has pushed.
  constructor(tally, url, { oidc, saml, tokens, person }) {
    Object.assign(this, { tally, url, oidc, saml, tokens, person });
  }

  is(name, good, detail) {
    this.tally.is(`doors: ${name}`, good, good ? '' : String(detail));
  }

  // Status 0 is a connection that the server ended, as it may while a body that is too large is still coming.
  async send(method, path, { headers = {}, body } = {}) {
    try {
      const answer = await fetch(path.startsWith('http') ? path : `${this.url}${path}`, { method, headers, body, redirect: 'manual' });
      return {
        status: answer.status, headers: answer.headers, text: await answer.text(), cookies: answer.headers.getSetCookie(),
        location: answer.headers.get('location'),
      };
    } catch {
      return { status: 0, headers: new Headers(), text: '', cookies: [], location: null };
    }
  }

  form(path, fields, headers = {}) {
    return this.send('POST', path, { headers: { 'content-type': FORM, ...headers }, body: new URLSearchParams(fields) });
  }

  scim(method, path, token, body) {
    const headers = { 'content-type': 'application/scim+json', ...(token && { authorization: token }) };
    return this.send(method, `/scim/v2/${path}`, { headers, body });
  }

  async all() {
    await this.methods();
    await this.bodies();
    await this.tokensOfOthers();
    await this.states();
    await this.redirects();
    await this.dress();
  }

  get routes() {
    const { oidc, saml } = this;
    const path = (address) => new URL(address).pathname;
    return [
      [path(saml.addresses.start), ['GET']], [`${path(saml.addresses.start)}/go`, ['GET']], [path(oidc.addresses.callback), ['GET']],
      [path(oidc.addresses.backChannelLogout), ['POST']], [path(saml.addresses.assertionConsumer), ['POST']],
      [path(saml.addresses.metadata), ['GET']], [path(oidc.addresses.signedOut), ['GET']],
      ['/scim/v2/Users', ['GET', 'POST']], ['/scim/v2/Users/x', ['GET', 'PUT', 'PATCH', 'DELETE']],
      ['/scim/v2/Groups', ['GET', 'POST']], ['/scim/v2/Groups/x', ['GET', 'PUT', 'PATCH', 'DELETE']],
      ['/scim/v2/ServiceProviderConfig', ['GET']], ['/scim/v2/Schemas/x', ['GET']],
    ];
  }

  static isDressed({ headers }) {
    return headers.get('x-content-type-options') === 'nosniff' && headers.get('x-frame-options') === 'DENY'
      && headers.get('content-security-policy')?.includes("default-src 'none'") && headers.get('x-request-id');
  }

  // A session cookie that is set, not one that is taken away.
  static givesSession({ cookies }) {
    return cookies.some((one) => !one.split('=')[0].endsWith('_sign_on') && !one.includes('Max-Age=0'));
  }

  async methods() {
    const wrong = [];
    let asked = 0;
    for (const [path, allowed] of this.routes) {
      for (const method of METHODS.filter((one) => !allowed.includes(one))) {
        const answer = await this.send(method, path);
        asked += 1;
        if (![401, 404, 405].includes(answer.status) || !Doors.isDressed(answer) || answer.cookies.length) wrong.push([method, path, answer.status]);
      }
    }
    this.is(`${asked} wrong methods are refused, with every security header`, asked >= 35 && !wrong.length, JSON.stringify(wrong));
  }

  async bodies() {
    const acs = this.saml.addresses.assertionConsumer;
    const logout = this.oidc.addresses.backChannelLogout;
    const wrong = [];
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', undefined]) {
      for (const [path, body] of [[acs, 'SAMLResponse=AAAA'], [logout, 'logout_token=AAAA']]) {
        const answer = await this.send('POST', path, { headers: type ? { 'content-type': type } : {}, body: new TextEncoder().encode(body) });
        if (![400, 415].includes(answer.status) || answer.cookies.length) wrong.push([type, path, answer.status]);
      }
    }
    this.is('only forms are read where forms come', !wrong.length, JSON.stringify(wrong));
    const nothing = [await this.form(acs, {}), await this.form(logout, {}), await this.form(logout, { logout_token: 'a.b.c' })];
    this.is('a form without what it is for is refused', nothing.every((one) => one.status === 400), nothing.map((one) => one.status));
    const large = [
      await this.form(acs, { SAMLResponse: 'A'.repeat(ACS_BYTES_MAX) }),
      await this.form(logout, { logout_token: 'A'.repeat(ACS_BYTES_MAX) }),
      await this.scim('POST', 'Users', `Bearer ${this.tokens.oidc}`, ' '.repeat(SCIM_BYTES_MAX + 1)),
    ];
    this.is('what is too large is not read', large.every((one) => [413, 0].includes(one.status)), large.map((one) => one.status));
    const odd = [];
    for (const body of ['', '{', '[]', 'null', '"x"', '{"userName":7}']) {
      const answer = await this.scim('POST', 'Users', `Bearer ${this.tokens.oidc}`, body);
      if (answer.status !== 400 || !answer.text.includes('api:messages:2.0:Error')) odd.push([body, answer.status]);
    }
    this.is('SCIM bodies that are none get a SCIM error', !odd.length, JSON.stringify(odd));
  }

  async tokensOfOthers() {
    const { oidc, saml } = this.tokens;
    const wrong = [];
    const useless = [undefined, 'Bearer', 'Bearer ', 'Bearer hf_junk', `Basic ${oidc}`, `bearer${oidc}`, oidc, `Bearer ${oidc}x`, `Bearer ${oidc.slice(0, -1)}`];
    for (const [path, methods] of this.routes.filter(([one]) => one.startsWith('/scim/'))) {
      for (const method of methods) {
        for (const token of useless) {
          const answer = await this.scim(method, path.slice('/scim/v2/'.length), token, method === 'GET' ? undefined : '{}');
          if (answer.status !== 401 || answer.headers.get('cache-control') !== 'no-store') wrong.push([method, path, token?.slice(0, 8), answer.status]);
        }
      }
    }
    this.is('no SCIM address answers without a token of a provider', !wrong.length, JSON.stringify(wrong));
    const query = await this.send('GET', `/scim/v2/Users?access_token=${oidc}`);
    this.is('a token in the query is none', query.status === 401, query.status);
    const at = `Users/${this.person}`;
    const own = await this.scim('GET', at, `Bearer ${oidc}`);
    this.is('a provider reads whom it has pushed', own.status === 200, own.text);
    const foreign = [];
    for (const [method, body] of [['GET'], ['PUT', '{"userName":"x@corp.test"}'], ['PATCH', '{"Operations":[{"op":"replace","path":"active","value":false}]}'], ['DELETE']]) {
      const answer = await this.scim(method, at, `Bearer ${saml}`, body);
      if (answer.status !== 404) foreign.push([method, answer.status]);
    }
    const list = JSON.parse((await this.scim('GET', 'Users', `Bearer ${saml}`)).text);
    this.is('a provider reaches nobody of another one', !foreign.length && list.totalResults === 0, JSON.stringify([foreign, list]));
    const still = JSON.parse((await this.scim('GET', at, `Bearer ${oidc}`)).text);
    this.is('and has changed nothing', still.active === true, JSON.stringify(still));
  }

  // Begins at the SAML provider as a browser does.
  async begin(query = '') {
    const begun = await this.send('GET', `${this.saml.addresses.start}${query}`);
    return { begun, cookie: begun.cookies.map((one) => one.split(';')[0]).join('; ') };
  }

  async states() {
    const { oidc, saml } = this;
    const acs = saml.addresses.assertionConsumer;
    const wrong = [];
    for (const relay of ['', 'forged', EVIL, `${'A'.repeat(43)}`]) {
      const { cookie } = await this.begin();
      const answer = await this.form(acs, { SAMLResponse: 'PHg+PC94Pg==', RelayState: relay }, { cookie });
      if (answer.status !== 400 || answer.location || Doors.givesSession(answer)) wrong.push([relay, answer.status]);
      const again = await this.form(acs, { SAMLResponse: 'PHg+PC94Pg==', RelayState: relay }, { cookie });
      if (again.status !== 400) wrong.push(['again', relay, again.status]);
    }
    this.is('a forged RelayState signs nobody on and uses the request up', !wrong.length, JSON.stringify(wrong));
    const { cookie } = await this.begin();
    const crossed = await this.send('GET', `${oidc.addresses.callback}?code=x&state=x`, { headers: { cookie } });
    this.is('a request of one provider is not answered at another', crossed.status === 400 && !Doors.givesSession(crossed), crossed.status);
    const bare = await this.send('GET', `${oidc.addresses.callback}?code=x&state=x`);
    this.is('a callback that nobody began is refused', bare.status === 400 && Doors.isDressed(bare), bare.status);
    const form = await this.form(acs, { SAMLResponse: '"><script>alert(1)</script>', RelayState: '"><script>alert(2)</script>' });
    const scripts = form.text.match(/<script/g)?.length;
    this.is('what a foreign site sends is escaped in our own form', form.status === 200 && scripts === 1 && form.text.includes(`action="${new URL(acs).pathname}"`), form.text);
    const started = await this.form(acs, { SAMLResponse: 'PHg+PC94Pg==', again: '1' });
    this.is('an answer to no request is refused where that is not switched on', started.status === 400 && !Doors.givesSession(started), started.status);
  }

  async redirects() {
    const ours = new URL(this.url).origin;
    const theirs = new URL((await this.begin()).begun.location).origin;
    const wrong = [];
    for (const name of ['returnTo', 'return_to', 'next', 'redirect', 'redirect_uri', 'RelayState', 'url']) {
      for (const target of [EVIL, '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
        const query = `?${name}=${encodeURIComponent(target)}`;
        const { begun } = await this.begin(query);
        const out = await this.send('GET', `${this.oidc.addresses.signedOut}${query}`);
        const back = await this.send('GET', `${this.oidc.addresses.callback}${query}&code=x&state=x`);
        const places = [begun, out, back].map((one) => one.location).filter(Boolean);
        const leads = places.some((place) => ![ours, theirs].includes(new URL(place, ours).origin) || place.includes('evil') || place.includes('alert'));
        if (leads || [out, back].some((one) => one.text.includes('evil') || one.text.includes('alert'))) wrong.push([name, target]);
      }
    }
    this.is('no parameter leads a browser elsewhere', !wrong.length, JSON.stringify(wrong));
    const unknown = this.saml.id.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const ids = [unknown, 'x', '..%2f..%2fetc', '%00', 'a'.repeat(2000)];
    const answers = await Promise.all(ids.map((id) => this.send('GET', `/auth/sso/${id}`)));
    this.is('a provider that does not exist is one answer, whatever its id', answers.every((one) => [404, 400].includes(one.status) && !one.location && !one.cookies.length), answers.map((one) => one.status));
  }

  async dress() {
    const { oidc, saml } = this;
    const { begun } = await this.begin();
    const [cookie] = begun.cookies;
    const words = cookie.split('; ').slice(1).map((one) => one.toLowerCase());
    const ends = Date.parse(cookie.match(/Expires=([^;]+)/)[1]) - Date.now();
    this.is('the cookie of a sign-on is out of reach of scripts and of other sites, for ten minutes',
      begun.cookies.length === 1 && words.includes('httponly') && words.includes('samesite=lax') && words.includes('path=/')
      && !words.some((one) => one.startsWith('domain')) && ends > 500_000 && ends <= 600_000, cookie);
    const answers = {
      start: begun,
      'refused start': await this.send('GET', '/auth/sso/x'),
      'refused answer': await this.send('GET', oidc.addresses.callback),
      'form of our own': await this.form(saml.addresses.assertionConsumer, { SAMLResponse: 'x' }),
      'refused logout': await this.form(oidc.addresses.backChannelLogout, { logout_token: 'x' }),
      'signed out': await this.send('GET', oidc.addresses.signedOut),
    };
    for (const [name, answer] of Object.entries(answers)) {
      const policy = answer.headers.get('content-security-policy') ?? '';
      const good = answer.headers.get('cache-control') === 'no-store' && Doors.isDressed(answer) && !policy.includes('unsafe') && policy.includes("frame-ancestors 'none'");
      this.is(`${name}: kept by no cache, closed to scripts and frames`, good, JSON.stringify([...answer.headers]));
    }
    const metadata = await this.send('GET', saml.addresses.metadata);
    this.is('our metadata are no page', metadata.headers.get('content-type') === 'application/samlmetadata+xml' && Doors.isDressed(metadata), metadata.headers.get('content-type'));
  }
}
