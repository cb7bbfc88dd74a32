// The frame around every room: where one can go, what is at work, who one is. Not for any noun.
import { Alert, AppShell } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { useEffect, useMemo } from 'react';
import { NavLink, Outlet, ScrollRestoration, useLocation, useNavigate } from 'react-router';
import { attend } from '../attended';
import { here } from '../client';
import { useFinished } from '../first-steps/finished';
import { useLine, useLive } from '../live';
import { text } from '../text';
import { showUnit } from '../unit';
import { Header } from './Header';
import { HelpSheet } from './HelpSheet';
import { shown } from './navigation';
import { Palette } from './Palette';
import { Notices } from './parts';
import { useShortcuts } from './shortcuts';
import { useTheme } from './useTheme';
import { useViewer } from './viewer';

const NOTHING = () => undefined;

export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  const [searching, search] = useDisclosure();
  const [helping, help] = useDisclosure();
  const { permissions, organization } = useViewer();
  const sections = useMemo(() => shown(permissions), [permissions]);
  const finished = useFinished(organization?.id ?? '', permissions.includes('AWS_ACCOUNT_MANAGE'));
  const go = useNavigate();
  const line = useLine();
  const { flip } = useTheme();
  // The stream of tasks stays open in every room: it keeps the place from which other streams begin.
  useLive(NOTHING, 'task');
  useHotkeys([['mod+K', search.open]], []);
  const places = useMemo(() => sections.flatMap((section) => section.places), [sections]);
  const keys = useMemo(() => [
    ...places.flatMap(({ key, to }) => (key == null ? [] : [{ keys: `g ${key}`, run: () => { void go(to); } }])),
    { keys: '/', run: search.open }, { keys: '?', run: help.open }, { keys: 'D', run: flip },
  ], [places, go, search.open, help.open, flip]);
  useShortcuts(keys);
  const { key } = useLocation();
  useEffect(showUnit, [key]);
  useEffect(() => attend(here), []);
  return (
    <AppShell header={{ height: 48 }} navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding={{ base: 'md', sm: 'lg' }} transitionDuration={0}>
      <a className="skip" href="#content">{text.skip}</a>
      <AppShell.Header px={{ base: 'sm', sm: 'md' }}><Header opened={opened} onToggle={toggle} onSearch={search.open} onHelp={help.open} /></AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={text.nav.label} className="scrolls">
        {sections.map(({ title, places }) => (
          <div key={title}>
            <p className="nav-title">{title}</p>
            {places.filter(({ begins = false }) => !(begins && finished)).map(({ to, name, icon: Icon }) => <NavLink key={to} to={to} end={to === '/'} className="nav-link" onClick={close}><Icon size={16} stroke={1.75} aria-hidden="true" />{name}</NavLink>)}
          </div>
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        {line === 'offline' && <Alert color="orange" variant="outline" role="status" mb="md">{text.header.offline}</Alert>}
        <Outlet />
        <ScrollRestoration />
      </AppShell.Main>
      <Palette opened={searching} onClose={search.close} onHelp={help.open} places={places} />
      <HelpSheet opened={helping} onClose={help.close} places={places} />
      <Notices />
    </AppShell>
  );
}
