/** Appeals that wait for an answer; not answered by who decided first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import { APPEAL_TONES } from '../app/appeal_card';
import { app, desk, wordFor, words } from '../i18n';
import { Chips } from '../kit/input';
import { At, Id, Said, Tag } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { ActSheet } from './act';
import { PartyName } from './order';
import { Page } from './shell';
import { Go, useWay } from './way';

type Appeal = Schemas['Appeal'];

const columns: () => Column<Appeal>[] = () => [
  { key: 'text', title: app.appeal.why, text: (appeal) => appeal.text, show: (appeal) => <Said>{appeal.text}</Said> },
  {
    key: 'state',
    title: desk.orders.state,
    text: (appeal) => wordFor(words.appealState, appeal.state),
    show: (appeal) => <Tag tone={APPEAL_TONES[appeal.state] ?? 'calm'}>{wordFor(words.appealState, appeal.state)}</Tag>,
  },
  { key: 'party', title: desk.nav.parties, text: (appeal) => appeal.party_id, show: (appeal) => <PartyName id={appeal.party_id} /> },
  {
    key: 'subject',
    title: desk.appeals.about,
    text: (appeal) => appeal.subject_id,
    show: (appeal) =>
      appeal.subject === 'rejected_order' ? <Go to={`/orders/${appeal.subject_id}`}>{app.order.title}</Go> : <Id of={appeal.subject_id} brief />,
  },
  { key: 'promised', title: desk.reviews.due, text: (appeal) => appeal.promised_at, show: (appeal) => <At at={appeal.promised_at} /> },
];

export function Appeals() {
  const way = useWay();
  const all = way.text('all') === '1';
  const [open, setOpen] = useState<Appeal | null>(null);
  const found = useInfiniteQuery({
    queryKey: ['desk appeals', all],
    initialPageParam: '',
    getNextPageParam: (page: Schemas['AppealList']) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam }) =>
      send(api.GET('/v1/appeals', { params: { query: { limit: 50, ...(all ? {} : { open: true }), ...(pageParam ? { cursor: pageParam } : {}) } } })),
  });
  return (
    <Page title={desk.nav.appeals}>
      <QueryTable
        name="appeals"
        label={desk.nav.appeals}
        of={rowsFrom(found)}
        columns={columns()}
        keyOf={(appeal) => appeal.id}
        onOpen={setOpen}
        empty={{ title: desk.appeals.none, why: desk.appeals.noneWhy }}
        filters={
          <label className="check">
            <input type="checkbox" checked={all} onChange={(event) => way.ask({ all: event.target.checked ? '1' : '' })} />
            {desk.appeals.all}
          </label>
        }
      />
      {open ? <Deciding appeal={open} onClose={() => setOpen(null)} /> : null}
    </Page>
  );
}

function Deciding({ appeal, onClose }: { appeal: Appeal; onClose: () => void }) {
  const [grant, setGrant] = useState('');
  const [answer, setAnswer] = useState('');
  const [key] = useState(freshKey);
  const run = () =>
    send(
      api.POST('/v1/appeals/{appeal}/verdict', {
        params: { path: { appeal: appeal.id }, ...once(key) },
        body: { grant: grant === 'yes', answer },
      }),
    );
  return (
    <ActSheet title={desk.appeals.decide} doing={desk.appeals.decide} ready={grant !== '' && answer.trim() !== ''} run={run} onClose={onClose}>
      <p className="notice">
        <Said>{appeal.text}</Said>
      </p>
      <Chips
        label={desk.appeals.decide}
        value={grant}
        columns={2}
        onChange={setGrant}
        choices={[
          { value: 'yes', label: desk.appeals.grant },
          { value: 'no', label: desk.appeals.dismiss },
        ]}
      />
      <label>
        <span className="label">{desk.appeals.answer}</span>
        <span className="field">
          <textarea rows={4} value={answer} onChange={(event) => setAnswer(event.target.value)} />
        </span>
      </label>
    </ActSheet>
  );
}
