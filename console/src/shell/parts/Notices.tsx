// What was done, said once at the edge of the window. Not for refusals: those stand where the fault is.
import { Affix, Anchor, Notification, Stack } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { Link } from 'react-router';
import { text } from '../../text';
import { noticeList } from './noticeList';

const list = noticeList();

export function say(message: string, link?: { to: string; name: string }): void {
  list.say(message, link);
}

export function Notices() {
  const shown = useSyncExternalStore(list.watch, list.get);
  return (
    <Affix position={{ bottom: 16, right: 16 }} zIndex={400}>
      <Stack gap="xs" role="status" aria-live="polite" className="notices"
        onPointerEnter={() => { list.hold('pointer', true); }} onPointerLeave={() => { list.hold('pointer', false); }} onFocus={() => { list.hold('focus', true); }} onBlur={() => { list.hold('focus', false); }}>
        {shown.map(({ id, message, link }) => (
          <Notification key={id} withBorder color="gray" closeButtonProps={{ 'aria-label': text.state.close }} onClose={() => { list.close(id); }}>
            {message} {link != null && <Anchor component={Link} to={link.to} inherit underline="always">{link.name}</Anchor>}
          </Notification>
        ))}
      </Stack>
    </Affix>
  );
}
