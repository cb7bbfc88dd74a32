// A field for a new password, with its rules beside it while one types. Not for a password that exists.
// Invariant: what only the server can judge is never shown as kept.
import { Stack } from '@mantine/core';
import { useId } from 'react';
import './door.css';
import { Password } from './Password';
import { session } from './text';
import { judged, type Rule, type Verdict } from './rules';

interface NewPasswordProps {
  label: string;
  rules: readonly Rule[];
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
}

const WORDS: Record<Verdict, string> = { kept: session.rules.kept, open: session.rules.open, later: session.rules.later };

export function NewPassword({ label, rules, value, onChange, error }: NewPasswordProps) {
  const id = useId();
  return (
    <Stack gap={8}>
      <Password label={label} autoComplete="new-password" value={value} error={error} aria-describedby={id} onChange={(event) => { onChange(event.currentTarget.value); }} />
      <ul className="password-rules" id={id} aria-label={session.rules.title}>
        {judged(rules, value).map(({ rule, label: name, verdict }) => (
          <li key={rule} data-verdict={verdict} className={verdict === 'later' || rule === 'SPECIAL' ? 'long' : undefined}><span className="mark" aria-hidden="true" />{name}<span className="unseen">, {WORDS[verdict]}</span></li>
        ))}
      </ul>
    </Stack>
  );
}
