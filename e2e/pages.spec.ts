/** Every page × {zh, en} × {light, dark} × {390, 1440}. */
import { expect } from '@playwright/test';
import { bringAxe, lookAt, settled } from './support/look';
import { type Language, type Login, listen, Person, person, test } from './support/people';
import { liveRoom, paid, placed } from './support/stage';

const LANGUAGES: Language[] = ['zh-CN', 'en'];

interface Found {
  room: string;
  running: string;
  unpaid: string;
  coupon: string;
  party: string;
}

/** Made once for a worker. */
let made: Promise<Found> | undefined;

/** Where there is something to see of everything. */
async function make(people: Map<Login, Person>): Promise<Found> {
  const creator = await person(people, 'creator');
  const host = await Person.host();
  const room = await liveRoom(creator, host, '深夜食堂：一碗热汤面的做法');
  const watched = await liveRoom(creator, host, '三个减肥食谱，跟我一起做');
  await paid(creator, watched);
  const running = await paid(creator, room);
  const unpaid = await placed(creator, room);
  const coupons = await creator.get<{ data: { id: string }[] }>(`/v1/coupons?owner=${creator.party}`);
  return { room: room.id, running: running.id, unpaid: unpaid.id, coupon: coupons.data[0]?.id ?? '', party: creator.party };
}

type Where = (of: Found) => string;
const APP: [string, Where][] = [
  ['home', () => '/app'],
  ['boost', (of) => `/app/boost?room=${of.room}`],
  ['choose-room', () => '/app/boost'],
  ['pay', (of) => `/app/orders/${of.unpaid}?sheet=pay`],
  ['orders', () => '/app/orders'],
  ['orders-none', () => '/app/orders?state=rejected&find=zzz'],
  ['order', (of) => `/app/orders/${of.running}`],
  ['stop', (of) => `/app/orders/${of.running}?sheet=stop`],
  ['order-top-up', (of) => `/app/orders/${of.running}?sheet=top_up`],
  ['wallet', () => '/app/wallet'],
  ['top-up', () => '/app/wallet/top_up'],
  ['statement', () => '/app/wallet/paid_beans'],
  ['coupons', () => '/app/coupons'],
  ['coupon', (of) => `/app/coupons/${of.coupon}`],
  ['me', () => '/app/me'],
];
const CONSOLE: [string, Where, Login][] = [
  ['desk-overview', () => '/console', 'operator'],
  ['desk-reviews', () => '/console/reviews', 'reviewer'],
  ['desk-appeals', () => '/console/appeals?all=1', 'operator'],
  ['desk-orders', () => '/console/orders', 'operator'],
  ['desk-order', (of) => `/console/orders/${of.running}`, 'operator'],
  ['desk-parties', () => '/console/parties', 'operator'],
  ['desk-party', (of) => `/console/parties/${of.party}`, 'operator'],
  ['desk-rooms', () => '/console/rooms', 'operator'],
  ['desk-room', (of) => `/console/rooms/${of.room}`, 'operator'],
  ['desk-coupons', () => '/console/coupons', 'operator'],
  ['desk-coupon', (of) => `/console/coupons?open=${of.coupon}`, 'operator'],
  ['desk-money', (of) => `/console/money?party=${of.party}&account=paid_beans`, 'finance'],
  ['desk-health', () => '/console/health', 'operator'],
  ['desk-keys', () => '/console/keys', 'operator'],
  ['desk-policy', () => '/console/policy', 'operator'],
];

const places: [string, Where, Login][] = [...APP.map(([name, where]): [string, Where, Login] => [name, where, 'creator']), ...CONSOLE];

for (const [name, where, login] of places) {
  test(`${name} is open to everybody, in both languages, looks and widths`, async ({ as, people }) => {
    made ??= make(people);
    const of = await made;
    // Eight looks at a page, on a machine that may be busy.
    test.setTimeout(180_000);
    const wrong: string[] = [];
    for (const language of LANGUAGES) {
      const page = await as(login, { language });
      const faults = listen(page);
      await bringAxe(page);
      await page.goto(where(of));
      await settled(page);
      wrong.push(...(await lookAt(page, name, language)));
      wrong.push(...faults.said.map((text) => `${name} ${language}: console: ${text}`));
    }
    expect(wrong).toEqual([]);
  });
}
