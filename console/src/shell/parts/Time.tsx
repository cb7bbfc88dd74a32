// When: relative in lists, where mouse, keyboard and touch show the exact time; exact and relative where one thing is told.
import { Anchor, Text, Tooltip } from '@mantine/core';
import { Link } from 'react-router';
import { ago, exact } from '../../format';
import { useNow } from '../../live';
import { text } from '../../text';

const EVENTS = { hover: true, focus: true, touch: true };

/** `to` makes it a link; `exactly` where people compare times rather than ask how old something is. */
export function Time({ at, to, exactly = false }: { at: string | null | undefined; to?: string; exactly?: boolean }) {
  const now = useNow();
  if (at == null) return <>{text.state.never}</>;
  const [shown, told] = exactly ? [exact(at), ago(at, now)] : [ago(at, now), exact(at)];
  // A link has the focus already; what is exact hides nothing that the keyboard would have to reach.
  const time = <time dateTime={at} className="plain" tabIndex={to == null && !exactly ? 0 : undefined}>{shown}</time>;
  return <Tooltip label={told} events={EVENTS}>{to == null ? time : <Anchor component={Link} size="sm" className="plain" to={to}>{time}</Anchor>}</Tooltip>;
}

/** `30 Nov 2026, 03:12:11 UTC · 3 minutes ago`. */
export function Moment({ at }: { at: string | null | undefined }) {
  const now = useNow();
  if (at == null) return <>{text.state.never}</>;
  return <time dateTime={at}>{exact(at)} <Text span inherit c="dimmed">· {ago(at, now)}</Text></time>;
}
