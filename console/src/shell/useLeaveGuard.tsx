// Asks before somebody leaves a form with something written in it: by a link, the way back, a closed window or a closed dialog.
// Not for what was written. Invariant: whoever has saved, or says "Cancel", is not asked.
import { Text } from '@mantine/core';
import { useCallback, useRef, useState } from 'react';
import { useBeforeUnload, useBlocker } from 'react-router';
import { text } from '../text';
import { Confirm } from './parts';

export function useLeaveGuard(dirty: boolean) {
  const free = useRef(false);
  const [wanted, setWanted] = useState<{ leave: () => void } | null>(null);
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && !free.current && currentLocation.pathname !== nextLocation.pathname);
  useBeforeUnload(useCallback((event) => { if (dirty && !free.current) event.preventDefault(); }, [dirty]));
  const asking = blocker.state === 'blocked' || wanted != null;
  const close = () => {
    if (blocker.state === 'blocked') blocker.reset();
    setWanted(null);
  };
  const leave = () => {
    if (blocker.state === 'blocked') blocker.proceed();
    wanted?.leave();
    setWanted(null);
  };
  return {
    /** What is written is safe elsewhere, or given up: nobody needs to be asked any more. */
    pass: () => { free.current = true; },
    /** Closes what is no page of its own. */
    ask: (close: () => void) => {
      if (dirty) setWanted({ leave: close });
      else close();
    },
    asking,
    question: <Confirm opened={asking} danger title={text.state.unsaved} action={text.state.leave} onConfirm={leave} onClose={close}><Text size="sm">{text.state.unsavedHint}</Text></Confirm>,
  };
}
