// Who looks: the person, the organization and what they may do. Not for changing them (session/). Invariant: a room never
// asks for the viewer itself; it reads this.
import { createContext, useContext } from 'react';
import { graphql } from '../gql';
import type { Permission, ViewerQuery } from '../gql/graphql';

export const VIEWER = graphql(`query Viewer {
  viewer { id permissions user { id name email } organization { id name } memberships { organizationId organizationName state } secondFactors { mustSetUp mustChangePassword } }
  eventCursor
}`);

export type Viewer = NonNullable<ViewerQuery['viewer']>;

export const ViewerContext = createContext<Viewer | null>(null);

/** Whoever is signed in; only for what is shown inside the frame. */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (viewer == null) throw new Error('there is no viewer outside of the frame');
  return viewer;
}

/** Whether the viewer may do this at all; `viewerCan` of a thing says whether at that thing. */
export function useMay(permission: Permission): boolean {
  return useViewer().permissions.includes(permission);
}

export const RenewContext = createContext<() => void>(() => undefined);

/** Whether the session of before has ended by itself: unused for too long, or ended elsewhere. */
export const EndedContext = createContext(false);

export function useEnded(): boolean {
  return useContext(EndedContext);
}

/** Begins anew with an empty cache: after signing in or out, and after another organization or unit was chosen. */
export function useRenew(): () => void {
  return useContext(RenewContext);
}
