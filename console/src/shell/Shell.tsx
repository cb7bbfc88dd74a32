// The frame around every room: where one can go, what is at work, who one is. Places of rooms to come (reports, alerts,
// keys) are entries of ROOMS when they exist; there are no empty pages.
import { ActionIcon, Alert, AppShell, Burger, Button, Group, Text, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconActivity, IconCloud, IconDatabase, IconHistory, IconLayoutDashboard, IconListDetails, IconMoon, IconServer2, IconShieldCheck, IconSun } from '@tabler/icons-react';
import { useEffect } from 'react';
import { Link, NavLink, Outlet } from 'react-router';
import { useMutation, useSubscription } from 'urql';
import { graphql } from '../gql';
import { follow, useLine } from '../live';
import { text } from '../text';

const ROOMS = [
  { title: text.nav.protection, rooms: [
    { to: '/', name: text.nav.dashboard, icon: IconLayoutDashboard },
    { to: '/assets', name: text.nav.assets, icon: IconServer2 },
    { to: '/policies', name: text.nav.policies, icon: IconShieldCheck },
    { to: '/recovery-points', name: text.nav.points, icon: IconDatabase },
    { to: '/tasks', name: text.nav.tasks, icon: IconListDetails },
  ] },
  { title: text.nav.administration, rooms: [
    { to: '/aws-accounts', name: text.nav.accounts, icon: IconCloud },
    { to: '/audit', name: text.nav.audit, icon: IconHistory },
  ] },
];

const COUNTS = graphql(`subscription RunningTasks { activityCounts { running queued } }`);
const SIGN_OUT = graphql(`mutation SignOut { deleteSession(input: {}) { deletedSessionId userErrors { message } } }`);

export function Shell({ viewer, cursor }: { viewer: { name: string; organization: string }; cursor: string | null }) {
  const [opened, { toggle, close }] = useDisclosure();
  const [{ data }] = useSubscription({ query: COUNTS });
  const [, signOut] = useMutation(SIGN_OUT);
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const line = useLine();
  useEffect(() => follow(cursor), [cursor]);
  const running = data?.activityCounts.running ?? 0;
  return (
    <AppShell header={{ height: 48 }} navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding="lg" transitionDuration={0}>
      <a className="skip" href="#content">{text.skip}</a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={text.nav.open} />
            <Link to="/" className="brand"><img src="/icon.svg" alt="" width={20} height={20} />{text.product}</Link>
            <Text size="sm" c="dimmed" visibleFrom="sm">{viewer.organization}</Text>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <Button component={Link} to="/tasks?status=RUNNING" size="compact-sm" variant={running > 0 ? 'filled' : 'default'} leftSection={<IconActivity size={14} />} aria-label={text.header.running(running)}>
              {running}
            </Button>
            <ActionIcon variant="default" size="md" aria-label={text.header.theme} onClick={() => { setColorScheme(scheme === 'dark' ? 'light' : 'dark'); }}>
              {scheme === 'dark' ? <IconSun size={16} /> : <IconMoon size={16} />}
            </ActionIcon>
            <Text size="sm" visibleFrom="sm">{viewer.name}</Text>
            <Button size="compact-sm" variant="default" onClick={() => { void signOut({}).then(() => { location.assign('/console'); }); }}>{text.header.signOut}</Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={text.nav.label}>
        {ROOMS.map(({ title, rooms }) => (
          <div key={title}>
            <p className="nav-title">{title}</p>
            {rooms.map(({ to, name, icon: Icon }) => <NavLink key={to} to={to} end={to === '/'} className="nav-link" onClick={close}><Icon size={16} aria-hidden="true" />{name}</NavLink>)}
          </div>
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content">
        {line === 'offline' && <Alert color="orange" variant="outline" role="status" mb="md">{text.header.offline}</Alert>}
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
