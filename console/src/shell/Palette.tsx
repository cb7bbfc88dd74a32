// Search over everything and commands, in one field: what is typed is matched with places and commands here, and with
// names and identifiers by the server.
import { Combobox, Kbd, Modal, Text, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconArrowRight, IconCloud, IconCommand, IconHash, IconSearch, IconServer2, IconShieldCheck, type Icon } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import { useQuery } from 'urql';
import { named } from '../format';
import { graphql } from '../gql';
import { text } from '../text';
import { commands } from './commands';
import { current, fits } from './hits';
import { useTheme } from './useTheme';
import { useViewer } from './viewer';

const SEARCH = graphql(`query Search($text: String!) {
  assets(first: 6, filter: { search: $text }) { nodes { id name nativeId kind region } }
  policies(first: 4, filter: { search: $text }) { nodes { id name } }
  awsAccounts(first: 3, filter: { search: $text }) { nodes { id name accountId } }
}`);
const BY_ID = graphql(`query SearchById($id: ID!) { node(id: $id) { __typename id } }`);
const ID = /^[a-z]+_[0-9a-z]{26}$/;
const ROOM_OF: Record<string, (id: string) => string> = {
  Asset: (id) => `/assets/${id}`, Task: (id) => `/tasks/${id}`, Policy: (id) => `/policies/${id}`, RecoveryPoint: (id) => `/recovery-points/${id}`, AwsAccount: (id) => `/aws-accounts/${id}`,
  Alert: (id) => `/alerts/${id}`, ApprovalRequest: (id) => `/approvals/${id}`, IdentityProvider: (id) => `/identity-providers/${id}`, LegalHold: (id) => `/legal-holds/${id}`, ProtectionRule: (id) => `/protection-rules/${id}`, Role: (id) => `/roles/${id}`, User: (id) => `/users/${id}`,
};
const PAUSE_MS = 150;

interface Hit { key: string; group: string; name: string; note?: string | undefined; icon: Icon; keys?: string | undefined; run: () => void }

function useHits(typed: string, places: { name: string; to: string; key?: string }[], onHelp: () => void): Hit[] {
  const go = useNavigate();
  const { permissions } = useViewer();
  const { flip } = useTheme();
  const [asked] = useDebouncedValue(typed.trim(), PAUSE_MS);
  const isId = ID.test(asked);
  const [found] = useQuery({ query: SEARCH, variables: { text: asked }, pause: asked.length < 2 || isId });
  const [byId] = useQuery({ query: BY_ID, variables: { id: asked }, pause: !isId });
  return useMemo(() => {
    const wanted = typed.trim().toLowerCase();
    const open = (to: string) => () => { void go(to); };
    const here: Hit[] = [
      ...places.map(({ name, to, key }) => ({ key: to, group: text.palette.go, name, icon: IconArrowRight, keys: key == null ? undefined : `g ${key}`, run: open(to) })),
      ...commands(permissions).map(({ name, to }) => ({ key: name, group: text.palette.commands, name, icon: IconCommand, run: open(to) })),
      { key: 'theme', group: text.palette.commands, name: text.header.theme, icon: IconCommand, keys: 'D', run: flip },
      { key: 'help', group: text.palette.commands, name: text.header.keys, icon: IconCommand, keys: '?', run: onHelp },
    ].filter(({ name }) => fits(typed, name));
    if (wanted.length < 2) return here;
    const node = isId && asked === typed.trim() ? byId.data?.node : null;
    const room = node == null ? undefined : ROOM_OF[node.__typename];
    const { assets, policies, awsAccounts } = (isId ? undefined : found.data) ?? {};
    // The answer is that of the word before until the new one is there.
    const about = found.fetching ? '' : asked;
    return [
      ...(node != null && room != null ? [{ key: node.id, group: text.palette.byId, name: named(node.__typename), note: node.id, icon: IconHash, run: open(room(node.id)) }] : []),
      ...current(assets?.nodes ?? [], about, typed, (one) => [one.name, one.nativeId]).map((asset) => ({ key: asset.id, group: text.palette.assets, name: asset.name, note: `${asset.nativeId} · ${asset.region}`, icon: IconServer2, run: open(`/assets/${asset.id}`) })),
      ...current(policies?.nodes ?? [], about, typed, (one) => [one.name]).map((policy) => ({ key: policy.id, group: text.palette.policies, name: policy.name, icon: IconShieldCheck, run: open(`/policies/${policy.id}`) })),
      ...current(awsAccounts?.nodes ?? [], about, typed, (one) => [one.name, one.accountId]).map((account) => ({ key: account.id, group: text.palette.accounts, name: account.name, note: account.accountId, icon: IconCloud, run: open(`/aws-accounts/${account.id}`) })),
      ...here,
    ];
  }, [typed, places, permissions, flip, onHelp, found.data, found.fetching, asked, byId.data, isId, go]);
}

function Hits({ places, onClose, onHelp }: { places: { name: string; to: string; key?: string }[]; onClose: () => void; onHelp: () => void }) {
  const [typed, setTyped] = useState('');
  const hits = useHits(typed, places, onHelp);
  const combobox = useCombobox({ opened: true });
  const groups = [...new Set(hits.map(({ group }) => group))];
  return (
    <Combobox store={combobox} onOptionSubmit={(key) => { onClose(); hits.find((hit) => hit.key === key)?.run(); }}>
      <Combobox.EventsTarget>
        <TextInput size="md" data-autofocus aria-label={text.palette.label} placeholder={text.palette.placeholder} leftSection={<IconSearch size={16} aria-hidden="true" />} value={typed}
          onChange={(event) => { setTyped(event.currentTarget.value); combobox.selectFirstOption(); }} />
      </Combobox.EventsTarget>
      <Combobox.Options className="scrolls" mah={380} mt="xs" aria-label={text.palette.title}>
        {hits.length === 0 && <Combobox.Empty>{text.palette.none}</Combobox.Empty>}
        {groups.map((group) => (
          <Combobox.Group key={group} label={group}>
            {hits.filter((hit) => hit.group === group).map(({ key, name, note, icon: Icon, keys }) => (
              <Combobox.Option key={key} value={key} className="hit">
                <Icon size={14} aria-hidden="true" /><span className="hit-name">{name}</span>{note != null && <Text span size="xs" c="dimmed" className="hit-note">{note}</Text>}{keys != null && <Kbd size="xs" aria-hidden="true">{keys}</Kbd>}
              </Combobox.Option>
            ))}
          </Combobox.Group>
        ))}
      </Combobox.Options>
      <Text size="xs" c="dimmed" mt="xs">{text.palette.hint}</Text>
    </Combobox>
  );
}

export function Palette({ opened, onClose, onHelp, places }: { opened: boolean; onClose: () => void; onHelp: () => void; places: { name: string; to: string; key?: string }[] }) {
  return (
    <Modal opened={opened} onClose={onClose} title={text.palette.title} size="lg" classNames={{ body: 'palette' }} closeButtonProps={{ 'aria-label': text.state.close }} yOffset="10vh">
      <Hits places={places} onClose={onClose} onHelp={onHelp} />
    </Modal>
  );
}
