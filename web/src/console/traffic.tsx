/** Valid traffic: the rules as they are published, what they left out, and refused events, which can be taken again. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import { desk, wordFor, words } from '../i18n';
import { count, span } from '../kit/format';
import { Answered, Empty, Waiting } from '../kit/say';
import { At, Figure, Said, Tag } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { type Bulk, BulkBar, useChosen } from './bulk';
import { Page, useMay } from './shell';
import { Tabs } from './tabs';
import { Views } from './views';
import { useWay } from './way';

type Event = Schemas['RefusedEvent'];
const say = () => desk.traffic;

export function Traffic() {
  const way = useWay();
  const sees = useMay('event.read_refused');
  const tabs = [{ key: '', name: say().rules }, ...(sees ? [{ key: 'refused', name: say().refused }] : [])];
  const at = tabs.find((tab) => tab.key === way.text('tab'))?.key ?? '';
  return (
    <Page title={desk.nav.traffic}>
      <Tabs label={desk.nav.traffic} tabs={tabs} at={at} />
      {at === '' ? <Rules /> : <Refused />}
    </Page>
  );
}

function Rules() {
  const rules = useQuery({ queryKey: ['traffic rules'], queryFn: () => send(api.GET('/v1/valid-traffic/rules')) });
  return (
    <Answered of={rules} waiting={<Waiting lines={8} height={40} />}>
      {(found) => (
        <>
          <section className="card stack" aria-label={say().rules}>
            <div className="row between wrap">
              <h2 className="card-title">{say().rules}</h2>
              <Tag>{say().version(count(found.version))}</Tag>
            </div>
            <p className="hint">{say().rulesWhy}</p>
            <ul>
              {found.rules.map((rule) => {
                const [title, text] = say().rule[rule.code] ?? [rule.title, rule.text];
                return (
                  <li key={rule.code} className="line-item">
                    <span className="stack tight grow">
                      <span className="strong">{title}</span>
                      <span className="small quiet">{text}</span>
                    </span>
                    <Tag tone={rule.family === 'session' ? 'busy' : 'calm'}>{wordFor(say().family, rule.family)}</Tag>
                  </li>
                );
              })}
            </ul>
          </section>
          <div className="columns even">
            <section className="card stack" aria-label={say().hourly}>
              <h2 className="card-title">{say().hourly}</h2>
              <div className="figures">
                <Figure name={say().hourlyOf.views}>{count(found.hourly_limits.views)}</Figure>
                <Figure name={say().hourlyOf.clicks}>{count(found.hourly_limits.clicks)}</Figure>
                <Figure name={say().hourlyOf.interactions}>{count(found.hourly_limits.interactions)}</Figure>
                <Figure name={say().hourlyOf.purchases}>{count(found.hourly_limits.purchases)}</Figure>
                <Figure name={say().hourlyOf.watched_ms}>{span(found.hourly_limits.watched_ms)}</Figure>
              </div>
            </section>
            <section className="card" aria-label={say().bots}>
              <dl className="facts">
                <dt>{say().dedup}</dt>
                <dd>{span(found.dedup_window_ms)}</dd>
                <dt>{say().skew}</dt>
                <dd>{span(found.clock_skew_ms)}</dd>
                <dt>{say().ranges}</dt>
                <dd className="numbers">{count(found.datacentre_ranges)}</dd>
                <dt>{say().bots}</dt>
                <dd>
                  <Said className="code">{found.bots.join(' · ')}</Said>
                </dd>
              </dl>
            </section>
          </div>
          <Counts />
        </>
      )}
    </Answered>
  );
}

/** What did not count, by reason, in the orders of the last 30 days. */
function Counts() {
  const report = useQuery({ queryKey: ['traffic counts'], queryFn: () => send(api.GET('/v1/reports/boosts', { params: { query: { grain: 'day' } } })) });
  return (
    <section className="card stack" aria-label={say().counts}>
      <h2 className="card-title">{say().counts}</h2>
      <p className="hint">{say().countsWhy}</p>
      <Answered of={report}>
        {({ counts }) => {
          const left = Object.entries(counts as Record<string, number>).filter(([code, value]) => code.startsWith('invalid_') && value > 0);
          if (left.length === 0) return <Empty title={say().countsNone} />;
          return (
            <div className="figures">
              {left.map(([code, value]) => (
                <Figure key={code} name={say().rule[code.slice('invalid_'.length)]?.[0] ?? code}>
                  {count(value)}
                </Figure>
              ))}
            </div>
          );
        }}
      </Answered>
    </section>
  );
}

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

function Refused() {
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
