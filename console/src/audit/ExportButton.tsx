// The log as a file: as CSV for people, or as the lines that `holdfast audit verify` checks against a checkpoint.
import { Button, Menu, Text } from '@mantine/core';
import { useState } from 'react';
import { useClient } from 'urql';
import { graphql } from '../gql';
import type { AuditEventFilter, AuditExportQuery } from '../gql/graphql';
import { csv } from './csv';
import { lines } from './lines';
import { audit as words } from './text';

const EXPORT = graphql(`query AuditExport($after: String, $filter: AuditEventFilter) {
  auditEvents(first: 100, after: $after, filter: $filter) {
    pageInfo { hasNextPage endCursor }
    nodes { sequence occurredAt action outcome interface address requestId targetId summary hash previousHash actor { __typename ... on User { id name email } ... on ServiceToken { id } ... on SystemActor { component } } }
  }
}`);
const LINES = graphql(`query AuditLines($after: String) { auditEvents(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { sequence line } } }`);
/** Most records of one file: 100 requests, and 1,000 of small ones. */
const RECORDS_MAX = 10_000;
const LINES_MAX = 100_000;
const HEAD = ['sequence', 'occurredAt', 'actor', 'actorId', 'action', 'outcome', 'interface', 'address', 'requestId', 'targetId', 'summary', 'hash', 'previousHash'];
type Node = NonNullable<AuditExportQuery['auditEvents']>['nodes'][number];
interface Paged<N> { pageInfo: { hasNextPage: boolean; endCursor?: string | null }; nodes: N[] }

function row(one: Node): (string | null | undefined)[] {
  const { actor } = one;
  const who = actor?.__typename === 'User' ? [actor.email, actor.id] : actor?.__typename === 'ServiceToken' ? [words.token, actor.id] : [words.system, ''];
  return [one.sequence, one.occurredAt, ...who, one.action, one.outcome, one.interface, one.address, one.requestId, one.targetId, one.summary, one.hash, one.previousHash];
}

/** The newest records, at most so many, and whether these are all; null when the server did not answer. */
async function collect<N>(ask: (after: string | null) => Promise<Paged<N> | null | undefined>, most: number, onCount: (count: number) => void) {
  const found: N[] = [];
  for (let after: string | null = null; ; ) {
    const page = await ask(after);
    if (page == null) return null;
    found.push(...page.nodes);
    onCount(found.length);
    if (!page.pageInfo.hasNextPage) return { found, isAll: true };
    if (found.length >= most) return { found, isAll: false };
    after = page.pageInfo.endCursor ?? null;
  }
}

function keep(name: string, type: string, text: string) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

export function ExportButton({ filter }: { filter: AuditEventFilter }) {
  const client = useClient();
  const [count, setCount] = useState<number | null>(null);
  const [failure, setFailure] = useState<string | null>(null);

  async function run(write: () => Promise<string | null>) {
    setFailure(null);
    setCount(0);
    const failed = await write();
    setCount(null);
    setFailure(failed);
  }
  async function asCsv() {
    const all = await collect<Node>(async (after) => (await client.query(EXPORT, { after, filter }, { requestPolicy: 'network-only' }).toPromise()).data?.auditEvents, RECORDS_MAX, setCount);
    if (all == null) return words.exportFailed;
    keep('audit-log.csv', 'text/csv', csv([HEAD, ...all.found.map(row)]));
    return null;
  }
  async function asLines() {
    const all = await collect(async (after) => (await client.query(LINES, { after }, { requestPolicy: 'network-only' }).toPromise()).data?.auditEvents, LINES_MAX, setCount);
    if (all == null) return words.exportFailed;
    // Half a log proves nothing.
    if (!all.isAll) return words.exportTooLong(LINES_MAX);
    // The server gives lines to those only who may export them.
    const given = all.found.flatMap(({ sequence, line }) => (line == null ? [] : [{ sequence, line }]));
    if (given.length < all.found.length) return words.exportFailed;
    keep('audit-log.jsonl', 'application/jsonl', lines(given));
    return null;
  }

  const item = (label: string, hint: string, write: () => Promise<string | null>) => <Menu.Item onClick={() => void run(write)}>{label}<Text size="xs" c="dimmed">{hint}</Text></Menu.Item>;
  return (
    <>
      {failure != null && <Text size="sm" role="alert">{failure}</Text>}
      <Menu position="bottom-end">
        <Menu.Target><Button variant="default" disabled={count != null}>{count == null ? words.exportLog : words.exporting(count)}</Button></Menu.Target>
        <Menu.Dropdown>
          {item(words.exportCsv, words.exportCsvHint(RECORDS_MAX), asCsv)}
          {item(words.exportLines, words.exportLinesHint, asLines)}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
