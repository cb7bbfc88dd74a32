// The way in: whoever is signed in gets the frame and the room, everyone else the sign-in at the same address. What a session
// has to do first (a second factor, another password) stands before every room.
import { lazy, Suspense, useEffect } from 'react';
import { useQuery } from 'urql';
import { chosenUnit } from '../unit';
import { begin } from '../live';
import { codeOf } from '../session/proof';
import { Answered } from './parts';
import { Shell } from './Shell';
import { useEnded, useRenew, VIEWER, ViewerContext } from './viewer';

const SignIn = lazy(() => import('../session/SignIn'));
const Duties = lazy(() => import('../session/Duties'));
const ProveDialog = lazy(() => import('../session/ProveDialog'));
/** Codes of an answer that the server gives to nobody in particular; any other failure is shown as one. */
const DOOR = new Set(['UNAUTHENTICATED', 'FORBIDDEN']);

export function Members() {
  const [answer, again] = useQuery({ query: VIEWER });
  const renew = useRenew();
  const refused = (answer.error?.graphQLErrors.length ?? 0) > 0;
  const unitRefused = refused && chosenUnit.get() != null;
  useEffect(() => {
    // A unit that is gone, or of another organization, must not lock anybody out.
    if (!unitRefused) return;
    chosenUnit.set(null);
    renew();
  }, [unitRefused, renew]);
  // A stranger is answered with null, or with an error that says so: then there is nothing to show but the door.
  const stranger = answer.data?.viewer == null && (answer.data?.viewer === null || DOOR.has(codeOf(answer.error) ?? ''));
  const ended = useEnded();
  if (stranger && !unitRefused && !answer.fetching) return <Suspense fallback={null}><SignIn onSignedIn={renew} ended={ended} /></Suspense>;
  // Before Answered: whoever has duties may read nothing else, and so is refused the place of the streams.
  const viewer = answer.data?.viewer;
  const duties = viewer?.secondFactors;
  if (viewer != null && duties != null && (duties.mustSetUp || duties.mustChangePassword)) return <ViewerContext value={viewer}><Suspense fallback={null}><Duties viewer={viewer} onChange={renew} /><ProveDialog /></Suspense></ViewerContext>;
  return (
    <Answered answer={answer} again={() => { again({ requestPolicy: 'network-only' }); }}>
      {({ eventCursor }) => {
        if (viewer == null) return null;
        begin(eventCursor ?? null);
        return <ViewerContext value={viewer}><Shell /><Suspense fallback={null}><ProveDialog /></Suspense></ViewerContext>;
      }}
    </Answered>
  );
}
