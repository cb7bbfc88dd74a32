// Words of tasks.
export const tasks = {
  title: 'Tasks', one: 'Task', kind: 'Task', asset: 'Asset', status: 'State', progress: 'Progress', begun: 'Created', took: 'Duration', none: 'No task matches.', abort: 'Abort', retry: 'Retry', steps: 'Steps', facts: 'Facts', failure: 'What went wrong', remedy: 'Remedy', warnings: 'Warnings', attempt: 'Attempt',
  data: 'Data', rate: (rate: string) => `${rate}/s`, created: 'Created', started: 'Started', finished: 'Finished', policy: 'Policy', point: 'Recovery point', volume: 'Restored volume', by: 'Asked by', noSteps: 'No step has begun.', noWarnings: 'none', system: 'Schedule',
} as const;
