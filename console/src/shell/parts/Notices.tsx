// What was done, said once at the edge of the window. Not for refusals: those stand where the fault is.
import { Affix, Anchor, Notification, Stack } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { Link } from 'react-router';
import { text } from '../../text';

interface Notice { id: number; message: string; link?: { to: string; name: string } | undefined }
const STAY_MS = 8000;
let notices: readonly Notice[] = [];
let next = 0;
const watchers = new Set<() => void>();
function change(list: readonly Notice[]) {
  notices = list;
  watchers.forEach((watcher) => { watcher(); });
}
const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => { watchers.delete(watcher); };
};

export function say(message: string, link?: { to: string; name: string }): void {
  const id = next;
  next += 1;
  change([...notices, { id, message, link }]);
  window.setTimeout(() => { change(notices.filter((one) => one.id !== id)); }, STAY_MS);
}

export function Notices() {
  const shown = useSyncExternalStore(watch, () => notices);
  return (
    <Affix position={{ bottom: 16, right: 16 }} zIndex={400}>
      <Stack gap="xs" role="status" aria-live="polite" className="notices">
        {shown.map(({ id, message, link }) => (
          <Notification key={id} withBorder color="gray" closeButtonProps={{ 'aria-label': text.state.close }} onClose={() => { change(notices.filter((one) => one.id !== id)); }}>
            {message} {link != null && <Anchor component={Link} to={link.to} inherit underline="always">{link.name}</Anchor>}
          </Notification>
        ))}
      </Stack>
    </Affix>
  );
}
