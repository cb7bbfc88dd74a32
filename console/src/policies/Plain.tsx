// A policy in plain language: sentences, grouped by what they are about.
import { Text } from '@mantine/core';
import { text } from '../text';
import { sentencesOf, type OperationDraft } from './draft';

export function Plain({ operations }: { operations: readonly OperationDraft[] }) {
  return (
    <div className="plain-language">
      {operations.map(sentencesOf).map(({ head, lines }, place) => (
        <div key={`${place}${head}`}>
          <Text size="sm" fw={500}>{head}</Text>
          <ul className="sentences">{lines.map((line) => <li key={line}>{line}</li>)}</ul>
        </div>
      ))}
    </div>
  );
}

export function Diff({ added, removed }: { added: string[]; removed: string[] }) {
  if (added.length + removed.length === 0) return <Text size="sm" c="dimmed">{text.policies.diffNone}</Text>;
  return (
    <ul className="sentences diff">
      {removed.map((line) => <li key={`-${line}`} data-change="removed"><span className="diff-mark">{text.policies.removed}</span>{line}</li>)}
      {added.map((line) => <li key={`+${line}`} data-change="added"><span className="diff-mark">{text.policies.added}</span>{line}</li>)}
    </ul>
  );
}
