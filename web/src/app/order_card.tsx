/** One order in a list: what it is, how far it is, what it brought. */
import { Link } from '@tanstack/react-router';
import type { BoostDetail } from '../api/client';
import { subjectOf } from '../api/subject';
import { app, wordFor, words } from '../i18n';
import { bareCost, short } from '../kit/format';
import { Meter, Money, Said, StatusTag, TimeAgo } from '../kit/show';

export function OrderCard({ order }: { order: BoostDetail }) {
  const results = order.totals['results'] ?? 0;
  // A bar's length is no amount: both sides in the same unit, only to be drawn.
  const [done, whole] = [order.spent.micros, order.budget.amount * 10_000];
  return (
    <Link to="/orders/$id" params={{ id: order.id }} className="order-card">
      <div className="row between">
        <Said className="strong cut">{subjectOf(order).title}</Said>
        <StatusTag state={order.state} />
      </div>
      <Meter done={done} whole={whole} label={app.order.spent} />
      <div className="row between small quiet">
        <span>
          {app.order.spent} <span className="numbers">{bareCost(order.spent)}</span> / <Money of={order.budget} />
        </span>
        <span>
          {results > 0 ? (
            <>
              <span className="strong numbers">{short(results)}</span> {wordFor(words.result, order.goal)}
            </>
          ) : (
            <TimeAgo at={order.created_at} />
          )}
        </span>
      </div>
    </Link>
  );
}
