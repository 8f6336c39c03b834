/** What happens now: how many orders are where, what waits for a person, what was ordered last. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type ReactNode } from 'react';
import type { Schemas } from '../api/client';
import { api, ask as send } from '../api/client';
import { subjectOf } from '../api/subject';
import { desk, words } from '../i18n';
import { count } from '../kit/format';
import { Answered, Empty, Waiting } from '../kit/say';
import { Said, TimeAgo } from '../kit/show';
import { HealthFigures } from './health';
import { OrdersTable } from './orders';
import { reviews } from './queries';
import { Page, useMay } from './shell';
import { StartNote } from './start';
import { Go } from './way';

const COUNTED_MAX = 100;

/** How many orders are in a state; the API counts by page, so a full page is "at least". */
function useCount(state: Schemas['BoostState']) {
  return useQuery({
    queryKey: ['count', state],
    refetchInterval: 10_000,
    queryFn: async () => {
      const page = await send(api.GET('/v1/boosts', { params: { query: { state, limit: COUNTED_MAX } } }));
      return { rows: page.data.length, more: page.has_more };
    },
  });
}

function Stat({ name, to, state }: { name: string; to: string; state: Schemas['BoostState'] }) {
  const { data } = useCount(state);
  return (
    <Go to={to} className="card stat">
      <span className="quiet">{name}</span>
      <span className="big">{data ? (data.more ? desk.overview.atLeast(count(data.rows)) : count(data.rows)) : '—'}</span>
    </Go>
  );
}

function Block({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      <div className="card-head">
        <h2 className="card-title">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

function Queue() {
  const queue = useInfiniteQuery({ ...reviews, refetchInterval: 10_000 });
  return (
    <Block title={desk.overview.queue} aside={<Go to="/reviews">{desk.overview.all}</Go>}>
      <Answered of={queue} waiting={<Waiting />}>
        {(pages) => {
          const rows = pages.pages.flatMap((page) => page.data).slice(0, 6);
          if (rows.length === 0) return <Empty title={desk.overview.queueEmpty} />;
          return (
            <ul>
              {rows.map((pending) => (
                <li key={pending.boost.id}>
                  <Go to="/reviews" className="line-item">
                    <Said className="cut grow">{subjectOf(pending).title}</Said>
                    <span className="small quiet">
                      <TimeAgo at={pending.boost.created_at} />
                    </span>
                  </Go>
                </li>
              ))}
            </ul>
          );
        }}
      </Answered>
    </Block>
  );
}

export function Overview() {
  const judges = useMay('review.read');
  return (
    <Page title={desk.nav.overview}>
      <StartNote />
      <div className="stats">
        <Stat name={desk.overview.running} state="running" to="/orders?state=running" />
        <Stat name={desk.overview.inReview} state="in_review" to="/reviews" />
        <Stat name={desk.overview.paused} state="paused" to="/orders?state=paused" />
        <Stat name={desk.overview.settling} state="settling" to="/orders?state=settling" />
        <Stat name={desk.overview.unpaid} state="pending_payment" to="/orders?state=pending_payment" />
      </div>
      <div className="columns two">
        <Block title={desk.overview.health} aside={<Go to="/health">{words.do.detail}</Go>}>
          <HealthFigures />
        </Block>
        {judges ? <Queue /> : null}
      </div>
      <OrdersTable title={desk.overview.recent} />
    </Page>
  );
}
