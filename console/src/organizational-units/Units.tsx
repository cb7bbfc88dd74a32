// The tree of units: making, renaming, moving and deleting them, by menu and so by keyboard.
import { ActionIcon, Button, Menu, Table, Text } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useCallback, useState } from 'react';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Page, Panel } from '../shell/parts';
import { indented } from '../shell/units';
import { useMay } from '../shell/viewer';
import { UnitDialogs, type Deed } from './UnitDialogs';
import { units as words } from './text';
import './units.css';

const UNITS = graphql(`query OrganizationalUnits { organizationalUnits { id name version parent { id } } }`);

export default function Units() {
  const [answer, ask] = useQuery({ query: UNITS });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'unit');
  const may = useMay('UNIT_MANAGE');
  const [deed, setDeed] = useState<Deed | null>(null);
  const units = indented(answer.data?.organizationalUnits ?? []);
  const [root] = units;
  return (
    <Page title={words.title} query={UNITS} actions={may && root != null && <Button onClick={() => { setDeed({ what: 'add', unit: root }); }}>{words.add}</Button>}>
      <Text size="sm" c="dimmed">{words.hint}</Text>
      <Panel>
        <Answered answer={answer} again={again}>
          {() => (
            <Table highlightOnHover>
              <caption className="hidden-caption">{words.title}</caption>
              <Table.Thead><Table.Tr><Table.Th scope="col">{words.name}</Table.Th><Table.Th scope="col" className="number"><span className="hidden-caption">{words.more('')}</span></Table.Th></Table.Tr></Table.Thead>
              <Table.Tbody>
                {units.map((unit) => (
                  <Table.Tr key={unit.id}>
                    <Table.Td><span className="unit" data-depth={Math.min(unit.depth, 16)}>{unit.name}{unit.parent == null && <Text span size="xs" c="dimmed">{words.root}</Text>}</span></Table.Td>
                    <Table.Td className="number">
                      {may && (
                        <Menu position="bottom-end">
                          <Menu.Target><ActionIcon size="sm" aria-label={words.more(unit.name)}><IconDots size={16} /></ActionIcon></Menu.Target>
                          <Menu.Dropdown>
                            <Menu.Item onClick={() => { setDeed({ what: 'add', unit }); }}>{words.addBelow}</Menu.Item>
                            <Menu.Item onClick={() => { setDeed({ what: 'rename', unit }); }}>{words.rename}</Menu.Item>
                            {unit.parent != null && <Menu.Item onClick={() => { setDeed({ what: 'move', unit }); }}>{words.move}</Menu.Item>}
                            {unit.parent != null && <Menu.Item onClick={() => { setDeed({ what: 'remove', unit }); }}>{words.remove}</Menu.Item>}
                          </Menu.Dropdown>
                        </Menu>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
        </Answered>
      </Panel>
      {deed != null && <UnitDialogs deed={deed} units={units} onClose={() => { setDeed(null); }} onDone={() => { setDeed(null); again(); }} />}
    </Page>
  );
}
