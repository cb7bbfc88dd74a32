// The organizational unit that this tab shows: chosen in the header, kept by the tab, shown in its address so that a link shows the same.
// Not for which units there are. Invariant: what one tab chooses changes nothing in another; a new tab begins with the last choice.
const KEY = 'holdfast.unit';
/** Of addresses: `?unit=organizational_unit_...`. */
export const UNIT_PARAMETER = 'unit';

/** Kept by a tab that shows the whole organization, where the browser remembers a unit. */
const WHOLE = '';

export const chosenUnit = {
  get: (): string | null => {
    const own = sessionStorage.getItem(KEY);
    return own === WHOLE ? null : own ?? localStorage.getItem(KEY);
  },
  set: (id: string | null): void => {
    sessionStorage.setItem(KEY, id ?? WHOLE);
    if (id == null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, id);
  },
};

/** Takes the unit of a link, before anything reads the address. The rooms do not know of it, so it is taken out there. */
export function takeUnit(): void {
  const address = new URL(location.href);
  const unit = address.searchParams.get(UNIT_PARAMETER);
  if (unit == null) {
    // The tab keeps what it began with, whatever others choose later.
    sessionStorage.setItem(KEY, chosenUnit.get() ?? WHOLE);
    return;
  }
  sessionStorage.setItem(KEY, unit);
  address.searchParams.delete(UNIT_PARAMETER);
  history.replaceState(history.state, '', address);
}

/** Shows the unit in the address bar, where whoever copies it finds it. */
export function showUnit(): void {
  const address = new URL(location.href);
  const unit = chosenUnit.get();
  if (address.searchParams.get(UNIT_PARAMETER) === unit) return;
  if (unit == null) address.searchParams.delete(UNIT_PARAMETER);
  else address.searchParams.set(UNIT_PARAMETER, unit);
  history.replaceState(history.state, '', address);
}
