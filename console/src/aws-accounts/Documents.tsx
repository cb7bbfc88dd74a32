// The documents that let Holdfast into an account, to be copied or kept as files.
import { Button, Stack, Tabs, Text, Title } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { accounts } from './text';
import './accounts.css';

interface Setup { cloudFormation: string; terraform: string; trustPolicy: string; permissionPolicy: string }
const words = accounts.setup;

function Document({ label, text, file }: { label: string; text: string; file: string }) {
  const clipboard = useClipboard();
  const address = `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
  return (
    <div className="document">
      <div>
        <Button size="compact-xs" variant="default" onClick={() => { clipboard.copy(text); }}>{clipboard.copied ? words.copied : words.copy}</Button>
        <Button size="compact-xs" variant="default" component="a" href={address} download={file}>{words.download}</Button>
      </div>
      <pre tabIndex={0} role="region" aria-label={label}>{text}</pre>
    </div>
  );
}

export function Documents({ setup }: { setup: Setup }) {
  return (
    <Tabs defaultValue="cloudFormation">
      <Tabs.List aria-label={words.again}>
        <Tabs.Tab value="cloudFormation">{words.cloudFormation}</Tabs.Tab>
        <Tabs.Tab value="terraform">{words.terraform}</Tabs.Tab>
        <Tabs.Tab value="policies">{words.policies}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="cloudFormation" pt="md"><Stack gap="sm"><Text size="sm">{words.how.cloudFormation}</Text><Document label={words.cloudFormation} text={setup.cloudFormation} file="holdfast.yaml" /></Stack></Tabs.Panel>
      <Tabs.Panel value="terraform" pt="md"><Stack gap="sm"><Text size="sm">{words.how.terraform}</Text><Document label={words.terraform} text={setup.terraform} file="holdfast.tf" /></Stack></Tabs.Panel>
      <Tabs.Panel value="policies" pt="md">
        <Stack gap="sm">
          <Text size="sm">{words.how.policies}</Text>
          <Title order={3}>{words.trust}</Title><Document label={words.trust} text={setup.trustPolicy} file="holdfast-trust.json" />
          <Title order={3}>{words.permission}</Title><Document label={words.permission} text={setup.permissionPolicy} file="holdfast-permissions.json" />
        </Stack>
      </Tabs.Panel>
    </Tabs>
  );
}
