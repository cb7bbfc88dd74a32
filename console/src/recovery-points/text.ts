// Words of recovery points and of restoring.
export const points = {
  title: 'Recovery points', asset: 'Asset', taken: 'Taken', status: 'State', proof: 'Proof', size: 'Size', added: 'Added', place: 'Kept in', expires: 'Expires', full: 'Full', increment: 'Increment', none: 'No recovery point matches.', restore: 'Restore', verify: 'Verify now', verifying: 'The verification has been queued.',
} as const;

export const restore = {
  title: 'Restore a volume', intro: (name: string) => `A new EBS volume with the content of ${name}; nothing that exists is changed.`, zone: 'Availability zone', zoneWrong: 'A zone is a region and a letter, for example eu-central-1a.', type: 'Volume type', same: 'As the original',
  iops: 'IOPS', throughput: 'Throughput in MiB/s', encrypted: 'Encrypt the volume', account: 'AWS account', region: 'Region', submit: 'Restore', cannot: 'This point cannot be restored by you.',
} as const;
