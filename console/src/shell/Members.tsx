// The way in: whoever is signed in gets the frame and the room, everyone else the sign-in at the same address.
import { useEffect } from 'react';
import { useQuery } from 'urql';
import { chosenUnit } from '../client';
import { begin } from '../live';
import { SignIn } from '../session/SignIn';
import { Answered } from './parts';
import { Shell } from './Shell';
import { useRenew, VIEWER, ViewerContext } from './viewer';

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
  const stranger = answer.data?.viewer === null || refused;
  if (stranger && !unitRefused && !answer.fetching) return <SignIn onSignedIn={renew} />;
  return (
    <Answered answer={answer} again={() => { again({ requestPolicy: 'network-only' }); }}>
      {({ viewer, eventCursor }) => {
        if (viewer == null) return null;
        begin(eventCursor ?? null);
        return <ViewerContext value={viewer}><Shell /></ViewerContext>;
      }}
    </Answered>
  );
}
