// Words of recovery points and of restoring.
import { plural } from '../plural';

export const points = {
  title: 'Recovery points', one: 'Recovery point', asset: 'Asset', taken: 'Taken', status: 'State', proof: 'Proof', size: 'Size', added: 'Stored', place: 'Kept in', archive: 'in the archive tier (a restore takes up to three days)', expires: 'Expires', full: 'Full', increment: 'Increment', kind: 'Kind',
  none: 'No recovery point matches.', noneHint: 'A recovery point appears when a backup has been written and read back.', restore: 'Restore', verify: 'Verify now', verifying: 'The verification has been queued.', see: 'See the task',
  noAttempts: 'Nobody has tried to prove it since it was read back.', attempts: 'Verifications', attempt: (wanted: string, proof: string, read: string) => `asked for ${wanted.toLowerCase()}, shown ${proof.toLowerCase()}, ${read} read`, evidenceDigest: 'SHA-256 of the evidence', retention: 'Retention', keepUntil: 'Keep until the end of', keptUntil: (instant: string) => `Kept until ${instant}`, endsOn: (instant: string) => `Ends on ${instant}`, locked: 'Locked until', holds: 'Legal holds', hold: 'Place a hold', ends: 'Ends since', facts: 'Details', evidence: 'Proof and evidence', policy: 'Policy', task: 'Made by', proven: 'Proven', digest: 'SHA-256 of the content', snapshot: 'Snapshot at AWS', vaultSnapshot: 'Snapshot in the vault', id: 'Identifier', never: 'kept until told otherwise', byHand: 'by hand', saved: (share: string) => `${share} saved by storing only what is new, compressed`,
  extending: { action: 'Keep longer', title: 'Keep this recovery point longer', body: 'It is kept until the end of the day that you choose. You alone can do this; making it shorter again takes a second person.', done: 'It is kept longer.' },
  undoing: { action: 'Take it back', title: 'Take this recovery point back', body: 'It has begun to end. Taken back it is available again, and is kept until the end of the day that you choose.', done: 'It is available again.' },
  ending: {
    open: 'End earlier', action: 'Ask for it', title: (count: number) => (count === 1 ? 'End this recovery point earlier' : `End ${count.toLocaleString('en')} recovery points earlier`), when: 'When', now: 'At once', then: 'At the end of a day', reason: 'Why', reasonHint: 'The second person reads it.', effect: 'What will happen',
    ends: (count: number, size: string) => `${plural(count, 'recovery point ends', 'recovery points end')}; ${count === 1 ? 'it has' : 'they have'} added ${size} to what is stored.`,
    says: (approval: number, undo: number) => [`A second person must agree within ${plural(approval, 'day')}; until then nothing changes.`, `Then comes an undo window of ${plural(undo, 'day')}, in which it can be taken back.`, 'After that the data is removed, except what other recovery points share.'],
    stay: (count: number) => plural(count, 'recovery point stays as it is', 'recovery points stay as they are'),
    kept: {
      STATE: (count: number) => `${plural(count, 'is', 'are')} ending or gone already`, RIGHT: (count: number) => `${count} you may not end`, HELD: (count: number) => `${plural(count, 'is', 'are')} kept by a legal hold`,
      LOCKED: (count: number) => `${plural(count, 'is', 'are')} locked for longer`, NEWEST: (count: number) => `${plural(count, 'is the newest one of its asset, which', 'are the newest ones of their assets, which')} a policy protects`, SOONER: (count: number) => `${plural(count, 'ends', 'end')} sooner anyway`,
    },
  },
  proofs: {
    NONE: 'Nothing of it has been read back since it was written.', CHECKSUMS_MATCH: 'Every block has been read back from the vault, and its checksum matches.', RESTORED: 'It has been restored, and the restored copy was read.', CONTENT_MATCHES: 'It has been restored, and the content of the copy equals the original.',
  },
  tooMany: (most: number) => `At most ${most} at once.`, braked: 'Recovery points are held back from ending', brakedHint: 'They are kept until somebody has looked at this.',
  gone: 'This point can no longer be restored.', from: 'Taken from', until: 'Taken until',
} as const;

export const restore = {
  title: 'Restore', intro: (name: string, when: string) => `${name} as it was on ${when}`, safe: 'A restore makes something new. Nothing that exists is changed.',
  what: 'Restore into', volume: 'A new EBS volume', image: 'An image file on the server', where: 'Where', performance: 'Volume', encryption: 'Encryption', tagging: 'Tags',
  account: 'AWS account', region: 'Region', zone: 'Availability zone', zoneWrong: (region: string) => `Name a zone of ${region}, such as ${region}a.`, type: 'Volume type', same: 'As the original', sameType: 'volume like the original', typed: (type: string, speed: string) => `${type}${speed === '' ? '' : ` (${speed})`} volume`,
  iops: 'IOPS', iopsNeeded: (type: string) => `Volumes of type ${type} need IOPS.`, throughput: 'Throughput in MiB/s', rate: 'Initialization rate in MiB/s', rateHint: 'How fast AWS loads the blocks. AWS charges for it; empty loads them as they are read.', standard: 'Standard',
  range: (min: number, max: number) => `${min.toLocaleString('en')} to ${max.toLocaleString('en')}.`,
  encrypted: 'Encrypt the volume', key: 'KMS key', keyHint: 'Identifier, ARN or alias; empty takes the default key of the account.', addTag: 'Add a tag', tagKey: 'Key', tagValue: 'Value', removeTag: (key: string) => `Remove the tag ${key}`, tagsMax: (max: number) => `At most ${plural(max, 'tag')}.`, tagEmpty: 'A tag needs a key.', tagAws: 'Keys that begin with aws: belong to AWS.', tagTwice: 'This key is there twice.', noTags: 'Tags of the original are not taken over: they could put the copy under a policy.',
  file: 'File name', fileHint: 'It lands in the restore folder of the server.', fileWrong: '1 to 100 letters, digits, dots, hyphens and underscores, beginning with a letter or digit.',
  review: 'What will happen', sentence: (what: string, zone: string, account: string, secret: string, tags: number) => `A new ${what} in ${zone} of ${account}, ${secret}${tags === 0 ? '' : `, with ${plural(tags, 'tag')}`}.`,
  sayIops: (iops: number) => `${iops.toLocaleString('en')} IOPS`, sayThroughput: (throughput: number) => `${throughput.toLocaleString('en')} MiB/s`, sayPlain: 'not encrypted', sayDefaultKey: 'encrypted with the default key of the account', sayKey: (key: string) => `encrypted with ${key}`,
  fileSentence: (name: string, size: string) => `A raw image ${name} of ${size} in the restore folder of the server.`, submit: 'Restore', cannot: 'You may not restore this point.', notNow: 'Only an available or a damaged point can be restored.', accountNeeded: 'The account of this asset is not linked: choose another one.',
  damaged: 'This recovery point is damaged', damagedHint: 'Part of it could not be read, or is not what was written. Another recovery point of the asset may be whole. What the vault cannot give ends the restore.', damagedSee: 'See its last verification', insist: 'Restore it all the same', unproven: 'This point has not been verified. It will be read and checked while it is restored.',
} as const;
