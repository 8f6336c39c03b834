/** Topping up: an amount, a payment link, and the moment it arrives. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, words } from '../i18n';
import { count, money } from '../kit/format';
import { Button, Chips, MoneyInput } from '../kit/input';
import { Answered, ErrorState } from '../kit/say';
import { Money } from '../kit/show';
import { topUpRoute } from './router';
import { Page, useMe } from './shell';

interface Wish {
  price: number;
  into: 'BEAN' | 'CNY';
  key: string;
}
const INTO: Wish['into'][] = ['BEAN', 'CNY'];
/** In fen. */
const PRICES = [1_000, 5_000, 10_000, 30_000, 50_000, 100_000];

export function TopUpPage() {
  const me = useMe();
  const { back, into } = topUpRoute.useSearch();
  const rates = useQuery(ask.beanRates);
  const [wanted, setWanted] = useState<Wish>({ price: 10_000, into: into === 'CNY' ? 'CNY' : 'BEAN', key: freshKey() });
  const want = (part: Partial<Wish>) => setWanted({ ...wanted, ...part, key: freshKey() });
  const starting = useMutation({
    mutationFn: () =>
      send(
        api.POST('/v1/wallets/{party}/top_ups', {
          params: { path: { party: me.party }, ...once(wanted.key) },
          body: { price: { amount: wanted.price, currency: 'CNY' }, channel: 'direct', into: wanted.into },
        }),
      ),
  });
  const direct = rates.data?.data.find((rate) => rate.channel === 'direct');
  if (starting.data) return <Waiting topUp={starting.data} back={back} />;
  return (
    <Page title={app.wallet.topUp} back="/wallet">
      <section className="card stack loose">
        <Chips
          label={app.wallet.into}
          value={wanted.into}
          columns={2}
          onChange={(next) => want({ into: next })}
          choices={INTO.map((value) => ({ value, label: app.wallet.intoKind[value] }))}
        />
        <div className="row between">
          <h2>{app.wallet.choose}</h2>
          {direct && wanted.into === 'BEAN' ? <span className="quiet small">{app.wallet.rate(count(direct.beans_per_yuan))}</span> : null}
        </div>
        <Chips
          label={app.wallet.choose}
          value={wanted.price}
          columns={3}
          onChange={(price) => want({ price })}
          choices={PRICES.map((amount) => ({ value: amount, label: money({ amount, currency: 'CNY' }) }))}
        />
        <MoneyInput
          label={app.wallet.invoice}
          unit={words.unit.yuan}
          value={wanted.price}
          limits={{ min: 100, max: 10_000_000 }}
          onChange={(price) => want({ price })}
          hint={app.wallet.priceHint}
        />
        {starting.error ? <ErrorState error={starting.error} stake="paying" retry={() => starting.mutate()} /> : null}
        <Button kind="main large wide" busy={starting.isPending} onClick={() => starting.mutate()}>
          {app.wallet.start} · {money({ amount: wanted.price, currency: 'CNY' })}
        </Button>
      </section>
    </Page>
  );
}

function Waiting({ topUp: begun, back }: { topUp: Schemas['TopUp']; back: string | undefined }) {
  const keeper = useQueryClient();
  const topUp = useQuery({
    ...ask.topUp(begun.id),
    refetchInterval: (query) => (query.state.data && query.state.data.state !== 'pending' ? false : 2000),
  });
  const playing = useMutation({
    mutationFn: () =>
      send(api.POST('/v1/sandbox/top_ups/{top_up}', { params: { path: { top_up: begun.id } }, body: { play: 'pay', notices: null } })),
    onSuccess: () => keeper.invalidateQueries(),
  });
  const state = topUp.data?.state ?? begun.state;
  useEffect(() => {
    if (state === 'paid') void keeper.invalidateQueries({ queryKey: ['wallet'] });
  }, [keeper, state]);
  const web = begun.pay_link?.startsWith('http');
  return (
    <Page title={app.wallet.topUp} back="/wallet">
      <section className="card stack" style={{ textAlign: 'center' }}>
        <p className="big">
          <Money of={begun.price} />
        </p>
        <p className="quiet">
          {app.wallet.bought} <Money of={begun.bought} />
        </p>
        <Answered of={topUp}>
          {({ state: now }) =>
            now === 'paid' ? (
              <div className="stack">
                <p className="notice good" role="status">
                  {app.wallet.arrived}
                </p>
                {back ? (
                  <Link to="/orders/$id" params={{ id: back }} search={{ sheet: 'pay' }} className="button main large wide">
                    {app.order.payNow}
                  </Link>
                ) : (
                  <Link to="/wallet" className="button main large wide">
                    {app.wallet.title}
                  </Link>
                )}
              </div>
            ) : now === 'pending' ? (
              <div className="stack">
                <p className="strong">{app.wallet.waiting}</p>
                <p className="hint">{app.wallet.waitingWhy}</p>
                {web ? (
                  <a className="button main large wide" href={begun.pay_link ?? ''} target="_blank" rel="noreferrer">
                    {app.wallet.open}
                  </a>
                ) : null}
                {begun.provider === 'sandbox' ? (
                  <Button kind="main large wide" busy={playing.isPending} onClick={() => playing.mutate()}>
                    {app.wallet.sandbox}
                  </Button>
                ) : null}
                {playing.error ? <ErrorState error={playing.error} stake="paying" /> : null}
              </div>
            ) : (
              <p className="notice bad">{now === 'suspended' ? words.payment.suspended : app.wallet.failed}</p>
            )
          }
        </Answered>
      </section>
    </Page>
  );
}
