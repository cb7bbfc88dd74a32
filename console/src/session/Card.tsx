// The frame of every page before somebody is signed in. Not for anything inside of the console.
import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-router';
import { text } from '../text';
import './door.css';

interface CardProps { title: string; hint?: ReactNode; children?: ReactNode; footer?: ReactNode }

export function Card({ title, hint, children, footer }: CardProps) {
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [title]);
  return (
    <main className="door">
      <div>
        <Stack gap="lg">
          <span className="brand"><img src="/icon.svg" alt="" width={20} height={20} />{text.product}</span>
          <Stack gap={6}>
            <Title order={1}>{title}</Title>
            {hint != null && <Text size="sm" c="dimmed">{hint}</Text>}
          </Stack>
          {children}
          {footer != null && footer !== false && <Group gap={6} className="door-foot">{footer}</Group>}
        </Stack>
      </div>
    </main>
  );
}

export function Way({ to, children }: { to: string; children: ReactNode }) {
  return <Anchor component={Link} to={to} size="sm" underline="always">{children}</Anchor>;
}
