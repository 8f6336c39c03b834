/** One room: what was told about it, and its orders. */
import { useQuery } from '@tanstack/react-query';
import * as ask from '../api/queries';
import { desk, wordFor, words } from '../i18n';
import { Answered, Waiting } from '../kit/say';
import { At, Id, RoomTag, Said } from '../kit/show';
import { PartyName } from './order';
import { OrdersTable } from './orders';
import { Page } from './shell';
import { useSubject } from './way';

export function RoomPage() {
  const id = useSubject();
  const room = useQuery({ ...ask.room(id), refetchInterval: 15_000 });
  return (
    <Page title={room.data?.content.title ?? desk.nav.rooms} said={room.data !== undefined} aside={room.data ? <RoomTag state={room.data.state} /> : null}>
      <Answered of={room} waiting={<Waiting lines={4} height={60} />}>
        {(found) => (
          <>
            <div className="columns two">
              <section className="card" aria-label={desk.rooms.facts}>
                <div className="card-head">
                  <h2 className="card-title">{desk.rooms.facts}</h2>
                </div>
                <ol className="timeline">
                  {[...found.facts].reverse().map((fact) => (
                    <li key={`${fact.fact} ${fact.occurred_at}`}>
                      <div className="row between">
                        <span>{wordFor(words.fact, fact.fact)}</span>
                        <span className="small quiet">
                          <At at={fact.occurred_at} />
                        </span>
                      </div>
                    </li>
                  ))}
                </ol>
              </section>
              <section className="card" aria-label={desk.rooms.title}>
                <dl className="facts">
                  <dt>{desk.rooms.creator}</dt>
                  <dd>
                    <PartyName id={found.creator_id} />
                  </dd>
                  <dt>{desk.reviews.category}</dt>
                  <dd>{wordFor(words.category, found.content.category)}</dd>
                  <dt>{desk.reviews.visibility}</dt>
                  <dd>{desk.reviews[found.content.visibility]}</dd>
                  <dt>{desk.rooms.cart}</dt>
                  <dd>{found.has_cart ? desk.reviews.hasCart : desk.reviews.noCart}</dd>
                  <dt>{desk.reviews.version}</dt>
                  <dd className="numbers">{found.content_version}</dd>
                  <dt>{desk.rooms.external}</dt>
                  <dd>
                    <Said>{found.external_id}</Said>
                  </dd>
                  <dt>{desk.search.kind.room}</dt>
                  <dd>
                    <Id of={found.id} />
                  </dd>
                </dl>
              </section>
            </div>
            <OrdersTable title={desk.rooms.orders} room={found.id} />
          </>
        )}
      </Answered>
    </Page>
  );
}
