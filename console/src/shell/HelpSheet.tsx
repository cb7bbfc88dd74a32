// What the keys do, and the switch that turns them off.
import { Kbd, Modal, Stack, Switch, Table } from '@mantine/core';
import { Fragment } from 'react';
import { text } from '../text';
import { turnShortcuts, useShortcutsOn } from './shortcuts';

/** Keys in a row, or, after a bar, other keys that do the same. */
function Keys({ keys }: { keys: string }) {
  const [rows, joint] = keys.includes('|') ? [keys.split('|'), text.keys.or] : [keys.split(' '), text.keys.then];
  return <>{rows.map((key, place) => <Fragment key={key}>{place > 0 && ` ${joint} `}<Kbd size="xs">{key}</Kbd></Fragment>)}</>;
}

export function HelpSheet({ opened, onClose, places }: { opened: boolean; onClose: () => void; places: { name: string; key?: string }[] }) {
  const on = useShortcutsOn();
  const all = [
    ['Ctrl/⌘+K|/', text.keys.palette], ['?', text.keys.help], ['D', text.keys.theme], ['s', text.keys.search], ['n', text.keys.next], ['p', text.keys.previous],
    ...places.flatMap(({ key, name }) => (key == null ? [] : [[`g ${key}`, name]])),
  ] as [string, string][];
  return (
    <Modal opened={opened} onClose={onClose} title={text.keys.title} closeButtonProps={{ 'aria-label': text.state.close }}>
      <Stack gap="md">
        <Switch label={text.keys.on} description={text.keys.onHint} checked={on} onChange={(event) => { turnShortcuts(event.currentTarget.checked); }} />
        <Table>
          <Table.Tbody>{all.map(([keys, name]) => <Table.Tr key={keys}><Table.Td>{name}</Table.Td><Table.Td className="number"><Keys keys={keys} /></Table.Td></Table.Tr>)}</Table.Tbody>
        </Table>
      </Stack>
    </Modal>
  );
}
