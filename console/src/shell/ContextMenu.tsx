// Which organization, and which part of it: every list, count and stream shows only what lies there.
import { Menu, UnstyledButton } from '@mantine/core';
import { IconCheck, IconSelector } from '@tabler/icons-react';
import { useMutation, useQuery } from 'urql';
import { chosenUnit } from '../unit';
import { graphql } from '../gql';
import { text } from '../text';
import { say } from './parts';
import { problemsOf } from './parts/problems';
import { indented, UNITS } from './units';
import { useRenew, useViewer } from './viewer';

const SWITCH = graphql(`mutation SwitchOrganization($input: SwitchOrganizationInput!) { switchOrganization(input: $input) { viewer { id } userErrors { field message } } }`);

const mark = (here: boolean) => (here ? <IconCheck size={14} aria-label={text.header.here} /> : null);

export function ContextMenu() {
  const viewer = useViewer();
  const renew = useRenew();
  const [answer] = useQuery({ query: UNITS });
  const [, change] = useMutation(SWITCH);
  const unit = chosenUnit.get();
  const units = indented(answer.data?.organizationalUnits ?? []);
  const organization = viewer.organization?.name ?? '';
  const name = units.find(({ id }) => id === unit)?.name ?? organization;
  const others = viewer.memberships.filter(({ state }) => state === 'ACTIVE');
  const choose = (id: string | null) => {
    chosenUnit.set(id);
    renew();
  };
  const enter = (organizationId: string) => {
    void change({ input: { organizationId } }).then(({ data, error }) => {
      const [problem] = problemsOf(data?.switchOrganization, error);
      if (problem != null) { say(problem.message); return; }
      choose(null);
    });
  };
  if (others.length < 2 && units.length < 2) return <span className="context wide">{organization}</span>;
  return (
    <Menu position="bottom-start" shadow="md" width={260} keepMounted={false}>
      <Menu.Target><UnstyledButton className="context" aria-label={text.header.context(name)}><span>{name}</span><IconSelector size={14} aria-hidden="true" /></UnstyledButton></Menu.Target>
      <Menu.Dropdown className="scrolls" mah={420}>
        {units.length > 1 && (
          <>
            <Menu.Label>{text.header.units}</Menu.Label>
            <Menu.Item onClick={() => { choose(null); }} rightSection={mark(unit == null)}>{text.header.whole}</Menu.Item>
            {units.filter(({ depth }) => depth > 0).map(({ id, name, depth }) => <Menu.Item key={id} pl={12 + 14 * (depth - 1)} onClick={() => { choose(id); }} rightSection={mark(unit === id)}>{name}</Menu.Item>)}
          </>
        )}
        {others.length > 1 && (
          <>
            <Menu.Label>{text.header.organizations}</Menu.Label>
            {others.map(({ organizationId, organizationName }) => <Menu.Item key={organizationId} onClick={() => { enter(organizationId); }} rightSection={mark(organizationId === viewer.organization?.id)}>{organizationName}</Menu.Item>)}
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
