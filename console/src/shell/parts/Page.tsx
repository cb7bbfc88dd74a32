// A page and its panels: where a title stands, where actions are, and the way to the page's own query.
import { Anchor, Breadcrumbs, Button, Group, Stack, Title, Tooltip } from '@mantine/core';
import { IconCode } from '@tabler/icons-react';
import { print, type DocumentNode } from 'graphql';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link } from 'react-router';
import { text } from '../../text';
import { chosenUnit, UNIT_PARAMETER } from '../../unit';
import { useArrival } from '../arrival';

interface PageProps {
  title: string;
  children: ReactNode;
  /** The lists that lead here, nearest last. */
  way?: { to: string; name: string }[];
  /** What stands beside the title: a state, an identifier. */
  beside?: ReactNode;
  actions?: ReactNode;
  /** The page's own query, for who wants to see or script it. */
  query?: DocumentNode;
  variables?: unknown;
}

export function Page({ title, children, way = [], beside, actions, query, variables }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [title]);
  const head = useRef<HTMLHeadingElement>(null);
  useArrival(head);
  const unit = chosenUnit.get();
  const shown = query == null ? null : `/graphiql?${new URLSearchParams({ query: print(query), variables: JSON.stringify(variables ?? {}), ...(unit == null ? {} : { [UNIT_PARAMETER]: unit }) }).toString()}`;
  return (
    <Stack gap="md" className="page">
      <div className="page-head">
        <div className="page-title">
          {way.length > 0 && <Breadcrumbs separator="/" separatorMargin={6} className="way">{way.map(({ to, name }) => <Anchor key={to} component={Link} to={to} size="xs" c="dimmed">{name}</Anchor>)}</Breadcrumbs>}
          <Group gap="sm" align="center"><Title order={1} ref={head} tabIndex={-1}>{title}</Title>{beside}</Group>
        </div>
        <Group gap="xs" className="page-actions">
          {actions}
          {shown != null && (
            <Tooltip label={text.header.queryHint}>
              <Button component="a" href={shown} target="_blank" rel="noreferrer" variant="subtle" color="gray" className="quiet wide" leftSection={<IconCode size={14} aria-hidden="true" />}>{text.header.query}</Button>
            </Tooltip>
          )}
        </Group>
      </div>
      {children}
    </Stack>
  );
}

export function Panel({ title, side, children, padded = false, order = 2 }: { title?: string; side?: ReactNode; children: ReactNode; padded?: boolean; order?: 2 | 3 }) {
  return (
    <section className="panel">
      {title != null && <header><Title order={order}>{title}</Title>{side}</header>}
      {padded ? <div className="panel-body">{children}</div> : children}
    </section>
  );
}
