// How an asset stands by the controls of the organization, and why.
import { Group, Text } from '@mantine/core';
import { graphql } from '../gql';
import type { StandingFragment } from '../gql/graphql';
import { Panel, Time } from '../shell/parts';
import { Status } from '../shell/Status';
import { text } from '../text';

export const STANDING = graphql(`fragment Standing on AssetCompliance { status since checkedAt nextCheckAt controls { control status since reasons { code message } } }`);

export function Compliance({ standing }: { standing: StandingFragment }) {
  return (
    <Panel title={text.compliance.title} padded side={<Status value={`COMPLIANCE_${standing.status}`} label={text.compliance.status[standing.status]} />}>
      {standing.checkedAt == null ? <Text size="sm" c="dimmed">{text.compliance.notChecked}</Text> : (
        <>
          <ul className="controls">
            {standing.controls.map(({ control, status, since, reasons }) => (
              <li key={control}>
                <Group justify="space-between" gap="xs" wrap="nowrap">
                  <Status value={`COMPLIANCE_${status}`} label={text.compliance.controls[control]} />
                  <Text span size="xs" c="dimmed" className="plain"><Time at={since} /></Text>
                </Group>
                {reasons.map(({ code, message }) => <Text key={`${code}${message}`} size="xs" c="dimmed" pl={15}>{message}</Text>)}
              </li>
            ))}
          </ul>
          <Text size="xs" c="dimmed" mt="sm">{text.compliance.checked} <Time at={standing.checkedAt} />{text.compliance.follows}</Text>
        </>
      )}
    </Panel>
  );
}
