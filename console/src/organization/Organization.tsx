// What Super Admins decide for everybody. Not for sign-on through providers (identity-providers/).
// Invariant: a change is refused when somebody else has changed the settings meanwhile, and nothing is sent that was not changed.
import { Checkbox, NumberInput, Select, Textarea, TextInput, Title } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useQuery } from 'urql';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import type { OrganizationQuery, PasswordProfile, UpdateOrganizationSettingsInput } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Copyable, Empty, Facts, Moment, Overtaken, Page, Panel, say } from '../shell/parts';
import { useHeld } from '../shell/useHeld';
import { organization as words } from './text';
import './organization.css';

const ORGANIZATION = graphql(`query Organization {
  organization { id name createdAt version kmsKeyArn settings { auditRetentionDays auditWebhookUrl ipAllowlist mfaRequired passwordDaysMax passwordProfile sessionHours sessionIdleMinutes } }
}`);
const UPDATE = graphql(`mutation UpdateOrganizationSettings($input: UpdateOrganizationSettingsInput!) { updateOrganizationSettings(input: $input) { organization { id version } userErrors { field message } } }`);

type Organization = NonNullable<OrganizationQuery['organization']>;
type Settings = NonNullable<Organization['settings']>;
const PROFILES: PasswordProfile[] = ['STANDARD', 'NIST'];
const FIELDS = ['name', 'mfaRequired', 'passwordProfile', 'passwordDaysMax', 'sessionIdleMinutes', 'sessionHours', 'auditRetentionDays', 'auditWebhookUrl'];

export default function OrganizationPage() {
  const [answer, ask] = useQuery({ query: ORGANIZATION });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  // Who has begun to change something keeps what they read, and is told when somebody else was faster.
  const [touched, setTouched] = useState(false);
  const newest = answer.data?.organization;
  const organization = useHeld(newest, touched);
  useLive(again, 'organization');
  return (
    <Page title={words.title} query={ORGANIZATION}>
      <Answered answer={answer} again={again}>
        {() => organization?.settings == null ? <Panel><Empty title={words.none} /></Panel> : (
          <>
            {touched && newest?.version !== organization.version && <Overtaken onDrop={() => { setTouched(false); }} />}
            <Editor key={organization.version} organization={organization} settings={organization.settings} onTouch={() => { setTouched(true); }} onSaved={() => { setTouched(false); again(); }} />
          </>
        )}
      </Answered>
    </Page>
  );
}

/** Empty is null: the default, or never. */
function numberOf(value: string | number): number | null {
  return value === '' ? null : Number(value);
}

interface EditorProps { organization: Organization; settings: Settings; onTouch: () => void; onSaved: () => void }

function Editor({ organization, settings, onTouch, onSaved }: EditorProps) {
  const update = useAct(UPDATE);
  const [name, setName] = useState(organization.name);
  const [value, setValue] = useState(settings);
  const [networks, setNetworks] = useState(settings.ipAllowlist.join('\n'));
  const set = (change: Partial<Settings>) => { onTouch(); setValue({ ...value, ...change }); };
  const atNetworks = update.problems.filter(({ at }) => at.startsWith('ipAllowlist'));
  const ipAllowlist = networks.split(/[\s,]+/).filter((one) => one !== '');

  const changes: Omit<UpdateOrganizationSettingsInput, 'expectedVersion'> = {
    ...(name === organization.name ? {} : { name }),
    ...Object.fromEntries(Object.entries(value).filter(([key, now]) => key !== 'ipAllowlist' && key !== '__typename' && now !== settings[key as keyof Settings])),
    ...(ipAllowlist.join() === settings.ipAllowlist.join() ? {} : { ipAllowlist }),
  };

  async function save() {
    const done = await update.run({ expectedVersion: organization.version, ...changes });
    if (done == null) return;
    say(words.saved);
    onSaved();
  }

  return (
    <Panel padded>
      <Form act={update} fields={[...FIELDS, ...atNetworks.map(({ at }) => at)]} submit={words.save} disabled={Object.keys(changes).length === 0} onSubmit={() => void save()}>
        <div className="settings">
          <section>
            <Title order={2}>{words.general}</Title>
            <TextInput label={words.name} value={name} error={update.at('name')} onChange={(event) => { onTouch(); setName(event.currentTarget.value); }} />
            <Facts of={[[words.id, <Copyable key="id" value={organization.id} what={words.id} />], [words.since, <Moment key="since" at={organization.createdAt} />], [words.key, organization.kmsKeyArn == null ? words.keyLocal : <Copyable key="key" value={organization.kmsKeyArn} what={words.key} />]]} />
          </section>
          <section>
            <Title order={2}>{words.signIn}</Title>
            <Checkbox label={words.mfa} description={words.mfaHint} checked={value.mfaRequired} error={update.at('mfaRequired')} onChange={(event) => { set({ mfaRequired: event.currentTarget.checked }); }} />
            <Select label={words.profile} data={PROFILES.map((one) => ({ value: one, label: words.profiles[one] }))} value={value.passwordProfile} error={update.at('passwordProfile')} onChange={(chosen) => { const found = PROFILES.find((one) => one === chosen); if (found != null) set({ passwordProfile: found }); }} />
            <NumberInput label={words.passwordDays} description={words.passwordDaysHint} allowDecimal={false} value={value.passwordDaysMax ?? ''} error={update.at('passwordDaysMax')} onChange={(next) => { set({ passwordDaysMax: numberOf(next) }); }} />
            <NumberInput label={words.idle} description={words.idleHint} allowDecimal={false} value={value.sessionIdleMinutes ?? ''} error={update.at('sessionIdleMinutes')} onChange={(next) => { set({ sessionIdleMinutes: numberOf(next) }); }} />
            <NumberInput label={words.hours} description={words.hoursHint} allowDecimal={false} value={value.sessionHours ?? ''} error={update.at('sessionHours')} onChange={(next) => { set({ sessionHours: numberOf(next) }); }} />
          </section>
          <section>
            <Title order={2}>{words.network}</Title>
            <Textarea label={words.allowlist} description={words.allowlistHint} autosize minRows={3} maxRows={10} value={networks} error={atNetworks.map(({ message }) => message).join(' ') || undefined} onChange={(event) => { onTouch(); setNetworks(event.currentTarget.value); }} />
            <Title order={2}>{words.audit}</Title>
            <NumberInput label={words.retention} description={words.retentionHint} allowDecimal={false} value={value.auditRetentionDays} error={update.at('auditRetentionDays')} onChange={(next) => { set({ auditRetentionDays: Number(next) }); }} />
            <TextInput label={words.webhook} description={words.webhookHint} type="url" value={value.auditWebhookUrl ?? ''} error={update.at('auditWebhookUrl')} onChange={(event) => { set({ auditWebhookUrl: event.currentTarget.value.trim() || null }); }} />
          </section>
        </div>
      </Form>
    </Panel>
  );
}
