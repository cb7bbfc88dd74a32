// The focus of whoever comes to another page: it goes to the page's title, so that a screen reader says where one is and the next Tab
// is in the page. Not for how far the page is scrolled (ScrollRestoration of the router). Invariant: nobody who is at a field, or has
// just loaded the console, loses the focus.
import { useEffect, type RefObject } from 'react';
import { useLocation } from 'react-router';

/** The page that had the focus last; a filter of it is the same page. */
let last: string | null = null;

export function useArrival(title: RefObject<HTMLElement | null>): void {
  const { pathname } = useLocation();
  useEffect(() => {
    const arrived = last != null && last !== pathname;
    last = pathname;
    if (!arrived || document.activeElement?.matches('main input, main textarea, main select') === true) return;
    // Where the page is scrolled to is said already.
    title.current?.focus({ preventScroll: true });
  }, [title, pathname]);
}
