// Whether the log is whole and covered: how long it is, and the newest statement about it that lies outside of the database.
import { Button, CopyButton, Text } from '@mantine/core';
import type { AuditQuery } from '../gql/graphql';
import { Copyable, Panel, Time } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';
import { audit } from './text';
import { verifyCommand } from './verify';

const words = audit.chain;
type Log = NonNullable<AuditQuery['auditLog']>;

export function Chain({ log }: { log: Log }) {
  const { lastCheckpoint: checkpoint } = log;
  const command = checkpoint == null ? null : verifyCommand(log.publicKey, checkpoint.text);
  return (
    <Panel padded>
      <div className="chain">
        <dl>
          <div><dt>{words.title}</dt><dd><Status value={log.status === 'PENDING' ? 'RUNNING' : log.status} label={words.states[log.status]} /></dd></div>
          <div><dt>{words.size}</dt><dd>{Number(log.size).toLocaleString('en')}</dd></div>
          {log.firstSequence !== '1' && <div><dt>{words.first}</dt><dd>{Number(log.firstSequence).toLocaleString('en')}</dd></div>}
          <div><dt>{words.head}</dt><dd><Copyable value={`${log.headHash.slice(0, 16)}…`} copies={log.headHash} what={words.head} /></dd></div>
          <div><dt>{words.checkpoint}</dt><dd>{checkpoint == null ? words.never : <><Time at={checkpoint.madeAt} />, {words.covers(Number(checkpoint.size).toLocaleString('en'))}, {checkpoint.exportedAt == null ? words.notExported : words.exported}</>}</dd></div>
          <div><dt>{words.key}</dt><dd><Copyable value={`${log.publicKey.slice(0, 28)}…`} copies={log.publicKey} what={words.key} /></dd></div>
        </dl>
      </div>
      <Text size="xs" c="dimmed" mt={8}>{words.hint}</Text>
      {command != null && (
        <details className="verify">
          <summary>{words.verify}</summary>
          <Text size="xs" c="dimmed">{words.verifyHint}</Text>
          <pre className="asked" tabIndex={0} role="region" aria-label={words.command}>{command}</pre>
          <CopyButton value={command}>{({ copied, copy }) => <Button size="compact-xs" variant="default" onClick={copy}>{copied ? text.copied : text.copy(words.command)}</Button>}</CopyButton>
        </details>
      )}
    </Panel>
  );
}
