// Whether everybody must come through a provider, and who need not. Invariant: it is not offered before a provider is active, nor
// without somebody for the day on which the provider is down.
import { Button, Group, Stack, Text } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useQuery } from 'urql';
import { Refusal, useAct } from '../act';
import { graphql } from '../gql';
import type { EnforcementQuery } from '../gql/graphql';
import { useLive } from '../live';
import { Answered, Confirm, ManyPicker, Panel, say } from '../shell/parts';
import { Status } from '../shell/Status';
import { useUsers } from '../users/useUsers';
import { providers } from './text';

const ENFORCEMENT = graphql(`query Enforcement {
  signOnEnforcement { enforced breakGlassUsers { id name } }
}`);
const ENFORCE = graphql(`mutation EnforceSignOn($input: EnforceSignOnInput!) { enforceSignOn(input: $input) { enforcement { enforced } userErrors { field message } } }`);
const words = providers.enforcement;
/** Who can be chosen: super admins, whom nothing keeps from mending the provider. */
const ADMINS: Parameters<typeof useUsers>[1] = {
  states: ['ACTIVE'],
  labelOf: ({ name, email }) => `${name} · ${email}`,
  canTake: ({ grants }) => grants.some(({ role }) => role?.builtIn === true && role.name === 'super_admin'),
};

export function Enforcement({ hasActive }: { hasActive: boolean }) {
  const [answer, ask] = useQuery({ query: ENFORCEMENT });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'organization');
  return (
    <Panel title={words.title} padded>
      <Answered answer={answer} again={again} lines={3}>{(data) => <Editor key={JSON.stringify(data.signOnEnforcement)} data={data} hasActive={hasActive} onChange={again} />}</Answered>
    </Panel>
  );
}

function Editor({ data, hasActive, onChange }: { data: EnforcementQuery; hasActive: boolean; onChange: () => void }) {
  const enforce = useAct(ENFORCE);
  const enforced = data.signOnEnforcement?.enforced === true;
  const [people, setPeople] = useState((data.signOnEnforcement?.breakGlassUsers ?? []).map(({ id }) => id));
  const [asking, setAsking] = useState<'on' | 'off' | null>(null);
  const admins = useUsers(people, ADMINS);
  const set = (next: boolean) => void enforce.run({ enforced: next, breakGlassUserIds: people }).then((done) => {
    if (done == null) return;
    setAsking(null);
    say(words.saved);
    onChange();
  });
  return (
    <Stack gap="md">
      <div className="sentence"><Status value={enforced ? 'ACTIVE' : 'NONE'} label={enforced ? words.on : words.off} /></div>
      <ManyPicker of={admins} label={words.people} description={words.peopleHint} value={people} onChange={setPeople} />
      {asking == null && <Refusal act={enforce} />}
      <Group justify="flex-end" gap="sm">
        {enforced && <Button variant="default" onClick={() => { enforce.clear(); setAsking('off'); }}>{words.turnOff}</Button>}
        {enforced
          ? <Button loading={enforce.busy} disabled={people.length === 0} onClick={() => { set(true); }}>{words.save}</Button>
          : <Button disabled={!hasActive || people.length === 0} onClick={() => { enforce.clear(); setAsking('on'); }}>{words.turnOn}</Button>}
      </Group>
      <Confirm opened={asking === 'off'} title={words.offQuestion} action={words.turnOff} busy={enforce.busy} problems={enforce.reasons} onClose={() => { setAsking(null); }} onConfirm={() => { set(false); }}><Text size="sm">{words.offHint}</Text></Confirm>
      <Confirm opened={asking === 'on'} title={words.question} action={words.turnOn} busy={enforce.busy} problems={enforce.reasons} onClose={() => { setAsking(null); }} onConfirm={() => { set(true); }}><Text size="sm">{words.hint}</Text></Confirm>
    </Stack>
  );
}
