// Words of tasks.
export const tasks = {
  title: 'Tasks', one: 'Task', kind: 'Task', asset: 'Asset', about: 'About', nothing: 'The vault', status: 'State', progress: 'Progress', begun: 'Created', took: 'Duration', left: 'Remaining', cause: 'Cause',
  none: 'No task matches.', noneHint: 'Tasks appear as soon as a policy is due, or somebody backs up or restores by hand.',
  abort: 'Abort', abortTitle: 'Abort this task?', abortBody: 'It stops at the next safe place, and what it has done so far is undone. A recovery point that it was making is given up.', abortAsked: 'The task has been told to stop.', retry: 'Retry',
  steps: 'Steps', step: 'Step', facts: 'Details', failure: 'What went wrong', remedy: 'What to do', warnings: 'Warnings', attempt: 'Attempt', codeHint: 'The cause, for programs', awsRequest: 'Request id of AWS',
  data: 'Data', dataOf: (done: string, total: string) => `${done} of ${total}`, rateName: 'Rate', rate: (rate: string) => `${rate}/s`, id: 'Identifier', created: 'Created', nominal: 'Due', started: 'Started', finished: 'Finished', policy: 'Policy', point: 'Recovery point', volume: 'Restored volume', file: 'Restored file', by: 'Asked by',
  seePoint: 'See the recovery point', madeVolume: (volume: string) => `${volume} is ready`, madeVolumeHint: 'Attach it to an instance in the AWS console to look at it, and delete it there when you are done. It shows in the assets once the inventory has been read again.', madeFile: (file: string) => `${file} is ready`, madeFileHint: 'It lies in the restore folder of the server.',
  noSteps: 'No step has begun.', system: 'Schedule', since: (when: string) => `since ${when}`, from: 'Created from', until: 'to',
} as const;
