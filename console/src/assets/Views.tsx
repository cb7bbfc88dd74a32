// Views of the list: the ones that come with Holdfast, and those that the person saved.
import { ActionIcon, Button, Group, Menu, TextInput } from '@mantine/core';
import { IconBookmark, IconCheck, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { say, type Place } from '../shell/parts';
import { useViewer } from '../shell/viewer';
import { text } from '../text';
import { useViews, viewOf } from './views';

const BUILT_IN = [{ name: text.assets.viewAll, query: '' }, { name: text.assets.viewUnprotected, query: 'protected=no' }, { name: text.assets.viewVolumes, query: 'kind=EBS_VOLUME' }];

export function Views({ place }: { place: Place }) {
  const { organization } = useViewer();
  const { views, save, remove } = useViews(organization?.id ?? '');
  const go = useNavigate();
  const [name, setName] = useState('');
  const here = viewOf(place.query);
  const current = [...views, ...BUILT_IN].find(({ query }) => query === here)?.name;
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target><Button variant="default" leftSection={<IconBookmark size={14} aria-hidden="true" />}>{current ?? text.assets.views}</Button></Menu.Target>
      <Menu.Dropdown>
        {[...BUILT_IN, ...views].map((view, order) => (
          <Group key={view.name} gap={0} wrap="nowrap">
            <Menu.Item rightSection={view.query === here ? <IconCheck size={14} aria-label={text.header.here} /> : null} onClick={() => { void go({ search: view.query }); }}>{view.name}</Menu.Item>
            {order >= BUILT_IN.length && <ActionIcon aria-label={text.assets.viewDelete(view.name)} onClick={() => { remove(view.name); }}><IconX size={14} /></ActionIcon>}
          </Group>
        ))}
        {current == null && (
          <>
            <Menu.Divider />
            <Group gap="xs" p="xs" wrap="nowrap">
              <TextInput flex={1} aria-label={text.assets.viewName} placeholder={text.assets.viewName} value={name} maxLength={60} onChange={(event) => { setName(event.currentTarget.value); }} onKeyDown={(event) => { event.stopPropagation(); }} />
              <Button disabled={name.trim() === ''} onClick={() => { save(name.trim(), place.query); setName(''); say(text.assets.viewSaved); }}>{text.assets.viewSave}</Button>
            </Group>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
