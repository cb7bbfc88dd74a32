// Saved views: a name for what stands in the address. Kept by this browser, for this organization.
import { useCallback, useState } from 'react';

export interface View { name: string; query: string }

/** Filters and order without the place in the list. */
export function viewOf(query: string): string {
  const params = new URLSearchParams(query);
  ['after', 'before'].forEach((name) => { params.delete(name); });
  params.sort();
  return params.toString();
}

function isView(value: unknown): value is View {
  return typeof value === 'object' && value != null && 'name' in value && typeof value.name === 'string' && 'query' in value && typeof value.query === 'string';
}

/** What was kept; whatever it is not readable as counts as nothing. */
export function parseViews(kept: string | null): View[] {
  try {
    const value: unknown = JSON.parse(kept ?? '[]');
    return Array.isArray(value) ? value.filter(isView) : [];
  } catch {
    return [];
  }
}

export function useViews(organization: string) {
  const key = `holdfast.views.assets.${organization}`;
  const [views, setViews] = useState(() => parseViews(localStorage.getItem(key)));
  const keep = useCallback((next: View[]) => {
    localStorage.setItem(key, JSON.stringify(next));
    setViews(next);
  }, [key]);
  return {
    views,
    save: (name: string, query: string) => { keep([...views.filter((view) => view.name !== name), { name, query: viewOf(query) }]); },
    remove: (name: string) => { keep(views.filter((view) => view.name !== name)); },
  };
}
