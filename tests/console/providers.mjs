// Identity providers in the console, for people.mjs: set up, tested and activated by the pages, and used by people who were going
// somewhere. Not for what a provider may do wrong (tests/sso). Invariant: the providers are not ours (oidc-provider, SimpleSAMLphp).
import { writeFileSync } from 'node:fs';
import { person } from './browser.mjs';

const field = (page, name) => page.getByLabel(name, { exact: true });
const button = (page, name) => page.getByRole('button', { name, exact: true });
const heading = (page, name) => page.getByRole('heading', { name, level: 1, exact: true });
const panel = (page, title) => page.locator('section.panel', { has: page.getByRole('heading', { name: title, exact: true }) });
const fact = (page, name) => page.locator(`dt:text-is("${name}")`).locator('+ dd code').textContent();

/** An OpenID Connect provider, from the claim of a domain to a sign-on that ends where it was going. */
export async function openIdConnect({ o, tally, steps, look, signOut }, fran, who) {
  const { page } = fran;
  await fran.go('/identity-providers');
  await field(page, 'Claim a domain').fill('corp.test');
  await button(page, 'Claim').click();
  const record = panel(page, 'Domains').locator('.domain-record code');
  await record.first().waitFor();
  const [recordName, recordText] = await record.allTextContents();
  await look(fran, 'identity-providers-claim');
  await button(page, 'Prove').click();
  await panel(page, 'Domains').getByRole('alert').waitFor();
  steps.publish({ recordName, recordText });
  await button(page, 'Prove').click();
  await panel(page, 'Domains').getByText('Proven').waitFor();
  await page.getByRole('link', { name: 'Add provider' }).click();
  await button(page, 'Create').click();
  await field(page, 'Name').and(page.locator('[aria-invalid="true"]')).waitFor();
  await look(fran, 'identity-provider-new');
  await field(page, 'Name').fill('Corp login');
  await field(page, 'Issuer').fill(`http://localhost:${o['oidc-port']}`);
  await field(page, 'Client id').fill('holdfast');
  await field(page, 'Client secret').fill('a secret of a test');
  await button(page, 'Create').click();
  await heading(page, 'Corp login').waitFor();
  await steps.startOidc({ addresses: { callback: await fact(page, 'Redirect URI'), signedOut: await fact(page, 'Post-logout redirect URI'), backChannelLogout: await fact(page, 'Back-channel logout URI') } });
  await button(page, 'Change rules').click();
  await button(page, 'Another rule').click();
  await field(page, 'Name').last().fill('Admins');
  await field(page, 'Groups').first().fill('backup-admins');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Rules' }).getByRole('button', { name: 'Close' }).click();
  await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Cancel' }).click();
  await field(page, 'Role').selectOption({ label: 'Backup admin' });
  await field(page, 'Units').first().click();
  await page.getByRole('option', { name: 'Berlin' }).click();
  await page.keyboard.press('Tab');
  await look(fran, 'identity-provider-rules');
  await button(page, 'Save rules').click();
  await panel(page, 'Rules').getByText('backup-admins', { exact: false }).waitFor();
  await look(fran, 'identity-provider');
  await button(page, 'Test sign-on').click();
  await atProvider(page, 'fran', page.getByText('The test has worked.', { exact: false }));
  await page.getByRole('link', { name: 'Back to the identity providers' }).click();
  await page.getByRole('link', { name: 'Corp login' }).click();
  await button(page, 'Activate').click();
  await page.getByText('It signs people on.').waitFor();
  await fran.go('/account');
  await panel(page, 'Sign-on through providers').getByRole('button', { name: 'Link' }).click();
  await field(page, 'Your password').fill(who.password);
  await button(page, 'Go to the provider').click();
  await atProvider(page, 'fran', panel(page, 'Sign-on through providers').getByRole('button', { name: 'Unlink' }));
  await signOut(fran).catch(async () => { await fran.go(''); });
  await fran.go('/users');
  await heading(page, 'Sign in').waitFor();
  await field(page, 'E-mail').fill(who.email);
  await page.getByRole('link', { name: 'Continue with Corp login' }).waitFor();
  fran.wrong.splice(0);
  await look(fran, 'sign-in-provider');
  await page.getByRole('link', { name: 'Continue with Corp login' }).click();
  await atProvider(page, 'fran', page.getByRole('navigation', { name: 'Rooms' }));
  await heading(page, 'Users').waitFor();
  fran.wrong.splice(0);
  tally.ok('a provider is set up, tested, activated, linked, and signs on');
}

/** A SAML provider; then a colleague whom nobody has invited opens a link, signs on there, and is where the link points. */
export async function saml({ o, browser, tally, steps, look }, fran) {
  const { page } = fran;
  const address = `http://localhost:${o['saml-port']}/saml2/idp/metadata.php`;
  steps.start('bash', [`${o.sso}/identity_provider.sh`, o['saml-port'], `${o.folder}/idp`]);
  await steps.until('the SAML provider answers', async () => (await fetch(address).catch(() => ({ ok: false }))).ok);
  await fran.go('/identity-providers/new');
  await page.getByText('SAML 2.0', { exact: true }).click();
  await field(page, 'Name').fill('Corp SAML');
  await field(page, 'Metadata of the provider').fill('<not-metadata/>');
  await button(page, 'Create').click();
  await field(page, 'Metadata of the provider').and(page.locator('[aria-invalid="true"]')).waitFor();
  await look(fran, 'identity-provider-saml');
  await field(page, 'Metadata of the provider').fill(await (await fetch(address)).text());
  await button(page, 'Create').click();
  await heading(page, 'Corp SAML').waitFor();
  const entityId = await fact(page, 'Entity id and metadata');
  const certificate = (await (await fetch(entityId)).text()).match(/X509Certificate>([^<]+)</)[1];
  const acsUrl = await fact(page, 'Assertion consumer (ACS) URL');
  writeFileSync(`${o.folder}/idp/service-provider.json`, JSON.stringify({ entityId, acsUrl, certificate }));
  await button(page, 'Change rules').click();
  await button(page, 'Another rule').click();
  await field(page, 'Name').last().fill('Staff');
  await field(page, 'Groups').first().fill('staff');
  await page.keyboard.press('Enter');
  await field(page, 'Role').selectOption({ label: 'Backup admin' });
  await field(page, 'Units').first().click();
  await page.getByRole('option', { name: 'Global' }).click();
  await page.keyboard.press('Tab');
  await button(page, 'Save rules').click();
  await panel(page, 'Rules').getByText('staff', { exact: false }).first().waitFor();
  await button(page, 'Test sign-on').click();
  await atProvider(page, 'ann', page.getByText('The test has worked.', { exact: false }));
  await page.getByRole('link', { name: 'Back to the identity providers' }).click();
  await page.getByRole('link', { name: 'Corp SAML' }).click();
  await button(page, 'Activate').click();
  await page.getByText('It signs people on.').waitFor();
  fran.wrong.splice(0);
  await fran.go('/identity-providers');
  await page.getByRole('link', { name: 'Corp SAML' }).waitFor();
  await look(fran, 'identity-providers');

  const bob = await person(browser, o.url);
  await bob.go('/tasks?status=COMPLETED');
  await field(bob.page, 'E-mail').fill('bob@corp.test');
  await bob.page.getByRole('link', { name: 'Continue with Corp SAML' }).click();
  await atProvider(bob.page, 'bob', heading(bob.page, 'Tasks'));
  tally.is('SAML signs a new colleague on, who is where the link points', new URL(bob.page.url()).search === '?status=COMPLETED', bob.page.url());
  bob.wrong.splice(0);
  await bob.go('');
  tally.is('the way is used once', /^\/console\/?$/.test(new URL(bob.page.url()).pathname), bob.page.url());
  await heading(bob.page, 'Dashboard').waitFor();
  tally.is('and nothing goes wrong for him', bob.wrong.length === 0, bob.wrong.join('; '));
  await bob.page.context().close();
}

/** Signs on at the provider, unless it knows the browser already; ends when `back` is there. */
async function atProvider(page, login, back) {
  const asked = page.locator('input[name=login], input[name=username]');
  await asked.or(back).first().waitFor();
  if ((await asked.count()) > 0) {
    await asked.fill(login);
    await page.locator('input[type=password]').fill(`${login}pass`);
    await page.locator('button[type=submit], #submit_button').first().click();
  }
  await back.waitFor();
}
