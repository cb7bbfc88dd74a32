// What each role allows, as one matrix: rights down, roles across. Not for who has which role (users/).
import { Anchor, Button, Table, VisuallyHidden } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { Fragment, useCallback } from 'react';
import { Link } from 'react-router';
import { useQuery } from 'urql';
import { graphql } from '../gql';
import { useLive } from '../live';
import { Answered, Page, Panel } from '../shell/parts';
import { useMay } from '../shell/viewer';
import { GROUPS, rightName, roleName } from './rights';
import { roles as words } from './text';
import './roles.css';

const ROLES = graphql(`query Roles { roles { id name builtIn description permissions } }`);

export default function Roles() {
  const [answer, ask] = useQuery({ query: ROLES });
  const again = useCallback(() => { ask({ requestPolicy: 'network-only' }); }, [ask]);
  useLive(again, 'role');
  const may = useMay('ROLE_MANAGE');
  return (
    <Page title={words.title} query={ROLES} actions={may && <Button component={Link} to="/roles/new">{words.add}</Button>}>
      <Panel>
        <Answered answer={answer} again={again}>
          {({ roles }) => (
            <div className="matrix" role="region" aria-label={words.matrix} tabIndex={0}>
              <Table highlightOnHover>
                <caption className="hidden-caption">{words.matrix}</caption>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">{words.right}</Table.Th>
                    {(roles ?? []).map((role) => <Table.Th key={role.id} scope="col"><Anchor component={Link} to={`/roles/${role.id}`} size="xs" title={role.description ?? undefined}>{roleName(role)}</Anchor></Table.Th>)}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {GROUPS.map(({ title, rights }) => (
                    <Fragment key={title}>
                      <Table.Tr className="matrix-group"><Table.Th scope="rowgroup" colSpan={1 + (roles?.length ?? 0)}>{title}</Table.Th></Table.Tr>
                      {rights.map((right) => (
                        <Table.Tr key={right}>
                          <Table.Th scope="row">{rightName(right)}</Table.Th>
                          {(roles ?? []).map((role) => (
                            <Table.Td key={role.id}>{role.permissions.includes(right) ? <><IconCheck size={15} aria-hidden="true" /><VisuallyHidden>{words.allowed}</VisuallyHidden></> : <VisuallyHidden>{words.none}</VisuallyHidden>}</Table.Td>
                          ))}
                        </Table.Tr>
                      ))}
                    </Fragment>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )}
        </Answered>
      </Panel>
    </Page>
  );
}
