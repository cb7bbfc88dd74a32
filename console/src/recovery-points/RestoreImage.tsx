// A recovery point as a raw image in the restore folder of the server.
import { Alert, Button, Stack, Text, TextInput } from '@mantine/core';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { useNavigate } from 'react-router';
import { useMutation } from 'urql';
import { bytes, idempotencyKey } from '../format';
import { graphql } from '../gql';
import { Panel, problemsOf, useProblems } from '../shell/parts';
import { text } from '../text';
import type { PointToRestore } from './Restore';

const RESTORE = graphql(`mutation RestoreImage($input: RestoreImageInput!) { restoreImage(input: $input) { task { id } userErrors { field message } } }`);
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

export function RestoreImage({ point, insists, ready, children }: { point: PointToRestore; insists: boolean; ready: boolean; children: ReactNode }) {
  const go = useNavigate();
  const [sending, restore] = useMutation(RESTORE);
  // One key for this form: pressing twice restores once.
  const [key] = useState(idempotencyKey);
  const [name, setName] = useState(`${point.asset?.nativeId ?? 'volume'}-${point.takenAt.slice(0, 10)}.img`);
  const problems = useProblems();
  const fault = NAME.test(name) ? problems.at('fileName') : text.restore.fileWrong;
  async function submit(event: SyntheticEvent) {
    event.preventDefault();
    const { data, error } = await restore({ input: { recoveryPointId: point.id, allowDamaged: insists, fileName: name, idempotencyKey: key } });
    const task = data?.restoreImage?.task;
    if (task != null) await go(`/tasks/${task.id}`);
    else problems.set(problemsOf(data?.restoreImage, error));
  }
  return (
    <form onSubmit={(event) => void submit(event)} className="thirds">
      <Stack gap="md">
        {children}
        <Panel title={text.restore.file} padded><TextInput label={text.restore.file} description={text.restore.fileHint} value={name} error={fault} maw={420} onChange={(event) => { setName(event.currentTarget.value); }} /></Panel>
      </Stack>
      <Panel title={text.restore.review} padded>
        <Stack gap="md">
          <Text size="sm">{text.restore.fileSentence(name, bytes(point.sizeBytes))}</Text>
          {problems.rest(['fileName']).map(({ message }) => <Alert key={message} color="red" role="alert">{message}</Alert>)}
          <Button type="submit" loading={sending.fetching} disabled={!NAME.test(name) || !ready}>{text.restore.submit}</Button>
        </Stack>
      </Panel>
    </form>
  );
}
