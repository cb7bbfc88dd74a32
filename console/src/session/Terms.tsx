// The terms of this installation, and the box that accepts them.
import { Checkbox, Stack, Text } from '@mantine/core';
import { session } from './text';

interface TermsProps { version: string; text: string; accepted: boolean; onChange: (accepted: boolean) => void; error?: string | undefined }

export function Terms({ version, text, accepted, onChange, error }: TermsProps) {
  return (
    <Stack gap="sm">
      <div className="terms" tabIndex={0} role="region" aria-label={session.signUp.terms(version)}><Text size="xs">{text}</Text></div>
      <Checkbox label={session.signUp.accept} checked={accepted} error={error} onChange={(event) => { onChange(event.currentTarget.checked); }} />
    </Stack>
  );
}
