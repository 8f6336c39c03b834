/** Every order with what it brought. What is looked for stands in the address. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { Schemas } from '../api/client';
import * as ask from '../api/queries';
import { subjectOf } from '../api/subject';
import { app, words } from '../i18n';
import { Button } from '../kit/input';
import { Answered, Empty, Waiting } from '../kit/say';
import { OrderCard } from './order_card';
import { ordersRoute } from './router';
import { Page, useMe } from './shell';

const STATES: Schemas['BoostState'][] = [
  'pending_payment', 'in_review', 'reserved', 'running', 'paused', 'settling', 'completed', 'stopped', 'room_ended', 'rejected', 'closed', 'canceled',
];

export function Orders() {
  const me = useMe();
  const { state, find } = ordersRoute.useSearch();
  const navigate = useNavigate();
  const wanted = STATES.find((known) => known === state);
  const payer = me.roles.includes('agency') ? undefined : me.party;
  const orders = useInfiniteQuery({ ...ask.boosts({ state: wanted, payer_id: payer }), refetchInterval: 15_000 });
  const look = (next: { state?: string | undefined; find?: string | undefined }) =>
    void navigate({ to: '/orders', search: { state, find, ...next }, replace: true });
  return (
    <Page title={app.orders.title}>
      <label className="field">
        <span className="only-read">{app.orders.find}</span>
        <input
          type="search"
          placeholder={app.orders.find}
          value={find ?? ''}
          onChange={(event) => look({ find: event.target.value || undefined })}
        />
      </label>
      <div className="tabs" role="group" aria-label={app.orders.title}>
        {[undefined, ...STATES].map((one) => (
          <button key={one ?? 'all'} type="button" className="tab" aria-pressed={one === wanted} onClick={() => look({ state: one })}>
            {one ? words.state[one] : words.do.all}
          </button>
        ))}
      </div>
      <Answered of={orders} waiting={<Waiting lines={5} height={92} />}>
        {(pages) => {
          const text = (find ?? '').trim().toLowerCase();
          const rows = ask.rowsOf(pages).filter((order) => !text || order.id.includes(text) || subjectOf(order).title.toLowerCase().includes(text));
          if (rows.length === 0) {
            const narrowed = Boolean(text) || Boolean(wanted);
            return narrowed ? (
              <Empty title={words.list.filtered}>
                <Button onClick={() => look({ state: undefined, find: undefined })}>{words.list.clear}</Button>
              </Empty>
            ) : (
              <Empty title={app.orders.none} why={app.orders.noneWhy} />
            );
          }
          return (
            <>
              <ul className="columns even">
                {rows.map((order) => (
                  <li key={order.id} className="card">
                    <OrderCard order={order} />
                  </li>
                ))}
              </ul>
              {orders.hasNextPage ? (
                <Button kind="wide" busy={orders.isFetchingNextPage} onClick={() => void orders.fetchNextPage()}>
                  {words.do.more}
                </Button>
              ) : null}
            </>
          );
        }}
      </Answered>
    </Page>
  );
}
