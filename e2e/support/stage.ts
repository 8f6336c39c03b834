/** Rooms and orders that tests make for themselves, so that none looks at another's. */
import type { Person } from './people';

export const beans = (whole: number) => ({ amount: whole * 100, currency: 'BEAN' });
const SECOND_MS = 1000;
let made = 0;

export interface Room {
  id: string;
}
export interface Boost {
  id: string;
  state: string;
}

/** A creator's room; the host says that it is on air. */
export async function liveRoom(creator: Person, host: Person, title: string): Promise<Room> {
  made += 1;
  const external = `e2e-${process.pid}-${Date.now()}-${made}`;
  const content = { title, category: 'food', visibility: 'public' };
  const room = await creator.post<Room>('/v1/rooms', { external_id: external, content });
  await host.post(`/v1/rooms/${room.id}/facts`, { fact: 'started', occurred_at: new Date(Date.now() - SECOND_MS).toISOString() });
  return room;
}

export async function placed(creator: Person, room: Room, budget = 500): Promise<Boost> {
  const body = { room_id: room.id, goal: 'viewers', budget: beans(budget), duration_ms: 7_200_000 };
  return creator.post<Boost>('/v1/boosts', body);
}

export async function paid(creator: Person, room: Room, budget = 500): Promise<Boost> {
  const boost = await placed(creator, room, budget);
  return creator.post<Boost>(`/v1/boosts/${boost.id}/pay`, {});
}
