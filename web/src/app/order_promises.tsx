/** What is promised of an order's money: back after a rejection, and no more than the bid for a result (QB-14, QB-18). */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, type BoostDetail, freshKey, once, type Schemas } from '../api/client';
import * as offers from '../api/offers';
import { app, wordFor, words } from '../i18n';
import { count, money, share } from '../kit/format';
import { Button, MoneyInput } from '../kit/input';
import { Answered, ErrorState } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { At, Id, Meter, Money, Tag, type Tone } from '../kit/show';
import { Card } from './order_cards';

/** Money of a rejected order on its way back. */
export function RefundCard({ refund }: { refund: Schemas['BoostRefund'] }) {
  return (
    <Card
      title={app.order.refund}
      aside={<Tag tone={refund.state === 'done' ? 'good' : 'busy'}>{wordFor(app.order.refundState, refund.state)}</Tag>}
    >
      <div className="stack">
        <p className="medium">
          <Money of={refund.amount} />
        </p>
        <p className="small quiet">
          {refund.done_at ? (
            <>
              {app.order.refundDone} <At at={refund.done_at} />
            </>
          ) : (
            <>
              {app.order.refundPromise(refund.promised_from, refund.promised_by)}
              {wordFor(app.guarantee.calendar, refund.calendar)}
            </>
          )}
        </p>
        {refund.of_top_ups.length > 0 ? (
          <div>
            <h3 className="label">{app.order.refundTopUps}</h3>
            <ul>
              {refund.of_top_ups.map((one) => (
                <li key={one.id} className="line-item small">
                  <span className="stack tight">
                    <Money of={one.refunded} />
                    <Id of={one.payment} brief />
                  </span>
                  <Tag tone={one.state === 'succeeded' ? 'good' : one.state === 'failed' ? 'bad' : 'busy'}>{words.refund[one.state]}</Tag>
                </li>
              ))}
            </ul>
          </div>
        ) : null}
      </div>
    </Card>
  );
}

const TONES: Record<string, Tone> = { in_effect: 'good', confirming: 'busy', paid: 'good', invalid: 'wait', ended: 'calm' };

/** Whether the cost guarantee is in force, and what it would pay now. */
export function CostGuaranteeCard({ order, moving, onBid }: { order: BoostDetail; moving: boolean; onBid: () => void }) {
  const read = useQuery({ ...offers.costGuarantee(order.id), refetchInterval: moving ? 10_000 : false });
  const runs = order.state === 'running' || order.state === 'paused';
  return (
    <Answered of={read}>
      {({ guarantee }) =>
        guarantee ? (
          <Card
            title={app.costGuarantee.title}
            aside={<Tag tone={TONES[guarantee.state] ?? 'calm'}>{wordFor(app.costGuarantee.state, guarantee.state)}</Tag>}
          >
            <div className="stack">
              {guarantee.reason ? <p>{wordFor(app.costGuarantee.reason, guarantee.reason)}</p> : null}
              <Standing of={guarantee} />
              <p className="hint">{app.costGuarantee.how(share(guarantee.tolerance_permille))}</p>
              {runs && order.bid ? <Button onClick={onBid}>{app.order.changeBid}</Button> : null}
            </div>
          </Card>
        ) : null
      }
    </Answered>
  );
}

function Standing({ of }: { of: Schemas['CostGuaranteeStanding'] }) {
  const most = of.edits_per_day_max ?? null;
  const results = app.costGuarantee.resultsOf(count(of.results), count(of.results_min));
  return (
    <>
      <div className="row between small">
        <span className="quiet">{app.costGuarantee.results}</span>
        <span className="numbers">{results}</span>
      </div>
      <Meter done={of.results} whole={of.results_min} label={`${app.costGuarantee.results} ${results}`} />
      <dl className="facts">
        {most === null ? null : (
          <>
            <dt>{app.costGuarantee.edits}</dt>
            <dd>{app.costGuarantee.editsOf(count(of.edits_today), count(most))}</dd>
          </>
        )}
        <dt>{of.state === 'paid' ? app.costGuarantee.paid : app.costGuarantee.wouldPay}</dt>
        <dd className="strong">
          <Money of={of.would_pay} /> <span className="quiet small">{wordFor(app.costGuarantee.paidIn, of.paid_in)}</span>
        </dd>
        {of.window_ends_at ? (
          <>
            <dt>{app.costGuarantee.window}</dt>
            <dd>
              <At at={of.window_ends_at} />
            </dd>
          </>
        ) : null}
        {of.pays_at ? (
          <>
            <dt>{app.costGuarantee.paysAt}</dt>
            <dd>
              <At at={of.pays_at} />
            </dd>
          </>
        ) : null}
      </dl>
    </>
  );
}

const BID = { min: 1, max: 100_000_000 };

export function BidSheet({ order, onClose, onDone }: { order: BoostDetail; onClose: () => void; onDone: () => void }) {
  const [wish, setWish] = useState({ amount: order.bid?.amount ?? 0, key: freshKey() });
  const currency = order.budget.currency === 'CNY' ? ('CNY' as const) : ('BEAN' as const);
  const bid = { amount: wish.amount, currency };
  const changing = useMutation({
    mutationFn: () =>
      send(api.POST('/v1/boosts/{boost}/bid', { params: { path: { boost: order.id }, ...once(wish.key) }, body: { bid } })),
    onSuccess: onDone,
  });
  return (
    <Sheet
      title={app.order.changeBid}
      open
      onClose={onClose}
      footer={
        <Button kind="main large wide" busy={changing.isPending} disabled={wish.amount === order.bid?.amount} onClick={() => changing.mutate()}>
          {app.order.changeBidDo} · {money(bid)}
        </Button>
      }
    >
      <div className="stack">
        <p className="hint">{app.order.changeBidHelp}</p>
        <MoneyInput
          label={app.form.bidEach}
          unit={currency === 'CNY' ? words.unit.yuan : words.unit.beans('').trim()}
          currency={currency}
          value={wish.amount}
          places={2}
          limits={BID}
          onChange={(amount) => setWish({ amount, key: freshKey() })}
          hint={currency === 'CNY' ? app.form.yuanBidHint : app.form.bidHint}
        />
        {changing.error ? <ErrorState error={changing.error} stake="changing" retry={() => changing.mutate()} /> : null}
      </div>
    </Sheet>
  );
}
