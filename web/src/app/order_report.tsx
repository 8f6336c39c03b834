/** What an order brought: figures, curve, plan and actual. Promoted traffic only. */
import { lazy, Suspense, useMemo } from 'react';
import type { Schemas } from '../api/client';
import { app, wordFor, words } from '../i18n';
import { cost, count, exact, moment, share, shifted, short, span } from '../kit/format';
import { Empty, Waiting } from '../kit/say';
import { Count, Figure, Meter, Spent } from '../kit/show';
import type { Line } from '../charts/lines';
import { NetCard, VersionsCard } from './order_versions';

const Lines = lazy(() => import('../charts/lines'));
/** Figures that are shown, most telling first. */
const SHOWN = ['impressions', 'reach', 'views', 'effective_views', 'comments', 'follows', 'product_clicks', 'likes', 'watch_ms'];

export function ReportCards({ report }: { report: Schemas['BoostReport'] }) {
  return (
    <>
      <Summary report={report} />
      <NetCard report={report} />
      <Curve report={report} />
      {report.pace ? <Pace pace={report.pace} /> : null}
      <VersionsCard of={report.attribution} />
    </>
  );
}

function Fresh({ of }: { of: Schemas['Freshness'] }) {
  const until = of.is_complete ? of.final_at : (of.complete_at ?? of.final_at);
  const state = of.is_final ? app.order.final : until ? app.order.movingUntil(moment(until)) : app.order.moving;
  return (
    <p className="small quiet" title={exact(of.as_of)}>
      {app.order.asOf(moment(of.as_of))} · {of.up_to_date ? state : app.order.lag(span(of.lag_ms_max))}
    </p>
  );
}

function Summary({ report }: { report: Schemas['BoostReport'] }) {
  const { totals, rates, money, boost } = report;
  const shown = SHOWN.filter((metric) => totals[metric]);
  const rate = (name: string, value: number | null | undefined) =>
    value === null || value === undefined ? null : <Figure name={name}>{share(value)}</Figure>;
  return (
    <section className="card stack" aria-labelledby="summary">
      <div className="card-head" style={{ margin: 0 }}>
        <h2 id="summary" className="card-title">
          {app.order.summary}
        </h2>
      </div>
      <div className="split">
        <Figure name={app.order.results}>
          <Count of={totals['results'] ?? 0} />
        </Figure>
        <Figure name={app.order.spent}>
          <Spent of={money.spend} />
        </Figure>
        <Figure name={app.order.each}>{rates.cost_per_result ? <Spent of={rates.cost_per_result} /> : '—'}</Figure>
      </div>
      <Meter done={money.spend.micros} whole={money.budget.amount * 10_000} label={app.order.spent} />
      {shown.length > 0 ? (
        <div className="figures">
          {shown.map((metric) => (
            <Figure key={metric} name={wordFor(words.metric, metric)}>
              {metric === 'watch_ms' ? span(totals[metric] ?? 0) : <Count of={totals[metric] ?? 0} />}
            </Figure>
          ))}
          {rate(app.order.rates.entry, rates.entry_rate_permille)}
          {rate(app.order.rates.comment, rates.comment_rate_permille)}
          {rate(app.order.rates.follow, rates.follow_rate_permille)}
          {rates.cpm ? <Figure name={app.order.rates.cpm}>{cost(rates.cpm)}</Figure> : null}
        </div>
      ) : null}
      {report.estimate ? <Versus of={report.estimate} /> : null}
      <div>
        <Fresh of={report.freshness} />
        <p className="small quiet">{app.order.natural}</p>
        <span className="only-read">{wordFor(words.result, boost.goal)}</span>
      </div>
    </section>
  );
}

/** What was expected when it was paid, and what came of it. */
function Versus({ of }: { of: Schemas['BoostEstimate'] }) {
  const inside = of.is_inside === null || of.is_inside === undefined ? '' : of.is_inside ? app.order.insideEstimate : app.order.outsideEstimate;
  const attained = of.attainment_permille === null || of.attainment_permille === undefined ? '' : app.order.attained(share(of.attainment_permille));
  return (
    <p className="small row between wrap" style={{ gap: 4 }}>
      <span className="quiet">{app.order.versusEstimate}</span>
      <span className="numbers">
        {[app.form.estimateRange(short(of.results.low), short(of.results.high)), attained, inside].filter(Boolean).join(' · ')}
      </span>
    </p>
  );
}

function Curve({ report }: { report: Schemas['BoostReport'] }) {
  const { minutes, totals } = report;
  const lines = useMemo((): Line[] => {
    const points = (metric: string) =>
      minutes.map((minute): [number, number] => [
        new Date(minute.minute).getTime(),
        (minute.figures as Record<string, number>)[metric] ?? 0,
      ]);
    return [
      { name: words.metric.impressions, colour: '--busy', filled: true, points: points('impressions') },
      { name: words.metric.views, colour: '--natural', points: points('views') },
      { name: words.metric.results, colour: '--accent', points: points('results') },
    ];
  }, [minutes]);
  const text = app.order.chartText(short(totals['impressions'] ?? 0), short(totals['results'] ?? 0));
  return (
    <section className="card" aria-labelledby="curve">
      <div className="card-head">
        <h2 id="curve" className="card-title">
          {app.order.minutes}
        </h2>
        <span className="small quiet">{words.metric.impressions} {count(totals['impressions'] ?? 0)}</span>
      </div>
      {minutes.length === 0 ? (
        <Empty title={app.order.noMinutes} why={app.order.noMinutesWhy} />
      ) : (
        <Suspense fallback={<Waiting lines={1} height={260} />}>
          <Lines lines={lines} label={text} />
        </Suspense>
      )}
    </section>
  );
}

/** A cost as a point to draw: its scale is beans. */
const drawn = (of: Schemas['Cost']) => Number(shifted(of.micros, 6));

function Pace({ pace }: { pace: Schemas['BoostPace'] }) {
  const lines = useMemo((): Line[] => {
    const at = (point: Schemas['BoostPacePoint']) => new Date(point.at).getTime();
    return [
      {
        name: app.order.planned,
        colour: '--quiet',
        dashed: true,
        points: pace.curve.map((point) => [at(point), drawn(point.planned)]),
      },
      {
        name: app.order.actual,
        colour: '--accent',
        filled: true,
        points: pace.curve.filter((point) => point.actual).map((point) => [at(point), point.actual ? drawn(point.actual) : null]),
      },
    ];
  }, [pace]);
  const compared = pace.actual.micros - pace.planned.micros;
  const near = Math.abs(compared) * 20 <= pace.planned.micros;
  const word = near ? app.order.onPlan : compared > 0 ? app.order.ahead : app.order.behind;
  return (
    <section className="card" aria-labelledby="pace">
      <div className="card-head">
        <h2 id="pace" className="card-title">
          {app.order.plan}
        </h2>
        <span className={`tag ${near || compared > 0 ? 'good' : 'wait'}`}>{word}</span>
      </div>
      <div className="split" style={{ marginBottom: 8 }}>
        <Figure name={app.order.planned}>
          <Spent of={pace.planned} />
        </Figure>
        <Figure name={app.order.actual}>
          <Spent of={pace.actual} />
        </Figure>
        <Figure name={app.order.bid}>
          <Spent of={pace.bid} />
        </Figure>
      </div>
      <Suspense fallback={<Waiting lines={1} height={220} />}>
        <Lines lines={lines} height={220} label={`${app.order.planned} ${cost(pace.planned)}, ${app.order.actual} ${cost(pace.actual)}`} />
      </Suspense>
    </section>
  );
}
