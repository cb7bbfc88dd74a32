// A field for a password or another secret. Mantine's own does not tell assistive software, nor act.tsx, that it is at fault.
import { PasswordInput, type PasswordInputProps } from '@mantine/core';

export function Password(props: PasswordInputProps) {
  return <PasswordInput aria-invalid={props.error == null || props.error === '' ? undefined : true} {...props} />;
}
