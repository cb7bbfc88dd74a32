// Rows of tasks, the same wherever tasks are listed.
import { Anchor, Progress, Text } from '@mantine/core';
import { Link } from 'react-router';
import { duration, named, percent } from '../format';
import { graphql } from '../gql';
import type { TaskRowFragment } from '../gql/graphql';
import { useNow } from '../live';
import { Rows, Time, type Column } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

export const TASK_ROW = graphql(`fragment TaskRow on Task { id kind status progress currentStep createdAt startedAt finishedAt asset { id name } awsAccount { id name } failure { code message } }`);

/** A task in a state in which its progress moves. */
const AT_WORK = new Set(['RUNNING', 'ABORTING']);

function Took({ task }: { task: TaskRowFragment }) {
  const now = useNow();
  return <span className="took">{duration(task.startedAt, task.finishedAt, now)}</span>;
}

/** What tasks that are about no single thing work on; the others of them look after the vault. */
const WHOLE: Partial<Record<TaskRowFragment['kind'], string>> = { APPLY_PROTECTION: text.rules.title, ASSIGN_POLICY: text.assets.title };

function About({ task }: { task: TaskRowFragment }) {
  if (task.asset != null) return <Anchor component={Link} size="sm" to={`/assets/${task.asset.id}`}>{task.asset.name}</Anchor>;
  return <>{task.awsAccount?.name ?? WHOLE[task.kind] ?? text.tasks.nothing}</>;
}

const KIND: Column<TaskRowFragment> = { key: 'kind', title: text.tasks.kind, cell: (task) => <Anchor component={Link} size="sm" className="plain" to={`/tasks/${task.id}`}>{named(task.kind)}</Anchor> };
const ABOUT: Column<TaskRowFragment> = { key: 'about', title: text.tasks.about, cut: true, cell: (task) => <About task={task} /> };
const STATUS: Column<TaskRowFragment> = { key: 'status', title: text.tasks.status, cell: (task) => <Status value={task.status} /> };
const PROGRESS: Column<TaskRowFragment> = {
  key: 'progress', title: text.tasks.progress, wide: 'line',
  cell: (task) => AT_WORK.has(task.status) ? <span className="meter"><Progress value={task.progress * 100} aria-label={text.tasks.progress} /><span className="number">{percent(task.progress)}</span></span> : null,
};
const CAUSE: Column<TaskRowFragment> = { key: 'cause', title: text.tasks.cause, wide: 'line', cut: true, cell: (task) => <Text span size="sm" title={task.failure?.message}>{task.failure?.message}</Text> };
const TOOK: Column<TaskRowFragment> = { key: 'took', title: text.tasks.took, numeric: true, wide: true, cell: (task) => <Took task={task} /> };
const BEGUN: Column<TaskRowFragment> = { key: 'begun', title: text.tasks.begun, numeric: true, wide: 'line', cell: (task) => <Time at={task.createdAt} /> };

/** `full` for the list of tasks; `short` beside other panels; `failed` where the cause matters most. */
const SHAPES = {
  full: [KIND, ABOUT, STATUS, PROGRESS, TOOK, BEGUN],
  short: [KIND, ABOUT, PROGRESS, { ...STATUS, wide: 'line', telling: true }],
  failed: [KIND, ABOUT, CAUSE, BEGUN],
  ofAsset: [KIND, STATUS, TOOK, BEGUN],
} satisfies Record<string, Column<TaskRowFragment>[]>;

export function TaskTable({ tasks, shape = 'full', label }: { tasks: readonly TaskRowFragment[]; shape?: keyof typeof SHAPES; label: string }) {
  return <Rows label={label} rows={tasks} columns={SHAPES[shape]} />;
}
