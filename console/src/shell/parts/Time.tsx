// When: relative in lists, where the exact time is a tooltip; exact and relative where one thing is told.
import { Text, Tooltip } from '@mantine/core';
import { ago, exact } from '../../format';
import { useNow } from '../../live';
import { text } from '../../text';

export function Time({ at }: { at: string | null | undefined }) {
  const now = useNow();
  if (at == null) return <>{text.state.never}</>;
  return <Tooltip label={exact(at)}><time dateTime={at} className="plain">{ago(at, now)}</time></Tooltip>;
}

/** `30 Nov 2026, 03:12:11 UTC · 3 minutes ago`. */
export function Moment({ at }: { at: string | null | undefined }) {
  const now = useNow();
  if (at == null) return <>{text.state.never}</>;
  return <time dateTime={at}>{exact(at)} <Text span inherit c="dimmed">· {ago(at, now)}</Text></time>;
}
