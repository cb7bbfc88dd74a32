// Where one can go, in the order in which a day asks for it. A place without an address is kept for what is to come: it is
// not shown, and whoever builds it finds where it belongs. There are no empty pages.
import { IconActivity, IconApi, IconFlag, IconGavel, IconLock, IconLogin2, IconSettings, IconBellRinging, IconCalendarEvent, IconCloud, IconDatabase, IconFilterCheck, IconHistory, IconKey, IconLayoutDashboard, IconReportAnalytics, IconServer2, IconShieldCheck, IconSitemap, IconUserCheck, IconUsers, IconUserShield, type Icon } from '@tabler/icons-react';
import type { Permission } from '../gql/graphql';
import { text } from '../text';

export interface Place {
  name: string;
  icon: Icon;
  to?: string;
  /** Second key of the shortcut that begins with `g`. */
  key?: string;
  /** Hidden from whoever lacks it. */
  needs?: Permission;
  /** Leaves the navigation once the first steps are done; the palette keeps it. */
  begins?: boolean;
}

export const sections: { title: string; places: Place[] }[] = [
  { title: text.nav.protection, places: [
    { name: text.nav.firstSteps, icon: IconFlag, to: '/first-steps', needs: 'AWS_ACCOUNT_MANAGE', begins: true },
    { name: text.nav.dashboard, icon: IconLayoutDashboard, to: '/', key: 'd' },
    { name: text.nav.assets, icon: IconServer2, to: '/assets', key: 'a' },
    { name: text.nav.policies, icon: IconShieldCheck, to: '/policies', key: 'p' },
    { name: text.nav.rules, icon: IconFilterCheck, to: '/protection-rules', key: 'y' },
    { name: text.nav.points, icon: IconDatabase, to: '/recovery-points', key: 'r' },
    { name: text.nav.holds, icon: IconGavel, to: '/legal-holds' },
    { name: text.nav.calendar, icon: IconCalendarEvent, to: '/calendar', key: 'c' },
  ] },
  { title: text.nav.activity, places: [
    { name: text.nav.tasks, icon: IconActivity, to: '/tasks', key: 't' },
    { name: text.nav.alerts, icon: IconBellRinging, to: '/alerts', key: 'e' },
    { name: text.nav.approvals, icon: IconUserCheck, to: '/approvals', key: 'v' },
    { name: text.nav.reports, icon: IconReportAnalytics },
  ] },
  { title: text.nav.administration, places: [
    { name: text.nav.accounts, icon: IconCloud, to: '/aws-accounts', key: 'w' },
    { name: text.nav.keys, icon: IconKey },
    { name: text.nav.users, icon: IconUsers, to: '/users', key: 'u', needs: 'USER_MANAGE' },
    { name: text.nav.roles, icon: IconUserShield, to: '/roles', key: 'o' },
    { name: text.nav.units, icon: IconSitemap, to: '/organizational-units' },
    { name: text.nav.providers, icon: IconLogin2, to: '/identity-providers', needs: 'SSO_MANAGE' },
    { name: text.nav.tokens, icon: IconApi, to: '/service-tokens', needs: 'SERVICE_TOKEN_MANAGE' },
    { name: text.nav.organization, icon: IconSettings, to: '/organization', needs: 'SETTINGS_MANAGE' },
    { name: text.nav.lock, icon: IconLock, to: '/vault-lock', needs: 'SETTINGS_MANAGE' },
    { name: text.nav.audit, icon: IconHistory, to: '/audit', key: 'l', needs: 'AUDIT_READ' },
  ] },
];

/** What this viewer can open. */
export function shown(permissions: readonly Permission[]) {
  return sections
    .map(({ title, places }) => ({ title, places: places.flatMap((place) => (place.to != null && (place.needs == null || permissions.includes(place.needs)) ? [{ ...place, to: place.to }] : [])) }))
    .filter(({ places }) => places.length > 0);
}
