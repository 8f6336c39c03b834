/** Where a creator begins: what there is to spend, what is on air, what runs. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Room, Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, wordFor, words } from '../i18n';
import { count, moment, span } from '../kit/format';
import { Icon, type IconName } from '../kit/mark';
import { Answered, Empty, Waiting } from '../kit/say';
import { Face, Money, RoomTag, Said, SubjectTag, TimeAgo, useNow } from '../kit/show';
import { OrderCard } from './order_card';
import { Page, useMe } from './shell';

/** States in which something still happens to an order. */
const OPEN = ['pending_payment', 'in_review', 'reserved', 'running', 'paused', 'settling'];

/** Stands where the name goes. */
const NAME = '\u2060';

export function Home() {
  const me = useMe();
  const [before, after] = app.home.hello(NAME).split(NAME);
  const title = (
    <>
      {before}
      <Said>{me.display_name}</Said>
      {after}
    </>
  );
  return (
    <Page title={title}>
      <Balance party={me.party} />
      <Ways />
      <div className="columns even">
        <div className="stack">
          <Rooms />
          <Videos />
        </div>
        <div className="stack">
          <OpenOrders />
          <PastRooms />
        </div>
      </div>
    </Page>
  );
}

function Balance({ party }: { party: string }) {
  const wallet = useQuery(ask.wallet(party));
  const coupons = wallet.data?.accounts.find((account) => account.account === 'coupons');
  return (
    <section className="card hero" aria-label={app.home.balance}>
      <div className="row between wrap">
        <div className="stack tight">
          <span className="quiet small">{app.home.balance}</span>
          <Link to="/wallet" className="big">
            {wallet.data ? words.unit.beans(count(wallet.data.spendable_beans)) : '—'}
          </Link>
        </div>
        <div className="row hero-more">
          <Link to="/coupons" className="stack tight">
            <span className="quiet small">{app.home.coupons}</span>
            <span className="medium">{coupons ? <Money of={coupons.spendable} /> : '—'}</span>
          </Link>
          <Link to="/wallet/top_up" className="button">
            {app.home.topUp}
          </Link>
        </div>
      </div>
    </section>
  );
}

/** Where else to go; a rail has it already. */
function Ways() {
  const me = useMe();
  return (
    <nav className="ways" aria-label={app.home.more}>
      {me.actions.includes('incentive.read') ? <Way to="/incentives" icon="gift" name={app.tab.incentives} /> : null}
      {me.actions.includes('guarantee.read') ? <Way to="/guarantees" icon="audit" name={app.tab.guarantees} /> : null}
      <Way to="/coupons" icon="coupon" name={app.coupons.title} />
    </nav>
  );
}

function Way({ to, icon, name }: { to: '/incentives' | '/guarantees' | '/coupons'; icon: IconName; name: string }) {
  return (
    <Link to={to} className="button">
      <Icon name={icon} size={18} />
      {name}
    </Link>
  );
}

function Rooms() {
  const me = useMe();
  const own = me.roles.includes('agency') ? undefined : me.party;
  const rooms = useQuery({ ...ask.rooms(own), refetchInterval: 30_000 });
  return (
    <section className="card" aria-labelledby="my-rooms">
      <div className="card-head">
        <h2 id="my-rooms" className="card-title">
          {app.home.myRooms}
        </h2>
      </div>
      <Answered of={rooms} waiting={<Waiting lines={2} height={72} />}>
        {({ data }) => {
          const open = data.filter((room) => room.state !== 'ended');
          const rank = (room: Room) => ['live', 'interrupted', 'planned'].indexOf(room.state);
          open.sort((one, other) => rank(one) - rank(other));
          if (open.length === 0) return <Empty title={app.home.noRooms} why={app.home.noRoomsWhy} />;
          return (
            <ul className="stack">
              {open.map((room) => (
                <li key={room.id}>
                  <RoomRow room={room} />
                </li>
              ))}
            </ul>
          );
        }}
      </Answered>
    </section>
  );
}

function RoomRow({ room }: { room: Room }) {
  const planned = room.state === 'planned';
  return (
    <div className="room-card">
      <Face name={room.content.title} />
      <div className="grow stack tight">
        <Said className="strong cut">{room.content.title}</Said>
        <div className="row wrap small quiet" style={{ gap: 6 }}>
          <RoomTag state={room.state} />
          <span>{wordFor(words.category, room.content.category)}</span>
          {room.started_at && !planned ? <LiveFor since={room.started_at} /> : null}
        </div>
      </div>
      <Link to="/boost" search={{ room: room.id }} className={`button ${planned ? '' : 'main'}`}>
        {planned ? app.home.reserve : app.home.boost}
      </Link>
    </div>
  );
}

function Videos() {
  const me = useMe();
  const videos = useQuery(ask.videos(me.roles.includes('agency') ? undefined : me.party));
  const out = videos.data?.data.filter((video) => video.state === 'published').slice(0, 6) ?? [];
  if (out.length === 0) return null;
  return (
    <section className="card" aria-labelledby="my-videos">
      <div className="card-head">
        <h2 id="my-videos" className="card-title">
          {app.home.myVideos}
        </h2>
      </div>
      <ul className="stack">
        {out.map((video) => (
          <li key={video.id}>
            <VideoRow video={video} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function VideoRow({ video }: { video: Schemas['Video'] }) {
  return (
    <div className="room-card">
      <Face name={video.title} />
      <div className="grow stack tight">
        <Said className="strong cut">{video.title}</Said>
        <div className="row wrap small quiet" style={{ gap: 6 }}>
          <SubjectTag kind="video" state={video.state} />
          <span>{wordFor(words.category, video.category)}</span>
          {video.published_at ? <TimeAgo at={video.published_at} /> : null}
        </div>
      </div>
      <Link to="/boost" search={{ video: video.id }} className="button main">
        {app.home.boost}
      </Link>
    </div>
  );
}

/** Broadcasts that are over, each with what it brought. */
function PastRooms() {
  const me = useMe();
  const rooms = useQuery(ask.rooms(me.roles.includes('agency') ? undefined : me.party));
  const past = rooms.data?.data.filter((room) => room.state === 'ended' && room.ended_at && room.started_at).slice(0, 5) ?? [];
  if (past.length === 0) return null;
  return (
    <section className="card" aria-labelledby="past-rooms">
      <div className="card-head">
        <h2 id="past-rooms" className="card-title">
          {app.home.pastRooms}
        </h2>
      </div>
      {past.map((room) => (
        <Link key={room.id} to="/rooms/$id/recap" params={{ id: room.id }} className="line-item">
          <span className="stack tight grow" style={{ gap: 0 }}>
            <Said className="cut">{room.content.title}</Said>
            <span className="small quiet">{app.home.endedAt(moment(room.ended_at ?? ''))}</span>
          </span>
          <span className="row small quiet" style={{ gap: 4 }}>
            {app.recap.open}
            <i className="chevron" />
          </span>
        </Link>
      ))}
    </section>
  );
}

function LiveFor({ since }: { since: string }) {
  const now = useNow(30_000);
  return <span>{app.home.liveSince(span(now - new Date(since).getTime()))}</span>;
}

function OpenOrders() {
  const me = useMe();
  const filter = me.roles.includes('agency') ? {} : { payer_id: me.party };
  const orders = useInfiniteQuery({ ...ask.boosts(filter), refetchInterval: 10_000 });
  return (
    <section className="card" aria-labelledby="open-orders">
      <div className="card-head">
        <h2 id="open-orders" className="card-title">
          {app.home.running}
        </h2>
        <Link to="/orders" className="small">
          {app.home.allOrders}
        </Link>
      </div>
      <Answered of={orders} waiting={<Waiting lines={2} height={96} />}>
        {(pages) => {
          const open = ask.rowsOf(pages).filter((order) => OPEN.includes(order.state)).slice(0, 6);
          if (open.length === 0) return <Empty title={app.home.noOrders} why={app.home.noOrdersWhy} />;
          return (
            <ul className="stack loose">
              {open.map((order) => (
                <li key={order.id}>
                  <OrderCard order={order} />
                </li>
              ))}
            </ul>
          );
        }}
      </Answered>
    </section>
  );
}
