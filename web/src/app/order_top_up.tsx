/** More budget and more time for an order that runs: a payment of its own. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, type BoostDetail, freshKey, once } from '../api/client';
import * as ask from '../api/queries';
import { app, wordFor, words } from '../i18n';
import { money, span } from '../kit/format';
import { Button, Chips } from '../kit/input';
import { ErrorState } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { Money } from '../kit/show';

/** In 1/100 bean, and in fen. */
const BUDGETS = { BEAN: [0, 10_000, 50_000, 100_000, 200_000, 500_000], CNY: [0, 10_000, 20_000, 50_000, 100_000, 200_000] };
const TIMES = [0, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000];

export function TopUpSheet({ order, onClose, onDone }: { order: BoostDetail; onClose: () => void; onDone: () => void }) {
  const [more, setMore] = useState({ budget: 10_000, time: 0, key: freshKey() });
  const currency = order.budget.currency === 'CNY' ? ('CNY' as const) : ('BEAN' as const);
  const budget = { amount: more.budget, currency };
  const plan = useQuery(ask.paymentPlan({ boost_id: order.id, price: budget }, more.budget > 0));
  const adding = useMutation({
    mutationFn: () =>
      send(
        api.POST('/v1/boosts/{boost}/top_up', {
          params: { path: { boost: order.id }, ...once(more.key) },
          body: { budget, duration_ms: more.time },
        }),
      ),
    onSuccess: onDone,
  });
  const nothing = more.budget === 0 && more.time === 0;
  const planned = more.budget > 0 ? plan.data : undefined;
  const missing = planned && planned.missing.amount > 0;
  const set = (part: { budget?: number; time?: number }) => setMore({ ...more, ...part, key: freshKey() });
  return (
    <Sheet
      title={app.order.topUpTitle}
      open
      onClose={onClose}
      footer={
        <Button kind="main large wide" busy={adding.isPending} disabled={nothing || Boolean(missing)} onClick={() => adding.mutate()}>
          {planned ? `${app.order.topUpDo} · ${money(planned.by_wallet)}` : app.order.topUpDo}
        </Button>
      }
    >
      <div className="stack loose">
        <div>
          <span className="label">{app.order.topUpBudget}</span>
          <Chips
            label={app.order.topUpBudget}
            value={more.budget}
            columns={3}
            onChange={(value) => set({ budget: value })}
            choices={BUDGETS[currency].map((amount) => ({ value: amount, label: amount ? money({ amount, currency }) : app.order.topUpNone }))}
          />
        </div>
        <div>
          <span className="label">{app.order.topUpTime}</span>
          <Chips
            label={app.order.topUpTime}
            value={more.time}
            columns={3}
            onChange={(value) => set({ time: value })}
            choices={TIMES.map((ms) => ({ value: ms, label: ms ? span(ms) : app.order.topUpNone }))}
          />
        </div>
        {planned ? (
          <dl className="facts">
            {planned.sources.map((source) => (
              <div key={source.lot_id} style={{ display: 'contents' }}>
                <dt>{wordFor(words.source, source.kind)}</dt>
                <dd>
                  <Money of={source.amount} />
                </dd>
              </div>
            ))}
          </dl>
        ) : null}
        {missing ? <p className="notice wait">{app.pay.missing(money(planned.missing))}</p> : null}
        {plan.error && more.budget > 0 ? <ErrorState error={plan.error} /> : null}
        {adding.error ? <ErrorState error={adding.error} stake="paying" retry={() => adding.mutate()} /> : null}
      </div>
    </Sheet>
  );
}
