#!/usr/bin/env node
// Rules, plans, approvals, holds and the lock of the vault in the console, by the pages alone, against a server with the demo fleet.
// usage: protection.mjs --url URL --email EMAIL --password PASSWORD --token TOKEN --folder FOLDER [--only WORDS]
// Invariant: nothing is applied that a page has not shown before; whatever takes two people is done by two browsers.
import { launch, person, settled, signIn } from './browser.mjs';
import { asker, BEA, button, commander, heading, mailed, must, pick, teller, until } from './flows.mjs';
import { options, Tally } from './options.mjs';

const o = options(['url', 'email', 'password', 'token', 'folder', 'only']);
const tally = new Tally();
const flow = teller(tally, o.only);
const api = asker(o);
const command = commander();
const browser = await launch();
/** A volume of the demo that no rule protects and nobody has chosen a policy for. */
const VOLUME = 'mail-vol-00';

const rules = (page) => page.getByRole('list', { name: 'Protection rules' }).getByRole('listitem');
const names = async (page) => (await rules(page).locator('.rule-body').allTextContents()).map((text) => ['Policies chosen by hand', 'Rules of other units', 'Tagged Gold', 'Web volumes'].find((name) => text.startsWith(name)) ?? text);
const figure = (page, words) => page.locator('.figure', { hasText: words }).locator('.figure-value');
const counted = (page, words) => page.locator('.counts li', { hasText: words }).locator('b');

const shows = (locator, text) => until(`${locator} shows ${text}`, async () => (await locator.textContent()) === text);

async function open(visit) {
  await visit.go('/protection-rules');
  await rules(visit.page).first().waitFor();
}

async function apply(page) {
  await heading(page, 'Plan').waitFor();
  await button(page, 'Apply').click();
  await heading(page, 'Protection rules').waitFor();
}

const ann = await person(browser, o.url);
await flow('a rule is built, refused beside its field, counted live, planned and applied', ann, async (visit) => {
  const { page } = visit;
  await signIn(visit, o, '/protection-rules');
  await page.getByRole('link', { name: 'New rule' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Tagged Gold');
  await pick(page, 'Policy', 'Silver: every hour');
  const values = page.getByRole('combobox', { name: 'Has at least one tag of' }).or(page.getByRole('textbox', { name: 'Has at least one tag of' })).first();
  await values.fill('team=web');
  await values.press('Enter');
  await page.locator('input[aria-invalid=true]').waitFor();
  must(await button(page, 'Review the plan').isDisabled(), 'a name that is taken can be planned');
  await page.getByLabel('Name', { exact: true }).fill('Web volumes');
  await page.getByText('Backups a day').waitFor();
  await shows(counted(page, 'get a policy'), '0');
  await page.getByText('has at least one tag of team=web').waitFor();
  await button(page, 'Add a group').click();
  await button(page, 'Review the plan').and(page.locator(':disabled')).waitFor();
  await button(page, 'Remove the group').click();
  await button(page, 'Review the plan').click();
  await heading(page, 'Plan').waitFor();
  await page.getByText('Rule Web volumes is new').waitFor();
  await page.goBack();
  await heading(page, 'New rule').waitFor();
  must((await page.getByLabel('Name', { exact: true }).inputValue()) === 'Web volumes', 'going back has lost what was typed');
  await button(page, 'Review the plan').click();
  await page.reload();
  await page.getByText('Rule Web volumes is new').waitFor();
  await apply(page);
  await page.getByRole('link', { name: 'Web volumes' }).waitFor();
});

await flow('a tag protects a volume, the asset says why, and the loss of it is shown before it happens', ann, async ({ page, go }) => {
  await command('tag', VOLUME, 'team', 'web');
  await go(`/assets?search=${VOLUME}`);
  await page.locator('tbody').getByRole('link', { name: VOLUME }).first().click();
  await page.getByText('matches, and decides').waitFor();
  await page.locator('.trace').getByRole('link', { name: 'Web volumes' }).click();
  await heading(page, 'Web volumes').waitFor();
  await page.getByText('Nothing has been changed yet.').waitFor();
  await page.locator('.test').getByRole('button', { name: /./ }).first().waitFor();
  const values = page.locator('.test-values input').first();
  await values.click();
  await values.press('Backspace');
  await values.fill('team=api');
  await values.press('Enter');
  await shows(counted(page, 'lose their policy'), '1');
  await page.locator('.effects').getByRole('link', { name: VOLUME }).waitFor();
  await button(page, 'Review the plan').click();
  await heading(page, 'Plan').waitFor();
  await shows(figure(page, 'lose their policy'), '1');
  await page.locator('.figure', { hasText: 'lose their policy' }).click();
  await page.waitForURL(/effect=LOST/);
  await page.locator('tbody', { hasText: 'no policy' }).getByRole('link', { name: VOLUME }).waitFor();
  await button(page, 'Back').click();
  await heading(page, 'Web volumes').waitFor();
  await shows(counted(page, 'lose their policy'), '1');
  await button(page, 'Cancel').click();
  await heading(page, 'Protection rules').waitFor();
  await command('untag', VOLUME, 'team', 'web');
  await go(`/assets?search=${VOLUME}`);
  await page.locator('tbody').getByRole('link', { name: VOLUME }).first().click();
  await page.getByText('because not').first().waitFor();
});

await flow('rules and the movable places are put in order by keys and by drag, and what that means is told', ann, async (visit) => {
  const { page } = visit;
  await open(visit);
  const before = await names(page);
  must(before.length === 4, `the list has ${before}`);
  await page.getByRole('button', { name: /^Move Web volumes: / }).focus();
  await page.keyboard.press('Space');
  await page.getByText('Web volumes is at place 4 of 4.').waitFor({ state: 'attached' });
  await page.keyboard.press('ArrowUp');
  await page.getByText('Web volumes is at place 3 of 4.').waitFor({ state: 'attached' });
  await page.keyboard.press('Space');
  await page.getByText('Web volumes was put down at place 3 of 4.').waitFor({ state: 'attached' });
  await button(page, 'Discard').click();
  must((await names(page)).join() === before.join(), 'discarding has not brought the order back');
  const grip = page.getByRole('button', { name: /^Move Policies chosen by hand: / });
  const [from, to] = [await grip.boundingBox(), await rules(page).last().boundingBox()];
  await page.mouse.move(from.x + 5, from.y + 5);
  await page.mouse.down();
  await page.mouse.move(to.x + 40, to.y + to.height / 2, { steps: 12 });
  await page.mouse.move(to.x + 40, to.y + to.height - 4, { steps: 4 });
  await page.mouse.up();
  await until('the place is at the end', async () => (await names(page)).at(-1) === 'Policies chosen by hand');
  await button(page, 'Review the plan').click();
  await apply(page);
  await until('the new order is kept', async () => (await names(page)).at(-1) === 'Policies chosen by hand');
  const up = page.getByRole('button', { name: 'Move Policies chosen by hand up' });
  for (const _ of before.slice(1)) await up.press('Enter');
  await until('the place is at the top', async () => (await names(page))[0] === 'Policies chosen by hand');
  must(await up.evaluate((one) => one === document.activeElement), 'whoever moves an entry to the top loses the focus');
  await button(page, 'Discard').click();
  await up.click();
  await button(page, 'Review the plan').click();
  await button(page, 'Back').click();
  await until('going back keeps the order', async () => (await names(page)).at(-2) === 'Policies chosen by hand');
  await button(page, 'Discard').click();
});

await flow('a plan is refused when the world has moved, counted again, and then applied', ann, async (visit) => {
  const { page } = visit;
  await open(visit);
  await button(page, 'Pause Web volumes').click();
  await heading(page, 'Plan').waitFor();
  await button(page, 'Apply').and(page.locator(':enabled')).waitFor();
  const { policies } = await api('{ policies(first: 1) { nodes { id } } }');
  const draft = { name: 'Meanwhile', policyId: policies.nodes[0].id, condition: { hasTag: 'nobody-has-this' } };
  const { createProtectionRule: made } = await api('mutation ($input: CreateProtectionRuleInput!) { createProtectionRule(input: $input) { protectionRule { id } userErrors { message } } }', { input: { draft } });
  await button(page, 'Apply').click();
  await page.getByText('so nothing was applied').waitFor();
  await apply(page);
  await rules(page).filter({ hasText: 'Web volumes' }).getByText('Paused').waitFor();
  await api('mutation ($input: DeleteProtectionRuleInput!) { deleteProtectionRule(input: $input) { deletedProtectionRuleId } }', { input: { id: made.protectionRule.id } });
  await until('others\' changes are seen without a reload', async () => (await page.getByText('Meanwhile').count()) === 0);
  await button(page, 'Delete Web volumes').click();
  await apply(page);
  await until('the deleted rule is gone', async () => (await page.getByRole('link', { name: 'Web volumes' }).count()) === 0);
});

await flow('a changed policy shows its plan before it is applied', ann, async ({ page, go }) => {
  await go('/policies');
  await page.getByRole('link', { name: 'Gold: every minute' }).click();
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByRole('textbox', { name: 'Keep' }).first().fill('2');
  await button(page, 'Show the plan').click();
  await heading(page, 'Plan').waitFor();
  await page.locator('.changes li', { hasText: 'Policy Gold: every minute changes' }).locator('li[data-change=added]', { hasText: 'every minute, keep 2 days' }).waitFor();
  await page.locator('td[data-moved]').first().waitFor();
  await button(page, 'Back').click();
  await page.locator('li[data-change=added]', { hasText: 'keep 2 days' }).waitFor();
  await button(page, 'Show the plan').click();
  await heading(page, 'Plan').waitFor();
  await button(page, 'Apply').click();
  await heading(page, 'Gold: every minute').waitFor();
  await page.getByText('keep 2 days').first().waitFor();
});

const bea = await person(browser, o.url, { colorScheme: 'dark' });
await flow('a second person joins', ann, async ({ page, go }) => {
  await go('/users');
  await button(page, 'Invite').click();
  await page.getByLabel('E-mail', { exact: true }).fill(BEA.email);
  await page.getByLabel('Role', { exact: true }).selectOption({ label: 'Super admin' });
  await page.getByLabel('Organizational unit', { exact: true }).selectOption({ label: 'Global' });
  await button(page, 'Send invitation').click();
  await bea.page.goto(`${o.url}${await mailed(o.folder, BEA.email, '/console/accept-invitation')}`);
  await bea.page.getByLabel('Your name').fill(BEA.name);
  await bea.page.getByLabel('Password', { exact: true }).fill(BEA.password);
  await button(bea.page, 'Join').click();
  await bea.page.getByRole('link', { name: 'Sign in' }).click();
  await signIn(bea, BEA, '/approvals');
  await bea.page.getByText('Nobody has asked for anything.').waitFor();
});

/** Opens a point that is not the newest of its asset: that one may not end. */
async function olderPoint({ page, go }) {
  await go('/recovery-points?status=AVAILABLE&place=VAULT');
  await page.locator('tbody a[href*="/recovery-points/"]:not([href$=restore])').last().click();
  await page.getByRole('heading', { name: 'Retention' }).waitFor();
  return page.url().replace(`${o.url}/console`, '');
}

await flow('a recovery point is kept longer by one person', ann, async (visit) => {
  const { page } = visit;
  await olderPoint(visit);
  await button(page, 'Keep longer').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('making it shorter again takes a second person').waitFor();
  await dialog.getByLabel('Keep until the end of').fill('2020-01-01');
  await button(dialog, 'Keep longer').click();
  await dialog.locator('input[aria-invalid=true]').waitFor();
  await dialog.getByLabel('Keep until the end of').fill('2027-01-31');
  await dialog.getByText('Kept until 31 Jan 2027, 24:00 CET').waitFor();
  await button(dialog, 'Keep longer').click();
  await page.getByText('It is kept longer.').waitFor();
  await page.locator('.facts', { hasText: 'Expires' }).getByText(/2027/).waitFor();
});

await flow('what ends a point early waits for another person, who sees what would be done', ann, async (visit) => {
  const { page } = visit;
  const point = await olderPoint(visit);
  await button(page, 'End earlier').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('A second person must agree within 7 days').waitFor();
  must(await button(dialog, 'Ask for it').isDisabled(), 'it can be asked for without a reason');
  await dialog.getByLabel('Why').fill('Holds what it should not hold');
  await button(dialog, 'Ask for it').click();
  await page.getByRole('link', { name: 'See the request' }).click();
  await page.getByText('so somebody else must decide').waitFor();
  must((await button(page, 'Approve and do it').count()) === 0, 'whoever asked can approve');
  const address = page.url();
  await bea.page.getByRole('link', { name: '1 request waits for you' }).click();
  await bea.page.getByRole('link', { name: '1 recovery point ends now.' }).click();
  must(bea.page.url() === address, `the list leads to ${bea.page.url()}`);
  await bea.page.getByText('Holds what it should not hold').waitFor();
  await bea.page.locator('tbody tr', { hasText: 'at once' }).locator(`a[href$="${point}"]`).waitFor();
  await bea.page.getByLabel('Note').fill('Agreed');
  await button(bea.page, 'Approve and do it').click();
  await bea.page.getByText('It was approved and carried out.').waitFor();
  await page.getByText('Approved and done').first().waitFor();
  must((await page.getByRole('link', { name: /waits? for you/ }).count()) === 0, 'the badge counts what oneself asked for');
  await until('the badge is gone', async () => (await bea.page.getByRole('link', { name: /waits? for you/ }).count()) === 0);
  await visit.go(point);
  await page.locator('.facts', { hasText: 'Expires' }).getByText(/ago|now/).first().waitFor();
});

await flow('a hold is placed after it was counted, and its release takes two', ann, async (visit) => {
  const { page } = visit;
  await olderPoint(visit);
  await page.getByRole('link', { name: 'Place a hold' }).click();
  await page.getByText('1 recovery point of today would be kept').waitFor();
  await page.getByLabel('By asset and time').check();
  await page.getByText(/\d+ recovery points of today would be kept/).waitFor();
  await page.getByLabel('The recovery point').or(page.getByLabel('Recovery points that I name')).first().check();
  await page.getByLabel('Name', { exact: true }).fill('Case 7');
  await page.getByLabel('Reason').fill('Order of the court');
  await button(page, 'Place a hold').click();
  await heading(page, 'Case 7').waitFor();
  await page.locator('tbody tr').first().waitFor();
  await button(page, 'Ask for its release').click();
  await page.getByRole('dialog').getByLabel('Why').fill('The case is closed');
  await button(page.getByRole('dialog'), 'Ask for its release').click();
  await page.getByRole('link', { name: 'See the request' }).click();
  await bea.page.goto(page.url());
  await bea.page.getByLabel('Note').fill('Not before the appeal');
  await button(bea.page, 'Refuse').click();
  await bea.page.getByText('It was refused.').waitFor();
  await page.getByText('Not before the appeal').waitFor();
  await visit.go('/legal-holds?state=open');
  await page.getByRole('link', { name: 'Case 7' }).waitFor();
});

await flow('several points are ended or held together, after what happens was shown', ann, async (visit) => {
  const { page } = visit;
  await visit.go('/recovery-points?status=AVAILABLE&place=VAULT');
  await page.getByRole('checkbox', { name: 'Select all on this page' }).click();
  await button(page, 'End earlier').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/stay as they are/).waitFor();
  await dialog.getByText('kept by a legal hold').waitFor();
  await dialog.getByText(/the newest ones? of/).waitFor();
  const told = await dialog.getByText(/recovery points? ends?;/).textContent();
  const count = Number(told.match(/^[\d,]+/)[0].replaceAll(',', ''));
  await dialog.getByLabel('Why').fill('The fleet is taken down');
  await button(dialog, 'Ask for it').click();
  await page.getByRole('link', { name: 'See the request' }).click();
  await page.getByText('so somebody else must decide').waitFor();
  must((await page.getByText(new RegExp(`^${count} recovery points? `)).count()) > 0, `the request is not for the ${count} that were shown`);
  await button(page, 'Take back').click();
  await page.getByText('It was taken back.').waitFor();
  await visit.go('/recovery-points?status=AVAILABLE&place=VAULT');
  const boxes = page.locator('tbody').getByRole('checkbox');
  await boxes.nth(0).click();
  await boxes.nth(1).click();
  await page.getByText('2 selected').first().waitFor();
  await page.getByRole('link', { name: 'Place a hold' }).click();
  await page.getByText('2 recovery points of today would be kept').waitFor();
});

await flow('the vault is locked at once, and loosened only by two', ann, async (visit) => {
  const { page } = visit;
  await visit.go('/vault-lock');
  const days = page.getByLabel('Every recovery point is kept for at least, in days');
  await days.fill('0');
  await page.getByLabel('Why').fill('Rule of the house');
  await button(page, 'Apply the lock').click();
  await page.locator('input[aria-invalid=true]').waitFor();
  await days.fill('3');
  await page.getByText('is locked for that long at once').waitFor();
  await button(page, 'Apply the lock').click();
  await page.locator('.facts').getByText('3 days').waitFor();
  await days.fill('2');
  await page.getByText('This loosens the lock:').waitFor();
  await page.getByLabel('Why').fill('Too dear');
  await button(page, 'Apply the lock').click();
  await page.getByRole('link', { name: 'See the request' }).click();
  await bea.page.goto(page.url());
  await button(bea.page, 'Approve and do it').click();
  await bea.page.getByText('It was approved and carried out.').waitFor();
  await visit.go('/vault-lock');
  await page.locator('.facts').getByText('2 days').waitFor();
  await page.getByLabel('Mode').selectOption('COMPLIANCE');
  await page.getByText('It holds in 72 hours').waitFor();
  await page.getByText('The vault cannot keep such a lock').waitFor();
  await page.getByLabel('Why').fill('Rule of the house');
  must(await button(page, 'Apply the lock').isDisabled(), 'a lock that the vault cannot keep can be asked for');
});

await settled(ann.page);
await browser.close();
tally.end('protection');
