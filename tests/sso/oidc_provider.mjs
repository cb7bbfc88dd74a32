#!/usr/bin/env node
// npm oidc-provider as an identity provider on loopback: oidc_provider.mjs --port N --client FILE, where FILE is JSON with the
// client's settings. Prints `ready` once it answers.
// Not for: anything but tests. Invariant: it asks who somebody is and takes any password; groups come from the list below.
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';
import { options } from './options.mjs';

const o = options(['port', 'client']);
// A name that is another site than 127.0.0.1, or a browser would send cookies that it would not send in real life.
const issuer = `http://localhost:${o.port}`;
const groups = { ann: ['backup-admins', 'staff'], carl: [], eve: ['backup-admins'] };
const domains = { eve: 'elsewhere.test' };

const provider = new Provider(issuer, {
  clients: [JSON.parse(readFileSync(o.client, 'utf8'))],
  claims: { openid: ['sub'], profile: ['name', 'groups'], email: ['email', 'email_verified'] },
  // The ID token carries the claims: userinfo is never asked.
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ['only a test'] },
  features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id, name: `${id} of Corp`, email: `${id}@${domains[id] ?? 'corp.test'}`, email_verified: true, groups: groups[id] ?? [],
    }),
  }),
  // Everybody has consented.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope('openid profile email');
    await grant.save();
    return grant;
  },
});
provider.on('backchannel.error', (_, error) => console.error('back-channel logout:', error.message));
provider.on('server_error', (_, error) => console.error(error));
provider.listen(Number(o.port), 'localhost', () => console.log('ready'));
