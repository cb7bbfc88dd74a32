// The first step of connecting: what the account is called and how Holdfast gets in. The next steps (role, check) are on the
// page of the account, so that one can leave and come back. Invariant: nothing is changed in AWS by this.
import { Checkbox, Group, MultiSelect, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Form, useAct } from '../act';
import { graphql } from '../gql';
import type { AssetKind } from '../gql/graphql';
import { Password } from '../session/Password';
import { Page, Panel } from '../shell/parts';
import { regionChoices } from './regions';
import { Steps } from './Steps';
import { accounts } from './text';

const CONNECT = graphql(`mutation ConnectAwsAccount($input: ConnectAwsAccountInput!) { connectAwsAccount(input: $input) { awsAccount { id } task { id } userErrors { field message } } }`);
const KINDS: AssetKind[] = ['EBS_VOLUME', 'EC2_INSTANCE'];
const FIELDS = ['name', 'accountId', 'regions', 'assetKinds', 'access.role.roleArn', 'access.staticKeys.accessKeyId', 'access.staticKeys.secretAccessKey'];
const ROLE_ARN = /^arn:aws[\w-]*:iam::\d{12}:role\/.+$/;
const words = accounts.connect;

export default function Connect() {
  const connect = useAct(CONNECT);
  const go = useNavigate();
  const [value, setValue] = useState({ name: '', accountId: '', roleArn: '', accessKeyId: '', secretAccessKey: '' });
  const [regions, setRegions] = useState<string[]>([]);
  const [assetKinds, setKinds] = useState<AssetKind[]>(KINDS);
  const [byKeys, setByKeys] = useState(false);
  const text = (name: keyof typeof value) => ({ value: value[name], onChange: (event: { currentTarget: { value: string } }) => { setValue({ ...value, [name]: event.currentTarget.value }); } });
  const atRegions = connect.problems.filter(({ at }) => at.startsWith('regions'));

  async function submit() {
    const accountId = value.accountId.replaceAll(/[\s-]/g, '');
    const roleArn = value.roleArn.trim();
    const wrong = [
      ...(/^\d{12}$/.test(accountId) ? [] : [{ at: 'accountId', message: words.numberWrong }]),
      ...(byKeys || roleArn === '' || ROLE_ARN.test(roleArn) ? [] : [{ at: 'access.role.roleArn', message: words.arnWrong }]),
    ];
    if (wrong.length > 0) {
      connect.refuse(wrong);
      return;
    }
    const access = byKeys
      ? { staticKeys: { accessKeyId: value.accessKeyId.trim(), secretAccessKey: value.secretAccessKey.trim() } }
      : { role: { roleArn: roleArn === '' ? null : roleArn } };
    const made = await connect.run({ name: value.name, accountId, regions, assetKinds, access });
    if (made?.awsAccount != null) await go(`/aws-accounts/${made.awsAccount.id}`);
  }

  return (
    <Page title={words.title} way={[{ to: '/aws-accounts', name: accounts.title }]}>
      <Steps at={0} />
      <Panel padded>
        <div className="measure">
          <Form act={connect} fields={[...FIELDS, ...atRegions.map(({ at }) => at)]} submit={words.submit} onSubmit={() => void submit()}>
            <TextInput label={accounts.name} description={words.nameHint} error={connect.at('name')} autoFocus {...text('name')} />
            <TextInput label={accounts.number} description={words.numberHint} inputMode="numeric" error={connect.at('accountId')} {...text('accountId')} />
            <MultiSelect label={accounts.regions} description={words.regionsHint} searchable data={regionChoices(regions)} value={regions} error={atRegions.map(({ message }) => message).join(' ') || undefined} onChange={setRegions} />
            <Checkbox.Group label={words.kinds} value={assetKinds} error={connect.at('assetKinds')} onChange={(chosen) => { setKinds(KINDS.filter((kind) => chosen.includes(kind))); }}>
              <Group gap="lg" mt={6}>{KINDS.map((kind) => <Checkbox key={kind} value={kind} label={accounts.kindNames[kind]} />)}</Group>
            </Checkbox.Group>
            <Radio.Group label={words.access} value={byKeys ? 'keys' : 'role'} onChange={(chosen) => { setByKeys(chosen === 'keys'); }}>
              <Stack gap="sm" mt={6}>
                <Radio value="role" label={words.role} description={words.roleHint} />
                <Radio value="keys" label={words.keys} description={words.keysHint} />
              </Stack>
            </Radio.Group>
            {byKeys ? (
              <>
                <TextInput label={words.keyId} autoComplete="off" error={connect.at('access.staticKeys.accessKeyId')} {...text('accessKeyId')} />
                <Password label={words.secret} autoComplete="off" error={connect.at('access.staticKeys.secretAccessKey')} {...text('secretAccessKey')} />
              </>
            ) : <TextInput label={words.roleArn} description={words.roleArnHint} error={connect.at('access.role.roleArn')} {...text('roleArn')} />}
            <Text size="sm" c="dimmed">{words.does}</Text>
          </Form>
        </div>
      </Panel>
    </Page>
  );
}
