// Rows of tasks, the same wherever tasks are listed.
import { Anchor, Progress, Table } from '@mantine/core';
import { Link } from 'react-router';
import { duration, named } from '../format';
import { graphql } from '../gql';
import type { TaskRowFragment } from '../gql/graphql';
import { useNow } from '../live';
import { Time } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

export const TASK_ROW = graphql(`fragment TaskRow on Task { id kind status progress createdAt startedAt finishedAt asset { id name } }`);

export function TaskTable({ tasks, short = false }: { tasks: TaskRowFragment[]; short?: boolean }) {
  const now = useNow();
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{text.tasks.kind}</Table.Th><Table.Th>{text.tasks.asset}</Table.Th><Table.Th>{text.tasks.status}</Table.Th><Table.Th className="wide">{text.tasks.progress}</Table.Th>
          {!short && <><Table.Th className="number wide">{text.tasks.took}</Table.Th><Table.Th className="number wide">{text.tasks.begun}</Table.Th></>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {tasks.map((task) => (
          <Table.Tr key={task.id}>
            <Table.Td className="plain"><Anchor component={Link} size="sm" to={`/tasks/${task.id}`}>{named(task.kind)}</Anchor></Table.Td>
            <Table.Td className="cut">{task.asset?.name ?? '–'}</Table.Td>
            <Table.Td><Status value={task.status} /></Table.Td>
            <Table.Td className="wide" w={110}>{task.status === 'RUNNING' || task.status === 'ABORTING' ? <Progress value={task.progress * 100} size="sm" aria-label={text.tasks.progress} /> : null}</Table.Td>
            {!short && <><Table.Td className="number wide">{duration(task.startedAt, task.finishedAt, now)}</Table.Td><Table.Td className="number wide"><Time at={task.createdAt} /></Table.Td></>}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
