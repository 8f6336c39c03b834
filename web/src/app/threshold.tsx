/** A threshold of a programme in words, with what is known of it. */
import type { Schemas } from '../api/client';
import { app, wordFor } from '../i18n';
import { count, money, share, shifted, span } from '../kit/format';

/** In the words of a programme's terms: one of these. */
interface Threshold {
  at_least?: { metric: string; value: number };
  at_most?: { metric: string; value: number };
  is?: string;
  is_not?: string;
  step_permille?: number;
  target_gmv_fen?: number;
}

/** A metric's number in its own unit. */
export function measured(metric: string, value: number): string {
  if (metric.endsWith('_ms')) return span(value);
  if (metric.endsWith('_fen')) return money({ amount: value, currency: 'CNY' });
  if (metric.endsWith('_permille')) return share(value);
  return metric.endsWith('_hundredths') ? shifted(value, 2) : count(value);
}

const named = (metric: string) => wordFor(app.incentive.metric, metric);

export function thresholdText(of: Threshold): string {
  const { at_least: least, at_most: most } = of;
  if (least) return app.incentive.atLeast(named(least.metric), measured(least.metric, least.value));
  if (most) return app.incentive.atMost(named(most.metric), measured(most.metric, most.value));
  if (of.is) return wordFor(app.incentive.flag, of.is);
  if (of.is_not) return app.incentive.not(wordFor(app.incentive.flag, of.is_not));
  return app.incentive.step(share(of.step_permille ?? 0), money({ amount: of.target_gmv_fen ?? 0, currency: 'CNY' }));
}

/** How far somebody has come, as a part of the whole; nothing where there is no way to go. */
function way(of: Schemas['IncentiveThreshold']): { done: number; whole: number } | null {
  const least = (of.threshold as Threshold).at_least;
  return least && least.value > 0 ? { done: of.value ?? 0, whole: least.value } : null;
}

export function Thresholds({ of }: { of: Schemas['IncentiveThreshold'][] }) {
  return (
    <ul className="stack tight">
      {of.map((one, nth) => {
        const threshold = one.threshold as Threshold;
        const metric = threshold.at_least?.metric ?? threshold.at_most?.metric;
        const known = one.value !== null && one.value !== undefined;
        const going = way(one);
        return (
          <li key={nth} className="stack tight" style={{ gap: 2 }}>
            <span className="row between small wrap" style={{ gap: 4 }}>
              <span className="row" style={{ gap: 6 }}>
                <span className={`tick ${one.is_met ? 'on' : ''}`} aria-hidden="true" />
                <span>{thresholdText(threshold)}</span>
                {one.is_met ? <span className="only-read">{app.incentive.reached}</span> : null}
              </span>
              {metric ? (
                <span className="quiet numbers" title={one.source ? wordFor(app.incentive.source, one.source) : undefined}>
                  {known ? app.incentive.now(measured(metric, one.value ?? 0)) : app.incentive.unknown}
                </span>
              ) : null}
            </span>
            {going ? (
              <span className="meter" aria-hidden="true">
                <i style={{ width: `${Math.min(100, (going.done * 100) / going.whole).toFixed(1)}%` }} />
              </span>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}
