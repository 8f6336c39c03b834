/** Rooms that the host has planned. */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Room } from '../api/client';
import { desk, wordFor, words } from '../i18n';
import { At, Id, RoomTag, Said } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { PartyName } from './order';
import { allRooms } from './queries';
import { Page } from './shell';
import { Go, useWay } from './way';

const STATES = ['live', 'interrupted', 'planned', 'ended'] as const;

const columns: () => Column<Room>[] = () => [
  {
    key: 'title',
    title: desk.rooms.title,
    text: (room) => room.content.title,
    show: (room) => (
      <Go to={`/rooms/${room.id}`} className="strong">
        <Said>{room.content.title}</Said>
      </Go>
    ),
  },
  { key: 'state', title: desk.rooms.state, text: (room) => wordFor(words.roomState, room.state), show: (room) => <RoomTag state={room.state} /> },
  { key: 'creator', title: desk.rooms.creator, text: (room) => room.creator_id, show: (room) => <PartyName id={room.creator_id} /> },
  {
    key: 'category',
    title: desk.reviews.category,
    text: (room) => room.content.category,
    show: (room) => wordFor(words.category, room.content.category),
  },
  {
    key: 'cart',
    title: desk.rooms.cart,
    text: (room) => String(room.has_cart),
    show: (room) => (room.has_cart ? desk.reviews.hasCart : desk.reviews.noCart),
  },
  { key: 'started', title: desk.rooms.started, text: (room) => room.started_at ?? '', show: (room) => <At at={room.started_at} /> },
  { key: 'external', title: desk.rooms.external, text: (room) => room.external_id, show: (room) => <Said>{room.external_id}</Said> },
  { key: 'id', title: desk.search.kind.room, text: (room) => room.id, show: (room) => <Id of={room.id} brief /> },
];

export function Rooms() {
  const way = useWay();
  const state = way.text('state');
  const rows = rowsFrom(useInfiniteQuery({ ...allRooms, refetchInterval: 15_000 }));
  return (
    <Page title={desk.nav.rooms}>
      <QueryTable
        name="rooms"
        label={desk.nav.rooms}
        of={{ ...rows, rows: rows.rows.filter((room) => !state || room.state === state) }}
        columns={columns()}
        keyOf={(room) => room.id}
        onOpen={(room) => way.open(`/rooms/${room.id}`)}
        narrowed={state ? way.clear : undefined}
        empty={{ title: desk.rooms.none, why: desk.rooms.noneWhy }}
        filters={
          <label className="field">
            <span className="only-read">{desk.rooms.state}</span>
            <select value={state} onChange={(event) => way.ask({ state: event.target.value })}>
              <option value="">{words.do.all}</option>
              {STATES.map((one) => (
                <option key={one} value={one}>
                  {words.roomState[one]}
                </option>
              ))}
            </select>
          </label>
        }
      />
    </Page>
  );
}
