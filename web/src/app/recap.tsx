/** What a broadcast brought, told afterwards: all of it, what came by itself, what promotion brought. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useMemo } from 'react';
import type { Schemas } from '../api/client';
import * as offers from '../api/offers';
import { app, wordFor, words } from '../i18n';
import { cost, count, exact, hour, moment, money, share, short, span } from '../kit/format';
import { Grid } from '../kit/grid';
import { Answered, Empty, Waiting } from '../kit/say';
import { At, Said } from '../kit/show';
import type { Line } from '../charts/lines';
import { Card } from './order_cards';
import { recapRoute } from './router';
import { Page } from './shell';

const Lines = lazy(() => import('../charts/lines'));
type Figures = Schemas['RecapFigures'];
type Told = Schemas['RoomRecap'];
const PARTS = ['all', 'natural', 'promoted'] as const;
const MINUTE_MS = 60_000;

export function Recap() {
  const { id } = recapRoute.useParams();
  const recap = useQuery(offers.recap(id));
  return (
    <Page title={app.recap.title} back="/">
      <Answered of={recap} waiting={<Waiting lines={5} height={96} />}>
        {(told) => (
          <>
            <div>
              <Said className="strong">{told.room.content.title}</Said>
              <p className="small quiet">
                {app.recap.span(moment(told.started_at), moment(told.ended_at), span(new Date(told.ended_at).getTime() - new Date(told.started_at).getTime()))}
              </p>
            </div>
            <div className="columns two">
              <div className="stack">
                <Sums of={told} />
                <Curve of={told} />
                <Goods of={told.all} />
              </div>
              <div className="stack">
                <Promotions of={told} />
                <Incidents of={told} />
                {told.all.draws.length > 0 ? <Draws of={told.all} /> : null}
              </div>
            </div>
          </>
        )}
      </Answered>
    </Page>
  );
}

/** A ratio between nought and one. */
const rate = (value: number | null | undefined) => (value === null || value === undefined ? '—' : share(Math.round(value * 1000)));

function Sums({ of }: { of: Told }) {
  const rows: [string, (part: Figures) => ReactNode][] = [
    [app.recap.viewers, (part) => short(part.viewers)],
    [app.recap.sessions, (part) => short(part.sessions)],
    [app.recap.peak, (part) => short(part.peak_online)],
    [app.recap.average, (part) => short(Math.round(part.average_online))],
    [app.recap.watch, (part) => span(part.average_watch_seconds * 1000)],
    [app.recap.followers, (part) => short(part.new_followers)],
    [app.recap.lost, (part) => short(part.lost_followers)],
    [app.recap.rate, (part) => rate(part.follow_rate)],
    [app.recap.trend, (part) => (part.trend_score > 0 ? app.recap.rising : part.trend_score < 0 ? app.recap.falling : app.recap.steady)],
  ];
  return (
    <section className="card">
      <Grid
        heads={PARTS.map((part) => app.recap.parts[part])}
        rows={rows.map(([name, value]) => ({ name, values: PARTS.map((part) => value(of[part])) }))}
      />
      <p className="small quiet" title={exact(of.freshness.as_of)}>
        {app.recap.asOf(moment(of.freshness.as_of))}
      </p>
    </section>
  );
}

function Curve({ of }: { of: Told }) {
  const lines = useMemo((): Line[] => {
    const from = new Date(of.started_at).getTime();
    const points = (part: Figures) => part.online_each_minute.map((online, nth): [number, number] => [from + nth * MINUTE_MS, online]);
    return [
      { name: app.recap.parts.all, colour: '--busy', filled: true, points: points(of.all) },
      { name: app.recap.parts.natural, colour: '--natural', points: points(of.natural) },
      { name: app.recap.parts.promoted, colour: '--accent', points: points(of.promoted) },
    ];
  }, [of]);
  const text = app.recap.onlineText(count(of.all.peak_online), hour(of.all.peak_at));
  return (
    <Card title={app.recap.online} aside={<span className="small quiet">{text}</span>}>
      <Suspense fallback={<Waiting lines={1} height={240} />}>
        <Lines lines={lines} height={240} label={text} />
      </Suspense>
    </Card>
  );
}

function Goods({ of }: { of: Figures }) {
  const sales = (fen: number) => money({ amount: fen, currency: 'CNY' });
  return (
    <Card title={app.recap.products}>
      {of.products.length === 0 ? <Empty title={app.recap.productsNone} /> : null}
      <ul>
        {of.products.map((product) => (
          <li key={product.product} className="line-item">
            <span className="stack tight" style={{ gap: 0 }}>
              <Said className="strong">{product.product}</Said>
              <span className="small quiet">
                {app.recap.visits} {short(product.visits)} · {app.recap.clicks} {short(product.clicks)} · {app.recap.buyers} {short(product.buyers)}
              </span>
            </span>
            <span className="stack tight" style={{ gap: 0 }}>
              <span className="strong numbers">{sales(product.sales_fen)}</span>
              <span className="small quiet">
                {app.recap.orders} {count(product.orders)} · {app.recap.sellThrough} {rate(product.sell_through)}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {of.presentations.length > 0 ? <h3 className="label">{app.recap.presentations}</h3> : null}
      <ul>
        {of.presentations.map((shown) => (
          <li key={shown.product + shown.started_at} className="line-item small">
            <span className="stack tight" style={{ gap: 0 }}>
              <Said>{shown.product}</Said>
              <span className="quiet numbers">
                {hour(shown.started_at)} – {hour(shown.ended_at)}
              </span>
            </span>
            <span className="stack tight" style={{ gap: 0 }}>
              <span className="numbers">{sales(shown.sales_fen)}</span>
              <span className="quiet">
                {app.recap.viewers} {short(shown.viewers)} · {app.recap.conversion} {rate(shown.presentation_conversion)}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Promotions({ of }: { of: Told }) {
  return (
    <Card title={app.recap.promotions}>
      {of.promotions.length === 0 ? <Empty title={app.recap.promotionsNone} /> : null}
      {of.promotions.map((one) => (
        <Link key={one.boost_id} to="/orders/$id" params={{ id: one.boost_id }} className="line-item">
          <span className="numbers">
            {hour(one.from)} – {hour(one.to)}
          </span>
          <span className="row" style={{ gap: 4 }}>
            {app.order.spent} {cost(one.spend)}
            <i className="chevron" />
          </span>
        </Link>
      ))}
    </Card>
  );
}

function Incidents({ of }: { of: Told }) {
  return (
    <Card title={app.recap.incidents}>
      <ol className="timeline">
        {of.incidents.map((told) => (
          <li key={told.fact + told.occurred_at} className={told.fact === 'interrupted' ? 'wait' : ''}>
            <div className="row between">
              <span>{wordFor(words.fact, told.fact)}</span>
              <span className="small quiet">
                <At at={told.occurred_at} />
              </span>
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function Draws({ of }: { of: Figures }) {
  return (
    <Card title={app.recap.draws}>
      <ul>
        {of.draws.map((draw) => (
          <li key={draw.draw} className="line-item">
            <span className="stack tight" style={{ gap: 0 }}>
              <Said>{draw.draw}</Said>
              <span className="small quiet">
                <At at={draw.opened_at} />
              </span>
            </span>
            <span className="small">
              {app.recap.entrants} {count(draw.entrants)} · {rate(draw.draw_entry_rate)}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
