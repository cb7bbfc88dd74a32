// Words of linked AWS accounts.
import { plural } from '../plural';

export const accounts = {
  title: 'AWS accounts', one: 'AWS account', name: 'Name', number: 'Account', status: 'State', regions: 'Regions', region: 'Region', missing: 'Missing permissions', none: 'No AWS account is connected.', noneHint: 'Connect one to see what is in it. Nothing changes in AWS by that: Holdfast reads the inventory.',
  inventory: 'Inventory read', refresh: 'Read inventory', refreshing: 'The inventory is being read.', search: 'Name or account', unit: 'Unit', kinds: 'Assets', gone: 'There is no such account.', count: (regions: number) => plural(regions, 'region'), lacks: (count: number) => plural(count, 'missing', 'missing'),
  kindNames: { EBS_VOLUME: 'EBS volumes', EC2_INSTANCE: 'EC2 instances' },
  connect: {
    title: 'Connect an AWS account', open: 'Connect account', steps: 'Steps', first: 'Name the account', second: 'Make the role', third: 'Check', nameHint: 'How you call it here, such as “Production”.', numberWrong: 'An account has twelve digits.', arnWrong: 'The ARN of a role looks like arn:aws:iam::123456789012:role/Name.', numberHint: 'Twelve digits, as in the top right of the AWS console.', regionsHint: 'Where Holdfast looks for assets. You can change this later.', kinds: 'Kinds of assets',
    access: 'Access', role: 'By a role', roleHint: 'You make a role in the account from a template that we show next. It can be used by this installation alone, with an external id that is made for you.', roleArn: 'ARN of the role', roleArnHint: 'Leave empty for the role of the template.', keys: 'By access keys', keysHint: 'For stand-ins of AWS, where the operator of this installation allows it. The secret is sealed at once and never shown again.',
    keyId: 'Access key id', secret: 'Secret access key', submit: 'Continue', does: 'This changes nothing in AWS. Holdfast keeps the name and makes an external id.',
  },
  setup: {
    title: 'Make the role in AWS', hint: 'The template makes one role with the least that the chosen assets need: it reads inventory and snapshots, makes snapshots and volumes that carry our tag, and touches nothing else.', cloudFormation: 'CloudFormation', terraform: 'Terraform', policies: 'Policies only', trust: 'Trust policy', permission: 'Permission policy',
    copy: 'Copy', copied: 'Copied', download: 'Download', how: { cloudFormation: 'In the AWS console open CloudFormation, create a stack with this file, and confirm that it makes an IAM role.', terraform: 'Add this file to a module that is applied with rights on the account.', policies: 'Make the role by hand with these two documents, under the name that stands at the end of “Role” below. If yours is called otherwise, give its ARN to Holdfast by “Change”.' },
    checkTitle: 'Then check the connection', checkHint: 'Holdfast assumes the role and tries each permission without changing anything. After that it reads the inventory.', again: 'Templates', againHint: 'For adding permissions that are missing.',
  },
  check: { last: 'Last check', run: 'Check now', started: 'The check is at work; the state follows by itself.' },
  health: { title: 'Regions', fine: 'none', never: 'not yet read', fix: 'Update the role from the templates, then check again.' },
  facts: { title: 'Account', access: 'Access', role: 'Role', keys: 'Access keys', externalId: 'External id', since: 'Added' },
  change: { open: 'Change', title: 'Change the account', save: 'Save', unitHint: 'The account goes to the unit with its assets and recovery points.' },
  disconnect: { open: 'Disconnect', question: (name: string) => `Disconnect ${name}?`, hint: 'Backups of its assets stop. Recovery points stay and can be restored into other accounts. In AWS nothing changes: delete the role yourself.' },
  live: 'Live', found: (count: number) => (count === 1 ? '1 asset' : `${count >= 10_000 ? '10,000+' : count.toLocaleString('en')} assets`),
} as const;
