// Words of the way from nothing to the first proven recovery point.
export const firstSteps = {
  title: 'First steps', lead: 'From nothing to a recovery point that is proven to restore. Each step says what it does in AWS before you take it.', aws: 'In AWS', done: 'Done', next: 'Next', later: 'Later', progress: (done: number, of: number) => `${done} of ${of} done`, all: 'All done: you have a recovery point that was restored.',
  progressOf: (done: number, of: number) => `First steps, ${done} of ${of} done. Next:`, goOn: (name: string) => `Go on with ${name}`, watch: 'Watch it', byHand: 'Choose assets',
  steps: {
    account: { title: 'Connect an AWS account', what: 'Name it, make a role from a template, check it.', aws: 'A role that this installation alone can assume. Holdfast reads what is there; it changes nothing.', go: 'Connect an account', see: 'AWS accounts' },
    policy: { title: 'Say how often, and how long', what: 'A policy has a rhythm and a retention, such as every 12 hours, kept for 2 days.', aws: 'Nothing. A policy acts once assets have it.', go: 'Make a policy', see: 'Policies' },
    protect: { title: 'Protect what matters', what: 'A rule gives the policy to everything that matches, such as all volumes with a tag, also to what is found later.', aws: 'Nothing at once; the first backup starts at its next time.', go: 'Make a rule', see: 'Protected assets' },
    backup: { title: 'Let the first backup run', what: 'Wait for it, or start one by hand on the page of an asset.', aws: 'A snapshot of the volume with our tag, read block by block into the vault, and removed when the next one needs it no more.', go: 'Choose an asset', see: 'Recovery points' },
    restore: { title: 'Restore once', what: 'Only what was restored is known to restore. Use a test account or an image file on the server.', aws: 'A new volume in the zone that you choose; nothing that exists is touched. Delete it when you have looked at it.', go: 'Choose a recovery point', see: 'Restores' },
  },
} as const;
