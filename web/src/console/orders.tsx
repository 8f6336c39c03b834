/** Every order. What is looked for stands in the address. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { BoostDetail, Schemas } from '../api/client';
import * as ask from '../api/queries';
import { subjectOf } from '../api/subject';
import { app, desk, wordFor, words } from '../i18n';
import { bareCost, cost, money, shifted, short } from '../kit/format';
import { At, Id, Meter, Money, Said, StatusTag } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { Page } from './shell';
import { Views } from './views';
import { Go, useWay } from './way';

export const STATES: Schemas['BoostState'][] = [
  'pending_payment', 'in_review', 'reserved', 'running', 'paused', 'settling', 'completed', 'stopped', 'room_ended',
  'rejected', 'closed', 'canceled', 'reservation_expired', 'reservation_invalid',
];

const SEEN = 'tuiliu.seen_orders';
const seen = () => (sessionStorage.getItem(SEEN) ?? '').split(' ');
export const markSeen = (id: string) => sessionStorage.setItem(SEEN, [...seen().filter((one) => one !== id).slice(-200), id].join(' '));

function useColumns(): Column<BoostDetail>[] {
  return useMemo(() => {
    const visited = seen();
    return [
      {
        key: 'room',
        title: desk.orders.room,
        text: (order) => subjectOf(order).title,
        show: (order) => (
          <span className="stack tight" style={{ minWidth: 160 }}>
            <Go to={`/orders/${order.id}`} className={visited.includes(order.id) ? 'quiet' : 'strong'}>
              <Said>{subjectOf(order).title}</Said>
              {visited.includes(order.id) ? <span className="only-read">{desk.visited}</span> : null}
            </Go>
          </span>
        ),
      },
      { key: 'state', title: desk.orders.state, text: (order) => words.state[order.state], show: (order) => <StatusTag state={order.state} /> },
      { key: 'goal', title: desk.orders.goal, text: (order) => wordFor(words.goal, order.goal), show: (order) => wordFor(words.goal, order.goal) },
      {
        key: 'spent',
        title: desk.orders.spent,
        right: true,
        text: (order) => shifted(order.spent.micros, 6),
        show: (order) => (
          <span className="stack tight" style={{ minWidth: 150 }}>
            <span className="nowrap">
              {bareCost(order.spent)} / <Money of={order.budget} />
            </span>
            <Meter done={order.spent.micros} whole={order.budget.amount * 10_000} label={`${cost(order.spent)} / ${money(order.budget)}`} />
          </span>
        ),
      },
      {
        key: 'results',
        title: desk.orders.results,
        right: true,
        text: (order) => String(order.totals['results'] ?? 0),
        show: (order) => short(order.totals['results'] ?? 0),
      },
      { key: 'form', title: desk.orders.form, text: (order) => words.form[order.form], show: (order) => words.form[order.form] },
      { key: 'created', title: desk.orders.created, text: (order) => order.created_at, show: (order) => <At at={order.created_at} /> },
      { key: 'id', title: desk.orders.id, text: (order) => order.id, show: (order) => <Id of={order.id} brief /> },
    ];
  }, []);
}

export function OrdersTable({ title, room, payer }: { title: string; room?: string; payer?: string }) {
  const way = useWay();
  const state = STATES.find((known) => known === way.text('state'));
  const orders = useInfiniteQuery({ ...ask.boosts({ state, room_id: room, payer_id: payer }), refetchInterval: 10_000 });
  const columns = useColumns();
  return (
    <QueryTable
      name="orders"
      label={title}
      of={rowsFrom(orders)}
      columns={columns}
      keyOf={(order) => order.id}
      onOpen={(order) => way.open(`/orders/${order.id}`)}
      narrowed={state ? way.clear : undefined}
      empty={{ title: desk.orders.none, why: desk.orders.noneWhy }}
      filters={
        <>
          <h2 className="card-title">{title}</h2>
          <label className="field">
            <span className="only-read">{desk.orders.state}</span>
            <select value={state ?? ''} onChange={(event) => way.ask({ state: event.target.value })}>
              <option value="">{words.do.all}</option>
              {STATES.map((one) => (
                <option key={one} value={one}>
                  {words.state[one]}
                </option>
              ))}
            </select>
          </label>
          {room || payer ? null : <Views />}
        </>
      }
    />
  );
}

export function Orders() {
  return (
    <Page title={desk.nav.orders}>
      <OrdersTable title={app.orders.title} />
    </Page>
  );
}
