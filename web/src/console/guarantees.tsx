/** Guarantees: the platform's book, every service with the frozen ones first to be seen, and what creators are paid. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ask as send, type Schemas } from '../api/client';
import { desk, wordFor } from '../i18n';
import { count, money, share, shifted } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, Empty, Waiting } from '../kit/say';
import { At, Figure, Id, Money, Said, Tag, type Tone } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { PartyName } from './order';
import { Page, useMay } from './shell';
import { Tabs } from './tabs';
import { Views } from './views';
import { Go, useWay } from './way';

type Guarantee = Schemas['Guarantee'];
type Book = Schemas['GuaranteeBook'];
const say = () => desk.guarantee;

export const GUARANTEE_TONES: Record<string, Tone> = {
  waiting: 'wait', running: 'good', frozen: 'bad', succeeded: 'calm', compensated: 'busy', lapsed: 'calm', voided: 'calm',
};

export function GuaranteeTag({ state }: { state: string }) {
  return <Tag tone={GUARANTEE_TONES[state] ?? 'calm'}>{wordFor(say().state, state)}</Tag>;
}

export function Guarantees() {
  const way = useWay();
  const books = useMay('guarantee.read_book');
  const quotes = useMay('guarantee.quote');
  const tabs = [
    { key: '', name: say().services },
    ...(books ? [{ key: 'book', name: say().book }] : []),
    ...(quotes ? [{ key: 'prices', name: say().prices }] : []),
  ];
  const at = tabs.find((tab) => tab.key === way.text('tab'))?.key ?? '';
  return (
    <Page title={desk.nav.guarantees}>
      <Tabs label={desk.nav.guarantees} tabs={tabs} at={at} />
      {at === '' ? <Services /> : null}
      {at === 'book' ? <BookCards /> : null}
      {at === 'prices' ? <Prices /> : null}
    </Page>
  );
}

const columns: () => Column<Guarantee>[] = () => [
  {
    key: 'id',
    title: say().service,
    text: (row) => row.id,
    show: (row) => (
      <Go to={`/guarantees/${row.id}`} className="strong">
        <Said className="code">{`…${row.id.slice(-6)}`}</Said>
      </Go>
    ),
  },
  { key: 'state', title: desk.orders.state, text: (row) => wordFor(say().state, row.state), show: (row) => <GuaranteeTag state={row.state} /> },
  {
    key: 'why',
    title: say().frozenBecause,
    text: (row) => wordFor(say().cause, row.frozen_because),
    show: (row) => wordFor(say().cause, row.frozen_because) || '—',
  },
  { key: 'buyer', title: say().buyer, text: (row) => row.buyer_id, show: (row) => <PartyName id={row.buyer_id} /> },
  { key: 'creator', title: desk.rooms.creator, text: (row) => row.creator_id, show: (row) => <PartyName id={row.creator_id} /> },
  { key: 'fee', title: say().fee, right: true, text: (row) => shifted(row.fee.amount, 2), show: (row) => <Money of={row.fee} /> },
  { key: 'expected', title: say().expected, right: true, text: (row) => String(row.expected_plays), show: (row) => count(row.expected_plays) },
  { key: 'ends', title: say().ends, text: (row) => row.ended_at ?? row.ends_at ?? '', show: (row) => <At at={row.ended_at ?? row.ends_at} /> },
  { key: 'placed', title: desk.orders.created, text: (row) => row.placed_at, show: (row) => <At at={row.placed_at} /> },
];

function Services() {
  const way = useWay();
  const frozen = way.text('frozen') === '1';
  const found = useInfiniteQuery({
    queryKey: ['guarantees', frozen],
    initialPageParam: '',
    getNextPageParam: (page: Schemas['GuaranteeList']) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam }) =>
      send(api.GET('/v1/guarantee-services', { params: { query: { limit: 50, ...(frozen ? { frozen: true } : {}), ...(pageParam ? { cursor: pageParam } : {}) } } })),
  });
  return (
    <QueryTable
      name="guarantees"
      label={say().services}
      of={rowsFrom(found)}
      columns={columns()}
      keyOf={(row) => row.id}
      onOpen={(row) => way.open(`/guarantees/${row.id}`)}
      narrowed={frozen ? () => way.ask({ frozen: '' }) : undefined}
      empty={{ title: say().none, why: say().noneWhy }}
      filters={
        <>
          <label className="check">
            <input type="checkbox" checked={frozen} onChange={(event) => way.ask({ frozen: event.target.checked ? '1' : '' })} />
            {say().onlyFrozen}
          </label>
          <Views />
        </>
      }
    />
  );
}

const SINCE_DAYS = [30, 90, 365] as const;
const DAY_MS = 86_400_000;

/** What guarantees brought and cost (GB-12). */
function BookCards() {
  const way = useWay();
  const days = SINCE_DAYS.find((one) => String(one) === way.text('days')) ?? 90;
  const book = useQuery({
    queryKey: ['guarantee book', days],
    queryFn: () => send(api.GET('/v1/guarantee-book', { params: { query: { since: new Date(Date.now() - days * DAY_MS).toISOString() } } })),
  });
  return (
    <>
      <div className="row wrap">
        <label className="field">
          <span className="only-read">{say().since}</span>
          <select value={days} onChange={(event) => way.ask({ days: event.target.value })}>
            {SINCE_DAYS.map((one) => (
              <option key={one} value={one}>
                {desk.incentive.lastDays(String(one))}
              </option>
            ))}
          </select>
        </label>
        <Button disabled={!book.data} onClick={() => book.data && exported(book.data)}>
          {say().export}
        </Button>
      </div>
      <Answered of={book} waiting={<Waiting lines={4} height={90} />}>
        {(found) => (
          <>
            <p className={`notice ${found.stop_loss.stopped ? 'bad' : 'good'}`} role="status">
              <span className="strong">{found.stop_loss.stopped ? say().stopped : say().selling}</span>{' '}
              {say().stopLoss(share(found.stop_loss.loss_permille), count(found.stop_loss.resolved))}
            </p>
            <div className="columns even">
              <section className="card" aria-label={say().money}>
                <div className="card-head">
                  <h2 className="card-title">{say().money}</h2>
                  <Tag tone={found.loss_permille > 1000 ? 'bad' : 'calm'}>{say().loss(share(found.loss_permille))}</Tag>
                </div>
                <dl className="facts">
                  {amountsOf(found).map(([name, amount]) => (
                    <div key={name} className="facts-row">
                      <dt>{name}</dt>
                      <dd>
                        <Money of={amount} />
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
              <section className="card" aria-label={say().promises}>
                <div className="card-head">
                  <h2 className="card-title">{say().promises}</h2>
                </div>
                <div className="figures">
                  <Figure name={say().open}>{count(found.open)}</Figure>
                  <Figure name={say().resolved}>{count(found.resolved)}</Figure>
                  <Figure name={say().reached}>{count(found.reached)}</Figure>
                  <Figure name={say().within}>{count(found.within_interval)}</Figure>
                  <Figure name={say().expectedPlays}>{count(found.expected_plays)}</Figure>
                  <Figure name={say().actualPlays}>{count(found.actual_plays)}</Figure>
                </div>
              </section>
            </div>
            <section className="card" aria-label={say().calibration}>
              <div className="card-head">
                <h2 className="card-title">{say().calibration}</h2>
              </div>
              <p className="hint">{say().calibrationWhy}</p>
              {found.calibration ? (
                <div className="figures">
                  <Figure name={say().quotes}>{count(found.calibration.quotes)}</Figure>
                  <Figure name={say().coverage}>{share(Math.round(found.calibration.coverage * 1000))}</Figure>
                  <Figure name={say().lossRatio}>{share(Math.round(found.calibration.loss_ratio * 1000))}</Figure>
                  <Figure name={say().drift}>{share(Math.round(Math.expm1(found.calibration.drift) * 1000))}</Figure>
                </div>
              ) : (
                <Empty title={say().noCalibration} />
              )}
            </section>
          </>
        )}
      </Answered>
    </>
  );
}

const amountsOf = (book: Book): [string, Schemas['Amount']][] => [
  [say().feesHeld, book.fees_held],
  [say().feesResolved, book.fees_resolved],
  [say().compensation, book.compensation],
  [say().compensationOwed, book.compensation_owed],
  [say().compensationExpected, book.compensation_expected],
  [say().feesEarned, book.fees_earned],
  [say().refunds, book.refunds],
  [say().help, book.help],
];

/** The book as a file, for whoever keeps the books. */
function exported(book: Book): void {
  const counts: [string, number][] = [
    [say().open, book.open], [say().resolved, book.resolved], [say().reached, book.reached], [say().within, book.within_interval],
    [say().expectedPlays, book.expected_plays], [say().actualPlays, book.actual_plays],
  ];
  const rows = [...amountsOf(book).map(([name, amount]) => [name, shifted(amount.amount, 2)]), ...counts.map(([name, value]) => [name, String(value)])];
  const file = new Blob(['\uFEFF', rows.map((row) => row.join(',')).join('\r\n')], { type: 'text/csv' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = 'guarantee-book.csv';
  link.click();
  URL.revokeObjectURL(link.href);
}

/** What is on offer on one creator's videos, and what the host told that a video costs. */
function Prices() {
  const way = useWay();
  const creator = way.text('creator');
  const [typed, setTyped] = useState(creator);
  const show = (event: FormEvent) => {
    event.preventDefault();
    way.ask({ creator: typed.trim() });
  };
  return (
    <>
      <form className="card stack" onSubmit={show} aria-label={say().prices}>
        <p className="hint">{say().pricesWhy}</p>
        <div className="row wrap">
          <label className="field grow" style={{ minWidth: 200 }}>
            <span className="only-read">{desk.money.party}</span>
            <input value={typed} placeholder="pt_…" onChange={(event) => setTyped(event.target.value)} />
          </label>
          <Button kind="main" type="submit" disabled={!typed.trim()}>
            {desk.money.go}
          </Button>
        </div>
      </form>
      {creator ? <Quote creator={creator} /> : null}
    </>
  );
}

function Quote({ creator }: { creator: string }) {
  const quotes = useQuery({
    queryKey: ['guarantee quote', creator],
    queryFn: () => send(api.GET('/v1/guarantee-quotes', { params: { query: { creators: creator } } })),
  });
  return (
    <section className="card stack" aria-label={say().offer}>
      <h2 className="card-title">
        <PartyName id={creator} />
      </h2>
      <Answered of={quotes} waiting={<Waiting lines={5} />}>
        {({ data }) => {
          const offer = data[0]?.offer;
          if (!offer) return <Empty title={say().noOffer} why={wordFor(say().noOfferWhy, data[0]?.reason)} />;
          return (
            <>
              <div className="figures">
                <Figure name={say().fixedPrice}>{money(offer.fixed_price)}</Figure>
                <Figure name={say().premium}>{share(offer.premium_permille)}</Figure>
                <Figure name={say().fee}>{money(offer.fee)}</Figure>
                <Figure name={say().expected}>{count(offer.expected_plays)}</Figure>
                <Figure name={say().range}>{`${count(offer.low_plays)} – ${count(offer.high_plays)}`}</Figure>
                <Figure name={say().expectedLoss}>{share(offer.loss_permille)}</Figure>
              </div>
              <h3>{say().restsOn(count(offer.videos.length))}</h3>
              <QuotedVideos videos={offer.videos} />
            </>
          );
        }}
      </Answered>
    </section>
  );
}

export function QuotedVideos({ videos }: { videos: Schemas['QuotedVideo'][] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={say().videos}>
      <table>
        <thead>
          <tr>
            <th scope="col">{say().videos}</th>
            <th scope="col" className="right">{say().plays}</th>
            <th scope="col">{say().published}</th>
            <th scope="col">{say().video}</th>
          </tr>
        </thead>
        <tbody>
          {videos.map((video) => (
            <tr key={video.id}>
              <td>
                <Said>{video.external_id}</Said>
              </td>
              <td className="right numbers">{count(video.plays)}</td>
              <td>
                <At at={video.published_at} />
              </td>
              <td>
                <Id of={video.id} brief />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
