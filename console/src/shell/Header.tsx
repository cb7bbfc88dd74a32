// The head of every page: where one is, what is at work everywhere, who one is.
import { ActionIcon, Burger, Group, Kbd, Menu, Text, UnstyledButton } from '@mantine/core';
import { IconActivity, IconBellRinging, IconHelp, IconLogout, IconMoon, IconSearch, IconSun, IconTerminal2, IconUserCheck, IconUserCircle } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useMutation } from 'urql';
import { chosenUnit } from '../unit';
import { graphql } from '../gql';
import { text } from '../text';
import { ContextMenu } from './ContextMenu';
import { useCounts } from './counts';
import { useTheme } from './useTheme';
import { useViewer } from './viewer';

const SIGN_OUT = graphql(`mutation SignOut { deleteSession(input: {}) { deletedSessionId providerLogoutUrl userErrors { message } } }`);

function Counts() {
  const { running, alerts, approvals } = useCounts();
  const told = (count: number | null) => count?.toLocaleString('en') ?? text.header.uncounted;
  return (
    <>
      {approvals != null && approvals > 0 && (
        <Link to="/approvals" className="count" data-tone="warn" aria-label={text.header.approvals(approvals)} title={text.header.approvals(approvals)}>
          <IconUserCheck size={14} aria-hidden="true" />{told(approvals)}
        </Link>
      )}
      <Link to="/alerts" className="count" data-tone={(alerts ?? 0) > 0 ? 'bad' : undefined} aria-label={text.header.alerts(alerts)} title={text.header.alerts(alerts)}>
        <IconBellRinging size={14} aria-hidden="true" />{told(alerts)}
      </Link>
      <Link to="/tasks?status=RUNNING" className="count" data-tone={(running ?? 0) > 0 ? 'busy' : undefined} aria-label={text.header.running(running)} title={text.header.running(running)}>
        <IconActivity size={14} aria-hidden="true" />{told(running)}
      </Link>
    </>
  );
}

function UserMenu({ onHelp }: { onHelp: () => void }) {
  const viewer = useViewer();
  const [, signOut] = useMutation(SIGN_OUT);
  const { scheme, flip } = useTheme();
  const name = viewer.user?.name ?? '';
  const initials = name.split(/\s+/).slice(0, 2).map((word) => word.charAt(0)).join('').toUpperCase();
  const leave = () => {
    void signOut({}).then(({ data }) => {
      chosenUnit.set(null);
      location.assign(data?.deleteSession?.providerLogoutUrl ?? '/console');
    });
  };
  return (
    <Menu position="bottom-end" width={240} shadow="md">
      <Menu.Target><UnstyledButton className="avatar" aria-label={text.header.me(name, initials)}>{initials}</UnstyledButton></Menu.Target>
      <Menu.Dropdown>
        <Menu.Label><Text size="sm" fw={600} c="var(--mantine-color-text)">{name}</Text><Text size="xs" className="wrap">{viewer.user?.email}</Text></Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<IconUserCircle size={14} />} component={Link} to="/account">{text.account.title}</Menu.Item>
        <Menu.Item leftSection={scheme === 'dark' ? <IconSun size={14} /> : <IconMoon size={14} />} onClick={flip}>{text.header.theme}</Menu.Item>
        <Menu.Item leftSection={<IconHelp size={14} />} onClick={onHelp}>{text.header.keys}</Menu.Item>
        <Menu.Item leftSection={<IconTerminal2 size={14} />} component="a" href="/graphiql" target="_blank">{text.header.graphiql}</Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={14} />} onClick={leave}>{text.header.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function Header({ opened, onToggle, onSearch, onHelp }: { opened: boolean; onToggle: () => void; onSearch: () => void; onHelp: () => void }) {
  return (
    <Group h="100%" justify="space-between" wrap="nowrap" gap="sm">
      <Group gap="sm" wrap="nowrap" className="header-left">
        <Burger opened={opened} onClick={onToggle} hiddenFrom="sm" size="sm" aria-label={opened ? text.nav.close : text.nav.open} />
        <Link to="/" className="brand" aria-label={text.product}><img src="/icon.svg" alt="" width={20} height={20} /><span className="wide">{text.product}</span></Link>
        <ContextMenu />
      </Group>
      <Group gap="xs" wrap="nowrap">
        <UnstyledButton className="search-button wide" onClick={onSearch}><IconSearch size={14} aria-hidden="true" /><span>{text.header.search}</span><Kbd size="xs" aria-hidden="true">/</Kbd></UnstyledButton>
        <ActionIcon variant="default" size={28} hiddenFrom="sm" aria-label={text.header.search} onClick={onSearch}><IconSearch size={14} /></ActionIcon>
        <Counts />
        <UserMenu onHelp={onHelp} />
      </Group>
    </Group>
  );
}
