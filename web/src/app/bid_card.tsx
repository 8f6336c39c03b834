/** How is bid: by the platform, by the buyer, by an average, by plays. Only what the goal offers. */
import type { Schemas } from '../api/client';
import type { Estimated } from '../api/queries';
import { app, words } from '../i18n';
import { count, money } from '../kit/format';
import { Chips, MoneyInput } from '../kit/input';
import type { BidKind, Draft } from './draft';

export function BidCard({ draft, ways, bid, suggested, options, change, estimate }: {
  draft: Draft;
  ways: BidKind[];
  bid: number;
  suggested: number;
  options: Schemas['BoostOptions'];
  change: (part: Partial<Draft>) => void;
  estimate: Estimated | undefined;
}) {
  if (ways.length < 2) return null;
  const { currency } = options.budget_max;
  const yuan = currency === 'CNY';
  const capped = draft.bidKind === 'cost_cap';
  const asked = capped || draft.bidKind === 'bid';
  const [min, max] = capped
    ? [options.cost_cap_min.amount, options.cost_cap_max.amount]
    : [options.bid_min.amount, options.bid_max.amount];
  // What would make the budget last, where yesterday's requests tell; what the platform supposes otherwise.
  const better = estimate?.market ? Math.floor(estimate.market.bid.micros / 10_000) : 0;
  const best = better >= min && better <= max ? better : suggested;
  const promise = estimate?.cost_cap_can_be_promised ?? null;
  return (
    <section className="card stack">
      <h2>{app.form.bid}</h2>
      <Chips
        label={app.form.bid}
        value={draft.bidKind}
        columns={ways.length}
        onChange={(bidKind) => change({ bidKind })}
        choices={ways.map((value) => ({ value, label: app.form.bidKind[value] }))}
      />
      {asked ? (
        <div className="row between">
          <span className="label" style={{ margin: 0 }}>
            {capped ? app.form.capEach : app.form.bidEach}
          </span>
          <div style={{ width: 168 }}>
            <MoneyInput
              label={capped ? app.form.capEach : app.form.bidEach}
              unit={yuan ? words.unit.yuan : words.unit.beans('').trim()}
              currency={yuan ? 'CNY' : 'BEAN'}
              value={bid}
              places={2}
              limits={{ min, max }}
              onChange={(value) => change({ bid: value })}
              hint={yuan ? app.form.yuanBidHint : app.form.bidHint}
            />
          </div>
        </div>
      ) : null}
      {asked && best && best !== bid ? (
        <button type="button" className="button plain" onClick={() => change({ bid: best })}>
          {app.form.suggestion(money({ amount: best, currency }))}
        </button>
      ) : null}
      {capped && promise !== null ? (
        <p className={`notice small ${promise ? 'good' : 'wait'}`}>
          {promise ? app.form.capPromise : app.form.capNoPromise(count(options.cost_cap_results_min))}
        </p>
      ) : null}
      <p className="hint">{yuan ? app.form.bidWays[draft.bidKind] : app.form.bidHelp}</p>
    </section>
  );
}
