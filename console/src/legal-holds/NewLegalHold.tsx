// Places a legal hold: on recovery points that were chosen before, or on those of assets and times. Invariant: how much it would keep
// is said before it is placed.
import { Checkbox, Group, NativeSelect, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { useQuery } from 'urql';
import { Form, useAct } from '../act';
import { useAssets } from '../assets/useAssets';
import { graphql } from '../gql';
import type { CreateLegalHoldInput, RecoveryPointFilter } from '../gql/graphql';
import { DayField, Empty, ManyPicker, Page, Panel, say } from '../shell/parts';
import { indented } from '../shell/units';
import { useMay } from '../shell/viewer';
import { text } from '../text';
import { chosenUnit } from '../unit';
import { between, dayStart } from '../days';

const UNITS = graphql(`query HoldUnits { organizationalUnits { id name parent { id } } }`);
const COUNT = graphql(`query HoldCount($filter: RecoveryPointFilter) { recoveryPoints(first: 1, filter: $filter) { totalCount } }`);
const CREATE = graphql(`mutation CreateLegalHold($input: CreateLegalHoldInput!) { createLegalHold(input: $input) { legalHold { id } userErrors { field message } } }`);
/** What one hold takes. */
const ASSETS_MAX = 100;
/** What a hold can keep: what is there, and what is about to end. */
const KEPT = ['AVAILABLE', 'EXPIRING', 'DAMAGED'] as const;
const FIELDS = ['name', 'reason', 'organizationalUnitId', 'criteria.assetIds', 'criteria.takenAt'];

const list = (value: string | null) => value?.split(',').filter((one) => one !== '') ?? [];

export default function NewLegalHold() {
  const [search] = useSearchParams();
  const go = useNavigate();
  const may = useMay('LEGAL_HOLD_MANAGE');
  const points = useMemo(() => list(search.get('points')), [search]);
  const create = useAct(CREATE);
  const [name, setName] = useState('');
  const [reason, setReason] = useState('');
  const [unit, setUnit] = useState(chosenUnit.get() ?? '');
  const [byList, setByList] = useState(points.length > 0);
  const [assets, setAssets] = useState(list(search.get('assets')));
  const found = useAssets(assets);
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const [later, setLater] = useState(false);
  const [{ data: told }] = useQuery({ query: UNITS });
  const taken = useMemo(() => between(from, until), [from, until]);
  const filter = useMemo<RecoveryPointFilter>(() => byList ? { id: points } : { status: [...KEPT], ...(assets.length > 0 ? { asset: assets } : {}), ...(taken == null ? {} : { takenAt: taken }) }, [byList, points, assets, taken]);
  const [counted] = useQuery({ query: COUNT, variables: useMemo(() => ({ filter }), [filter]), requestPolicy: 'cache-and-network' });
  const units = indented(told?.organizationalUnits ?? []);
  const submit = () => {
    const input: CreateLegalHoldInput = { name: name.trim(), reason: reason.trim(), ...(unit === '' ? {} : { organizationalUnitId: unit }) };
    if (byList) input.recoveryPointIds = points;
    else input.criteria = { includesNew: later, ...(assets.length > 0 ? { assetIds: assets } : {}), ...(taken == null ? {} : { takenAt: taken }) };
    void create.run(input).then((done) => {
      if (done?.legalHold == null) return;
      say(text.holds.placed);
      void go(`/legal-holds/${done.legalHold.id}`);
    });
  };
  const count = counted.data?.recoveryPoints?.totalCount;
  const listed = create.problems.filter(({ at }) => at.startsWith('recoveryPointIds') || at.startsWith('criteria.assetIds.'));
  return (
    <Page title={text.holds.create} way={[{ to: '/legal-holds', name: text.holds.title }]} query={COUNT} variables={{ filter }}>
      {!may ? <Panel><Empty title={text.holds.cannot} /></Panel> : (
        <div className="thirds">
          <Panel padded>
            <Form act={create} fields={FIELDS} submit={text.holds.create} disabled={name.trim() === '' || reason.trim() === ''} onSubmit={submit} onCancel={() => { void go(-1); }}>
              <TextInput label={text.holds.name} description={text.holds.nameHint} maxLength={100} value={name} error={create.at('name')} onChange={(event) => { setName(event.currentTarget.value); }} />
              <Textarea label={text.holds.reason} description={text.holds.reasonHint} autosize minRows={2} maxLength={1000} value={reason} error={create.at('reason')} onChange={(event) => { setReason(event.currentTarget.value); }} />
              {units.length > 1 && <NativeSelect label={text.holds.unit} description={text.holds.unitHint} data={[{ value: '', label: text.holds.unitTop }, ...units.map((one) => ({ value: one.id, label: `${' '.repeat(2 * one.depth)}${one.name}` }))]} value={unit} error={create.at('organizationalUnitId')} onChange={(event) => { setUnit(event.currentTarget.value); }} />}
              {points.length > 0 && (
                <Radio.Group label={text.holds.which} value={byList ? 'listed' : 'matching'} onChange={(value) => { setByList(value === 'listed'); }}>
                  <Stack gap="sm" mt={4}><Radio value="listed" label={text.holds.listed} description={text.holds.listedHint(points.length)} /><Radio value="matching" label={text.holds.matching} /></Stack>
                </Radio.Group>
              )}
              {!byList && (
                <>
                  <ManyPicker of={found} label={text.holds.assets} description={text.holds.assetsHint} placeholder={text.holds.assetsPlaceholder} maxValues={ASSETS_MAX} value={assets} error={create.at('criteria.assetIds')} onChange={setAssets} />
                  <Group gap="md" grow align="flex-start">
                    <DayField edge="begin" label={text.holds.from} says={text.holds.since} max={until === '' ? undefined : until} value={from} error={create.at('criteria.takenAt')} onChange={setFrom} />
                    <DayField label={text.holds.until} says={text.holds.upTo} min={from === '' ? undefined : from} value={until} error={from !== '' && until !== '' && dayStart(from) > dayStart(until)} onChange={setUntil} />
                  </Group>
                  <Checkbox label={text.holds.later} description={text.holds.laterHint} checked={later} onChange={(event) => { setLater(event.currentTarget.checked); }} />
                </>
              )}
              {listed.length > 0 && <Text size="xs" c="var(--mantine-color-error)" role="alert">{[...new Set(listed.map(({ message }) => message))].join(' ')}</Text>}
            </Form>
          </Panel>
          <div className="beside">
            <Panel title={text.holds.effect} padded>
              <Stack gap="sm" aria-live="polite">
                <Text size="sm" fw={600}>{count == null ? text.rules.planning : text.holds.counted(count)}</Text>
                {!byList && assets.length === 0 && units.length > 1 && <Text size="xs" c="dimmed">{text.holds.countedUnit}</Text>}
                <ul className="sentences">{text.holds.says.map((one) => <li key={one}>{one}</li>)}</ul>
              </Stack>
            </Panel>
          </div>
        </div>
      )}
    </Page>
  );
}
