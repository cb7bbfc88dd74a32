// Names and values of one thing; what is null is left out.
import { Fragment, type ReactNode } from 'react';

export function Facts({ of }: { of: [string, ReactNode][] }) {
  return <dl className="facts">{of.filter(([, value]) => value != null && value !== false).map(([name, value]) => <Fragment key={name}><dt>{name}</dt><dd>{value}</dd></Fragment>)}</dl>;
}
