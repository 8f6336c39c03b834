/** What may be expected. It moves with the finger at once, and is put right when the server has answered. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { Schemas } from '../api/client';
import type { Estimated } from '../api/queries';
import { app, said, wordFor, words } from '../i18n';
import { PaceBand } from '../kit/band';
import { count, share, short, span } from '../kit/format';
import { ErrorState } from '../kit/say';

/** A result in proportion to the budget, until the server says it better. Counts of people, no amounts. */
function scaled(value: number, from: number, to: number): number {
  return from > 0 ? Math.round((value * to) / from) : value;
}

/** How often such ranges held: what makes an estimate worth reading. */
function heldText(of: Estimated, goal: string): string {
  const held = of.held.find((one) => one.goal === goal && one.basis === of.basis);
  if (!held || held.inside_permille === null || held.inside_permille === undefined) return '';
  return app.form.held(share(held.inside_permille), count(held.orders));
}

/** A part of the audience below which a budget may be too large. */
const NARROW_PART = 50;

function Reach({ of }: { of: Schemas['EstimateMarket'] }) {
  const narrow = of.viewers_all > 0 && of.viewers_reachable * NARROW_PART < of.viewers_all;
  return (
    <p className="row between wrap small" style={{ gap: 4 }}>
      <span className="quiet">{app.form.reachable}</span>
      <span className="numbers">
        {app.form.reachableOf(short(of.viewers_reachable), short(of.viewers_all))} {narrow ? app.form.narrow : ''}
      </span>
    </p>
  );
}

export function EstimateCard({
  estimate,
  budget,
  goal,
  durationMs,
  kind,
}: {
  estimate: UseQueryResult<Estimated>;
  budget: number;
  goal: string;
  durationMs: number;
  kind: 'room' | 'video';
}) {
  const { data, error } = estimate;
  const at = (value: number) => (data ? scaled(value, data.budget, budget) : 0);
  const [low, mid, high] = data ? [at(data.results.low), at(data.results.mid), at(data.results.high)] : [0, 0, 0];
  const range = app.form.estimateRange(short(low), short(high));
  return (
    <section className="card stack tight estimate-card" aria-labelledby="estimate" style={{ minHeight: 236 }}>
      <h2 id="estimate" className="quiet small" style={{ fontWeight: 400 }}>
        {app.form.estimate}
      </h2>
      {error && !data ? (
        <ErrorState error={error} retry={() => void estimate.refetch()} />
      ) : (
        <>
          <p aria-live="polite">
            <span className="big" data-testid="estimate">
              {data ? range : '…'}
            </span>{' '}
            {wordFor(words.result, goal)}
          </p>
          <PaceBand
            low={low}
            mid={mid}
            high={high}
            label={app.form.bandLabel(short(low), short(high))}
            ticks={[span(0), span(durationMs / 2), span(durationMs)]}
          />
          {data ? (
            <p className="row between wrap small" style={{ gap: 4 }}>
              <span className="quiet">{kind === 'video' ? app.form.eachPlay : app.form.eachAbout}</span>
              <span className="numbers">{app.form.estimateRange(short(at(data.views.low)), short(at(data.views.high)))}</span>
            </p>
          ) : null}
          {data?.market ? <Reach of={data.market} /> : null}
          <p className="hint">{data ? said(data.note) : words.notPromise}</p>
          {data && heldText(data, goal) ? <p className="hint">{heldText(data, goal)}</p> : null}
        </>
      )}
    </section>
  );
}
