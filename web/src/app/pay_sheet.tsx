/** Paying an order: what pays for it, how long there is, and one payment whatever happens to the connection. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ask as send, type BoostDetail, freshKey, once, Refused, type Schemas, UNREACHED } from '../api/client';
import * as ask from '../api/queries';
import { subjectOf } from '../api/subject';
import { app, wordFor, words } from '../i18n';
import { countdown, money } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, ErrorState, Waiting } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { Money, Said, useNow } from '../kit/show';
import { CouponPicker } from './coupon_picker';

type Use = Schemas['CouponChoice'];

/** The key of this payment: the same after a reload, another once something else is to be paid with. */
function keyOf(order: string, how: string): string {
  const place = `tuiliu.pay.${order}`;
  const kept = sessionStorage.getItem(place)?.split(' ');
  if (kept?.[1] === how && kept[0]) return kept[0];
  const key = freshKey();
  sessionStorage.setItem(place, `${key} ${how}`);
  return key;
}

const PAUSES_MS = [1000, 2000, 4000, 8000];
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Sends the payment until it is answered: under one key it is carried out once. */
async function payOnce(order: string, body: Schemas['PayBoostBody'], key: string, unsure: () => void): Promise<Schemas['Boost']> {
  for (const wait of PAUSES_MS) {
    try {
      return await send(api.POST('/v1/boosts/{boost}/pay', { params: { path: { boost: order }, ...once(key) }, body }));
    } catch (error) {
      const unanswered = error instanceof Refused && (error.code === UNREACHED || error.status >= 500);
      if (!unanswered) throw error;
      unsure();
      await pause(wait);
    }
  }
  return await send(api.POST('/v1/boosts/{boost}/pay', { params: { path: { boost: order }, ...once(key) }, body }));
}

export function PaySheet({ id, couponUse = 'automatic', coupons = [], onClose, onPaid }: {
  id: string;
  couponUse?: Use;
  coupons?: string[];
  onClose: () => void;
  onPaid: () => void;
}) {
  const order = useQuery({ ...ask.boost(id), refetchInterval: 15_000 });
  const [chosen, setChosen] = useState<{ use: Use; coupons: string[] }>({ use: couponUse, coupons });
  return (
    <Sheet title={app.pay.title} open onClose={onClose}>
      <Answered of={order} waiting={<Waiting lines={5} />}>
        {(found) =>
          found.state === 'pending_payment' ? (
            <Paying order={found} chosen={chosen} choose={setChosen} onPaid={onPaid} />
          ) : (
            <Over order={found} onClose={onClose} onPaid={onPaid} />
          )
        }
      </Answered>
    </Sheet>
  );
}

function Over({ order, onClose, onPaid }: { order: BoostDetail; onClose: () => void; onPaid: () => void }) {
  if (order.state !== 'closed' && order.state !== 'canceled') {
    return (
      <Button kind="main large wide" onClick={onPaid}>
        {words.do.detail}
      </Button>
    );
  }
  return (
    <div className="stack">
      <p className="notice">{app.pay.expired}</p>
      <Button kind="main large wide" onClick={onClose}>
        {app.pay.again}
      </Button>
    </div>
  );
}

function Paying({ order, chosen, choose, onPaid }: {
  order: BoostDetail;
  chosen: { use: Use; coupons: string[] };
  choose: (chosen: { use: Use; coupons: string[] }) => void;
  onPaid: () => void;
}) {
  const [choosing, setChoosing] = useState(false);
  const yuan = order.budget.currency === 'CNY';
  const [unsure, setUnsure] = useState(false);
  const now = useNow();
  const how = { coupon_use: chosen.use, coupons: chosen.use === 'these' ? chosen.coupons : [] };
  const plan = useQuery(ask.paymentPlan({ boost_id: order.id, price: order.budget, ...how }, true));
  const paying = useMutation({
    mutationFn: () => payOnce(order.id, how, keyOf(order.id, `${how.coupon_use}:${how.coupons.join('+')}`), () => setUnsure(true)),
    onSettled: () => setUnsure(false),
    onSuccess: onPaid,
  });
  const closesAt = order.state_detail.closes_at;
  const missing = plan.data && plan.data.missing.amount > 0 ? plan.data.missing : null;
  return (
    <div className="stack">
      <div className="stack tight" style={{ textAlign: 'center' }}>
        <Said className="quiet">{subjectOf(order).title}</Said>
        <p className="big" style={{ fontSize: 34 }}>{plan.data ? <Money of={plan.data.by_wallet} /> : '…'}</p>
        {closesAt ? (
          <p className="quiet small" role="timer">
            {app.pay.closesIn(countdown(new Date(closesAt).getTime() - now))}
          </p>
        ) : null}
      </div>
      {plan.error ? <ErrorState error={plan.error} retry={() => void plan.refetch()} /> : null}
      {plan.data ? (
        <dl className="facts">
          <dt>{app.pay.price}</dt>
          <dd>
            <Money of={plan.data.price} />
          </dd>
          {yuan ? null : (
            <>
              <dt>{app.pay.coupons}</dt>
              <dd>
                {plan.data.by_coupons.amount > 0 ? '−' : ''}
                <Money of={plan.data.by_coupons} />{' '}
                <button type="button" className="button plain" style={{ minHeight: 32, padding: '0 8px' }} onClick={() => setChoosing(!choosing)} aria-expanded={choosing}>
                  {words.do.edit}
                </button>
              </dd>
            </>
          )}
          {plan.data.sources.map((source) => (
            <div key={source.lot_id} style={{ display: 'contents' }}>
              <dt>{wordFor(words.source, source.kind)}</dt>
              <dd>
                <Money of={source.amount} />
              </dd>
            </div>
          ))}
          {missing ? (
            <>
              <dt>{yuan ? app.pay.cash : app.pay.beans}</dt>
              <dd className="strong">{app.pay.missing(money(missing))}</dd>
            </>
          ) : null}
        </dl>
      ) : (
        <Waiting lines={3} />
      )}
      {choosing ? (
        <CouponPicker
          owner={order.payer_id}
          form={order.form}
          use={chosen.use}
          chosen={chosen.coupons}
          onChange={(use, coupons) => choose({ use, coupons })}
        />
      ) : null}
      {paying.error ? <ErrorState error={paying.error} stake="paying" retry={() => paying.mutate()} /> : null}
      {unsure ? (
        <p className="notice wait" role="status">
          {app.pay.checking}
        </p>
      ) : null}
      {missing ? (
        <Link to="/wallet/top_up" search={{ back: order.id, into: yuan ? 'CNY' : undefined }} className="button main large wide">
          {app.pay.topUpFirst}
        </Link>
      ) : (
        <Button kind="main large wide" busy={paying.isPending} disabled={!plan.data} onClick={() => paying.mutate()}>
          {paying.isPending ? app.pay.paying : plan.data ? app.pay.confirm(money(plan.data.by_wallet)) : '…'}
        </Button>
      )}
      <p className="hint" style={{ textAlign: 'center' }}>
        {app.pay.once} {app.pay.terms}
      </p>
    </div>
  );
}
