/** Programmes that give coupons, and what came of them: applications, rewards, measures, accounts that belong together. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../../api/client';
import { desk } from '../../i18n';
import { count } from '../../kit/format';
import { Button, Chips, TextField } from '../../kit/input';
import { At, Id, Said, Tag } from '../../kit/show';
import { type Column, QueryTable, rowsFrom } from '../../kit/table';
import { ActSheet } from '../act';
import { Page, useMay } from '../shell';
import { Tabs } from '../tabs';
import { Go, useWay } from '../way';
import { Applications } from './applications';
import { Linked } from './links';
import { Measures } from './measures';
import { cursorOf, next } from './page';
import { Rewards } from './rewards';
import { type Terms } from './terms';
import { PROGRAMME_TONES } from './tones';

type Programme = Schemas['IncentiveProgramme'];
const say = () => desk.incentive;
const KINDS: Schemas['IncentiveProgrammeKind'][] = ['cold_start', 'growth', 'benchmark'];


export function Incentives() {
  const way = useWay();
  const linkage = useMay('incentive.read_linkage');
  const tabs = [
    { key: '', name: say().programmes },
    { key: 'applications', name: say().applications },
    { key: 'rewards', name: say().rewardsGiven },
    { key: 'measures', name: say().measures },
    ...(linkage ? [{ key: 'links', name: say().links }] : []),
  ];
  const at = tabs.find((tab) => tab.key === way.text('tab'))?.key ?? '';
  return (
    <Page title={desk.nav.incentives}>
      <Tabs label={desk.nav.incentives} tabs={tabs} at={at} />
      {at === '' ? <Programmes /> : null}
      {at === 'applications' ? <Applications /> : null}
      {at === 'rewards' ? <Rewards /> : null}
      {at === 'measures' ? <Measures /> : null}
      {at === 'links' ? <Linked /> : null}
    </Page>
  );
}

const titleOf = (programme: Programme) => ((programme.draft ?? programme.published?.terms) as unknown as Terms).title;

const programmeColumns: () => Column<Programme>[] = () => [
  {
    key: 'title',
    title: say().title,
    text: titleOf,
    show: (programme) => (
      <Go to={`/incentives/${programme.id}`} className="strong">
        <Said>{titleOf(programme)}</Said>
      </Go>
    ),
  },
  { key: 'kind', title: say().kindName, text: (programme) => say().kind[programme.kind], show: (programme) => say().kind[programme.kind] },
  {
    key: 'state',
    title: desk.orders.state,
    text: (programme) => say().state[programme.state],
    show: (programme) => <Tag tone={PROGRAMME_TONES[programme.state]}>{say().state[programme.state]}</Tag>,
  },
  {
    key: 'edition',
    title: say().editionNow,
    right: true,
    text: (programme) => String(programme.published?.number ?? ''),
    show: (programme) => (programme.published ? count(programme.published.number) : '—'),
  },
  { key: 'taken', title: say().taken, right: true, text: (programme) => String(programme.coupons_taken), show: (programme) => count(programme.coupons_taken) },
  { key: 'created', title: desk.apiKeys.created, text: (programme) => programme.created_at, show: (programme) => <At at={programme.created_at} /> },
  { key: 'id', title: desk.guarantee.service, text: (programme) => programme.id, show: (programme) => <Id of={programme.id} brief /> },
];

function Programmes() {
  const way = useWay();
  const manages = useMay('incentive.manage_programme');
  const [adding, setAdding] = useState(false);
  const found = useInfiniteQuery({
    queryKey: ['programmes'],
    queryFn: ({ pageParam }) => send(api.GET('/v1/incentive-programmes', { params: { query: { limit: 50, ...cursorOf(pageParam) } } })),
    ...next,
  });
  return (
    <>
      <QueryTable
        name="programmes"
        label={say().programmes}
        of={rowsFrom(found)}
        columns={programmeColumns()}
        keyOf={(programme) => programme.id}
        onOpen={(programme) => way.open(`/incentives/${programme.id}`)}
        empty={{ title: say().noProgrammes, why: say().noProgrammesWhy }}
        filters={
          manages ? (
            <Button kind="main" onClick={() => setAdding(true)}>
              {say().create}
            </Button>
          ) : null
        }
      />
      {adding ? <Creating onClose={() => setAdding(false)} /> : null}
    </>
  );
}

/** A new programme is a preset that is then edited. */
function Creating({ onClose }: { onClose: () => void }) {
  const way = useWay();
  const [kind, setKind] = useState<Schemas['IncentiveProgrammeKind']>('growth');
  const [title, setTitle] = useState('');
  const [key] = useState(freshKey);
  const run = async () => {
    const preset = (await send(api.GET('/v1/incentive-presets/{kind}', { params: { path: { kind } } }))) as unknown as Terms;
    const body = { ...preset, title: title.trim() || preset.title };
    const made = await send(api.POST('/v1/incentive-programmes', { params: once(key + kind), body: body as never }));
    way.open(`/incentives/${made.id}`);
  };
  return (
    <ActSheet title={say().create} doing={say().create} run={run} onClose={onClose}>
      <span className="label">{say().preset}</span>
      <Chips label={say().preset} value={kind} columns={1} onChange={setKind} choices={KINDS.map((value) => ({ value, label: say().presets[value] }))} />
      <TextField label={say().title} value={title} onChange={setTitle} hint={say().titleHint} maxLength={200} />
    </ActSheet>
  );
}
