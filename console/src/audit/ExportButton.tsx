// The records that match, as a file. Not for proofs: `holdfast audit export` writes those too.
import { Button, Text, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { useClient, type Client } from 'urql';
import { graphql } from '../gql';
import type { AuditEventFilter, AuditExportQuery } from '../gql/graphql';
import { csv } from './csv';
import { audit as words } from './text';

const EXPORT = graphql(`query AuditExport($after: String, $filter: AuditEventFilter) {
  auditEvents(first: 100, after: $after, filter: $filter) {
    pageInfo { hasNextPage endCursor }
    nodes { sequence occurredAt action outcome interface address requestId targetId summary hash previousHash actor { __typename ... on User { id name email } ... on ServiceToken { id } ... on SystemActor { component } } }
  }
}`);
/** Most records of one file: 100 requests. */
const RECORDS_MAX = 10_000;
const HEAD = ['sequence', 'occurredAt', 'actor', 'actorId', 'action', 'outcome', 'interface', 'address', 'requestId', 'targetId', 'summary', 'hash', 'previousHash'];
type Node = NonNullable<AuditExportQuery['auditEvents']>['nodes'][number];

function row(one: Node): (string | null | undefined)[] {
  const { actor } = one;
  const who = actor?.__typename === 'User' ? [actor.email, actor.id] : actor?.__typename === 'ServiceToken' ? [words.token, actor.id] : [words.system, ''];
  return [one.sequence, one.occurredAt, ...who, one.action, one.outcome, one.interface, one.address, one.requestId, one.targetId, one.summary, one.hash, one.previousHash];
}

async function collect(client: Client, filter: AuditEventFilter, onCount: (count: number) => void): Promise<Node[] | null> {
  const found: Node[] = [];
  for (let after: string | null = null; found.length < RECORDS_MAX; ) {
    const { data } = await client.query(EXPORT, { after, filter }, { requestPolicy: 'network-only' }).toPromise();
    if (data?.auditEvents == null) return null;
    found.push(...data.auditEvents.nodes);
    onCount(found.length);
    after = data.auditEvents.pageInfo.endCursor ?? null;
    if (!data.auditEvents.pageInfo.hasNextPage) break;
  }
  return found;
}

function keep(text: string) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = 'audit-log.csv';
  link.click();
  URL.revokeObjectURL(address);
}

export function ExportButton({ filter }: { filter: AuditEventFilter }) {
  const client = useClient();
  const [count, setCount] = useState<number | null>(null);
  const [failed, setFailed] = useState(false);
  async function run() {
    setFailed(false);
    setCount(0);
    const found = await collect(client, filter, setCount);
    setCount(null);
    if (found == null) setFailed(true);
    else keep(csv([HEAD, ...found.map(row)]));
  }
  return (
    <>
      {failed && <Text size="sm" role="alert">{words.exportFailed}</Text>}
      <Tooltip label={words.exportHint(RECORDS_MAX)}><Button variant="default" disabled={count != null} onClick={() => void run()}>{count == null ? words.exportCsv : words.exporting(count)}</Button></Tooltip>
    </>
  );
}
