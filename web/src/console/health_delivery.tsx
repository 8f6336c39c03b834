/** How running orders get on: plan and actual, auctions won, and why the others were lost. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { api, ask as send, type BoostDetail, type Schemas } from '../api/client';
import * as ask from '../api/queries';
import { subjectOf } from '../api/subject';
import { desk, said } from '../i18n';
import { bareCost, count, share } from '../kit/format';
import { Answered, Empty, Waiting } from '../kit/say';
import { Said, Tag } from '../kit/show';
import { Go } from './way';

/** So many running orders are looked at, the newest first: each is a question of its own. */
const LOOKED_AT = 20;
const AGAIN_MS = 30_000;
/** Behind by more than this part of the plan is told. */
const BEHIND_PERMILLE = 800;

export function DeliveryHealth() {
  const running = useQuery({
    queryKey: ['running'],
    refetchInterval: AGAIN_MS,
    queryFn: () => send(api.GET('/v1/boosts', { params: { query: { state: 'running', limit: LOOKED_AT } } })),
  });
  return (
    <section className="card stack">
      <h2 className="card-title">{desk.health.delivery}</h2>
      <p className="hint">{desk.health.deliveryWhy}</p>
      <Answered of={running} waiting={<Waiting lines={4} height={36} />}>
        {({ data }) => (data.length === 0 ? <Empty title={desk.health.nothingRuns} /> : <Running orders={data} />)}
      </Answered>
    </section>
  );
}

function Running({ orders }: { orders: BoostDetail[] }) {
  const losses = useQueries({ queries: orders.map((order) => ({ ...ask.losses(order.id), refetchInterval: AGAIN_MS })) });
  const reports = useQueries({ queries: orders.map((order) => ({ ...ask.report(order.id), refetchInterval: AGAIN_MS })) });
  const sums = new Map<string, { text: Schemas['Text']; count: number }>();
  for (const { data } of losses) {
    for (const loss of data?.lost ?? []) {
      const known = sums.get(loss.code) ?? { text: loss.text, count: 0 };
      sums.set(loss.code, { ...known, count: known.count + loss.count });
    }
  }
  const lost = [...sums.values()].sort((one, other) => other.count - one.count);
  return (
    <>
      <ul className="row wrap" aria-label={desk.health.lost}>
        {lost.slice(0, 8).map((loss) => (
          <li key={loss.text.en}>
            <Tag>
              {said(loss.text)} · {count(loss.count)}
            </Tag>
          </li>
        ))}
      </ul>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={desk.health.delivery}>
        <table>
          <thead>
            <tr>
              <th scope="col">{desk.orders.room}</th>
              <th scope="col" className="right">{desk.health.planned}</th>
              <th scope="col" className="right">{desk.health.actual}</th>
              <th scope="col" className="right">{desk.health.auctions}</th>
              <th scope="col" className="right">{desk.health.wins}</th>
              <th scope="col">{desk.health.mostLost}</th>
            </tr>
          </thead>
          <tbody>
            {orders.map((order, nth) => {
              const [loss, pace] = [losses[nth]?.data, reports[nth]?.data?.pace];
              const most = loss?.lost.reduce<Schemas['BoostLoss'] | null>((top, one) => (top === null || one.count > top.count ? one : top), null);
              const part = pace && pace.planned.micros > 0 ? Math.round((pace.actual.micros * 1000) / pace.planned.micros) : null;
              return (
                <tr key={order.id}>
                  <td>
                    <Go to={`/orders/${order.id}`}>
                      <Said>{subjectOf(order).title}</Said>
                    </Go>
                  </td>
                  <td className="right numbers">{pace ? bareCost(pace.planned) : '—'}</td>
                  <td className="right numbers">
                    {pace ? bareCost(pace.actual) : '—'} {part !== null && part < BEHIND_PERMILLE ? <Tag tone="wait">{share(part)}</Tag> : null}
                  </td>
                  <td className="right numbers">{loss ? count(loss.auctions) : '—'}</td>
                  <td className="right numbers">{loss ? count(loss.wins) : '—'}</td>
                  <td>{most ? `${said(most.text)} · ${count(most.count)}` : '—'}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}
