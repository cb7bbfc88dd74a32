// Says on the list of recovery points that none ends at present, and leads to the alert that says why, where its release is asked for.
import { Alert, Anchor, Group, Text } from '@mantine/core';
import { useCallback } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { BRAKED } from '../alerts/brake';
import { graphql } from '../gql';
import { useLive } from '../live';
import { text } from '../text';

const BRAKE = graphql(`query Brake($kinds: [AlertKind!]) { alerts(first: 3, filter: { kind: $kinds, isOpen: true }) { nodes { id title } } }`);
const VARIABLES = { kinds: [...BRAKED] };

export function Brake() {
  const [{ data }, ask] = useQuery({ query: BRAKE, variables: VARIABLES, requestPolicy: 'cache-and-network' });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'alert');
  const alerts = data?.alerts?.nodes ?? [];
  if (alerts.length === 0) return null;
  return (
    <Alert color="orange" role="status" title={text.points.braked}>
      <Group gap="md">{alerts.map(({ id, title }) => <Anchor key={id} component={Link} size="sm" to={`/alerts/${id}`}>{title}</Anchor>)}<Text size="sm" c="dimmed">{text.points.brakedHint}</Text></Group>
    </Alert>
  );
}
