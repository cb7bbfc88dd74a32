// Attempts to prove a recovery point, newest first, each with what it found.
import { Anchor, Text } from '@mantine/core';
import { Link } from 'react-router';
import { bytes, named } from '../format';
import { graphql } from '../gql';
import type { AttemptFragment } from '../gql/graphql';
import { Copyable, Empty, Moment } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

export const ATTEMPT = graphql(`fragment Attempt on Verification { id wanted proof verdict bytesChecked evidence evidenceSha256 startedAt finishedAt task { id } }`);

/** Evidence is JSON for programs; people get it with line breaks. */
function pretty(evidence: string): string {
  try {
    return JSON.stringify(JSON.parse(evidence), null, 2);
  } catch {
    return evidence;
  }
}

export function Verifications({ attempts }: { attempts: readonly AttemptFragment[] }) {
  if (attempts.length === 0) return <Empty title={text.points.noAttempts} />;
  return (
    <ul className="attempts">
      {attempts.map(({ id, wanted, proof, verdict, bytesChecked, evidence, evidenceSha256, startedAt, task }) => (
        <li key={id}>
          <details>
            <summary><Status value={`VERDICT_${verdict}`} label={named(verdict)} /> <Text span size="sm" c="dimmed">{text.points.attempt(named(wanted), named(proof), bytes(bytesChecked))}</Text></summary>
            <Text size="xs" c="dimmed" my={6}><Moment at={startedAt} />{task != null && <> · <Anchor component={Link} inherit to={`/tasks/${task.id}`}>{text.points.see}</Anchor></>}</Text>
            {evidence == null ? null : <pre className="evidence" tabIndex={0}>{pretty(evidence)}</pre>}
            {evidenceSha256 != null && <Copyable value={evidenceSha256} what={text.points.evidenceDigest} />}
          </details>
        </li>
      ))}
    </ul>
  );
}
