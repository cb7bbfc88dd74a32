// An identifier that one click copies.
import { ActionIcon, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { text } from '../../text';

/** `copies` when what is shown is cut. */
export function Copyable({ value, what, copies = value }: { value: string; what: string; copies?: string }) {
  return (
    <span className="copyable">
      <code>{value}</code>
      <CopyButton value={copies}>
        {({ copied, copy }) => (
          <ActionIcon size="xs" variant="subtle" color="gray" onClick={copy} aria-label={copied ? text.copied : text.copy(what)}>{copied ? <IconCheck size={13} /> : <IconCopy size={13} />}</ActionIcon>
        )}
      </CopyButton>
    </span>
  );
}
