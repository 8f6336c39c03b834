/** Rooms and orders that tests make for themselves, so that none looks at another's. */
import type { Person } from './people';

const DAY_MS = 24 * 3_600_000;
export const yuan = (whole: number) => ({ amount: whole * 100, currency: 'CNY' });
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

/** A creator's room that is not on air yet. */
export async function plannedRoom(creator: Person, title: string): Promise<Room> {
  made += 1;
  const external = `e2e-${process.pid}-${Date.now()}-${made}`;
  const content = { title, category: 'food', visibility: 'public' };
  return creator.post<Room>('/v1/rooms', { external_id: external, content });
}

/** The host tells of a room. */
export async function told(host: Person, room: Room, fact: string, agoMs = SECOND_MS): Promise<void> {
  await host.post(`/v1/rooms/${room.id}/facts`, { fact, occurred_at: new Date(Date.now() - agoMs).toISOString() });
}

/** A creator's room; the host says that it is on air. */
export async function liveRoom(creator: Person, host: Person, title: string): Promise<Room> {
  const room = await plannedRoom(creator, title);
  await told(host, room, 'started');
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

/** A creator's video that is out and carries a product. */
export async function video(creator: Person, title: string): Promise<{ id: string }> {
  made += 1;
  return creator.post('/v1/videos', {
    external_id: `e2e-video-${process.pid}-${Date.now()}-${made}`,
    title,
    category: 'food',
    visibility: 'public',
    duration_ms: 15_000,
    goods: { external_id: 'sku1', approved: true },
    published_at: new Date(Date.now() - SECOND_MS).toISOString(),
  });
}

/** Cash in a wallet, topped up in the sandbox. */
export async function cash(who: Person, whole: number): Promise<void> {
  const body = { price: yuan(whole), channel: 'direct', into: 'CNY' };
  const begun = await who.post<{ id: string }>(`/v1/wallets/${who.party}/top_ups`, body);
  await who.post(`/v1/sandbox/top_ups/${begun.id}`, { play: 'pay', notices: null });
}

/** Six videos of about ten thousand plays and a price: what a guarantee can be quoted on. */
export async function history(creator: Person, host: Person): Promise<void> {
  for (const [nth, plays] of [9_900, 10_100, 10_000, 10_200, 9_800, 10_000].entries()) {
    const published = Date.now() - (20 + nth * 4) * DAY_MS;
    const path = `/v1/creator-videos/e2e-past-${creator.party}-${nth}`;
    await host.put(path, { creator_id: creator.party, published_at: new Date(published).toISOString(), state: 'visible' });
    const at = (days: number) => new Date(published + days * DAY_MS).toISOString();
    const readings = [{ at: at(1), plays: plays / 2 }, { at: at(14), plays: plays + 500, machine: 400, repeat: 100 }];
    await host.post(`${path}/readings`, { readings });
  }
  await host.put(`/v1/guarantee-prices/${creator.party}`, { fixed_price: yuan(10_000) });
}
