/** Events that were refused: why, and taken once more when the host was mended. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import { desk, wordFor, words } from '../i18n';
import { At, Said, Tag } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { type Bulk, BulkBar, useChosen } from './bulk';
import { useMay } from './shell';
import { Views } from './views';
import { useWay } from './way';

type Event = Schemas['RefusedEvent'];
const say = () => desk.traffic;

const columns: () => Column<Event>[] = () => [
  { key: 'id', title: say().eventId, text: (row) => row.event_id, show: (row) => <Said className="code">{row.event_id}</Said> },
  { key: 'type', title: say().type, text: (row) => row.type ?? '', show: (row) => <Said className="code">{row.type ?? '—'}</Said> },
  {
    key: 'reason',
    title: say().why,
    text: (row) => wordFor(say().reason, row.reason),
    show: (row) => <Tag tone="bad">{wordFor(say().reason, row.reason)}</Tag>,
  },
  { key: 'occurred', title: say().occurred, text: (row) => row.occurred_at, show: (row) => <At at={row.occurred_at} /> },
  { key: 'refused', title: say().refusedAt, text: (row) => row.refused_at, show: (row) => <At at={row.refused_at} /> },
  {
    key: 'replayed',
    title: say().replayed,
    text: (row) => row.replayed_at ?? '',
    show: (row) => (row.replayed_at ? <At at={row.replayed_at} /> : '—'),
  },
];

const replay: () => Bulk<Event> = () => ({
  name: say().replay,
  sure: say().replaySure,
  fits: (event) => !event.replayed_at,
  show: (event) => <Said className="code">{event.event_id}</Said>,
  keyOf: (event) => event.id,
  run: async (event) => {
    const answer = await send(api.POST('/v1/events/replay', { params: once(freshKey()), body: { events: [event.id] } }));
    const outcome = answer.data[0]?.outcome ?? 'missing';
    return say().outcome[outcome] ?? wordFor(say().reason, outcome);
  },
});

/** Refused events by reason; those that are chosen are taken again. */
export function RefusedEvents() {
  const way = useWay();
  const replays = useMay('event.replay');
  const choosing = useChosen();
  const reason = way.text('reason');
  const found = useInfiniteQuery({
    queryKey: ['refused events', reason],
    initialPageParam: '',
    getNextPageParam: (page: Schemas['RefusedEventList']) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam }) =>
      send(api.GET('/v1/events/refused', { params: { query: { limit: 50, ...(reason ? { reason } : {}), ...(pageParam ? { cursor: pageParam } : {}) } } })),
  });
  const rows = rowsFrom(found);
  return (
    <QueryTable
      name="refused"
      label={say().refused}
      of={rows}
      columns={columns()}
      keyOf={(row) => row.id}
      narrowed={reason ? () => way.ask({ reason: '' }) : undefined}
      empty={{ title: say().noRefused, why: say().refusedWhy }}
      choosing={replays ? choosing : undefined}
      filters={
        <>
          <h2 className="card-title">{say().refused}</h2>
          <label className="field">
            <span className="only-read">{say().why}</span>
            <select value={reason} onChange={(event) => way.ask({ reason: event.target.value })}>
              <option value="">{words.do.all}</option>
              {Object.keys(say().reason).map((code) => (
                <option key={code} value={code}>
                  {say().reason[code]}
                </option>
              ))}
            </select>
          </label>
          <Views />
          <BulkBar rows={rows.rows} choosing={choosing} bulk={replay()} />
        </>
      }
    />
  );
}
