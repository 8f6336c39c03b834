/** Every page × {zh, en} × {light, dark} × {390, 1440}. */
import { expect } from '@playwright/test';
import { bringAxe, lookAt, settled } from './support/look';
import { type Language, type Login, listen, Person, person, test } from './support/people';
import { cash, liveRoom, paid, placed, plannedRoom, told, video, yuan } from './support/stage';

const LANGUAGES: Language[] = ['zh-CN', 'en'];

interface Found {
  room: string;
  running: string;
  unpaid: string;
  coupon: string;
  party: string;
  video: string;
  past: string;
  stopped: string;
  boosted: string;
  rejected: string;
  guarantee: string;
  applying: string;
  /** Whose rewards came back, and who earns nothing for now. */
  limited: Person;
  endpoint: string;
  programme: string;
  application: string;
  reward: string;
  linked: string;
  frozen: string;
  quoted: string;
}

interface List {
  data: { id: string }[];
}

/** Made once for a worker. */
let made: Promise<Found> | undefined;

/** Where there is something to see of everything. */
async function make(people: Map<Login, Person>): Promise<Found> {
  const creator = await person(people, 'creator');
  const [operator, host] = [await person(people, 'operator'), await Person.host()];
  const room = await liveRoom(creator, host, '深夜食堂：一碗热汤面的做法');
  const watched = await liveRoom(creator, host, '三个减肥食谱，跟我一起做');
  await paid(creator, watched);
  const running = await paid(creator, room);
  const unpaid = await placed(creator, room);
  const clip = await video(creator, '十分钟烤一炉面包');
  const watchedClip = await video(creator, '减肥茶七天见效');
  await cash(creator, 500);
  const boost = { product: 'quick_boost', goal: 'profile_visits', budget: yuan(100), bid: yuan(2), duration_ms: 7_200_000 };
  const boosted = await creator.post<{ id: string }>('/v1/boosts', { ...boost, video_id: clip.id });
  await creator.post(`/v1/boosts/${boosted.id}/pay`, {});
  const rejected = await creator.post<{ id: string }>('/v1/boosts', { ...boost, video_id: watchedClip.id });
  await creator.post(`/v1/boosts/${rejected.id}/pay`, {});
  const reviewer = await person(people, 'reviewer');
  const reasons = [{ code: 'misleading', element: 'title', text: '功效没有依据' }];
  await reviewer.post(`/v1/reviews/${rejected.id}/claim`, {});
  await reviewer.post(`/v1/reviews/${rejected.id}/verdict`, { verdict: 'reject', content_version: 1, reasons });
  const past = await plannedRoom(creator, '昨晚的鲜汤专场');
  await told(host, past, 'started', 90 * 60_000);
  const stopped = await paid(creator, past);
  await told(host, past, 'ended');
  // After every order, so that none has used it.
  await operator.post('/v1/coupons', { owners: [creator.party], kind: 'traffic_coupon', points: 80 });
  const coupons = await creator.get<List>(`/v1/coupons?owner=${creator.party}&state=spendable`);
  const merchant = await person(people, 'merchant');
  const guarantees = await merchant.get<List>(`/v1/guarantee-services?buyer_id=${merchant.party}`);
  const tasks = await creator.get<{ data: { programme_id: string; kind: string }[] }>(`/v1/incentive-tasks?party=${creator.party}`);
  const programme = (kind: string) => tasks.data.find((task) => task.kind === kind)?.programme_id ?? '';
  const planned = { starts_at: new Date(Date.now() + 3_600_000).toISOString(), length_ms: 7_200_000 };
  const application = { goods: '当季鲜品，直播间专享价', broadcasts: [planned] };
  await creator.post(`/v1/incentive-programmes/${programme('cold_start')}/applications`, application);
  const limited = await Person.newCreator('被限制的创作者');
  const until = new Date(Date.now() + 30 * 24 * 3_600_000).toISOString();
  const measure = { party_id: limited.party, kind: 'limit', reason: 'fake_orders', evidence: '90 分钟内 41 笔订单来自同一设备', until };
  await operator.post('/v1/incentive-measures', measure);
  const endpoint = await host.post<{ id: string }>('/v1/webhook_endpoints', { url: 'http://127.0.0.1:9/', description: '示例' });
  await host.post(`/v1/webhook_endpoints/${endpoint.id}/test`, { type: 'room.live' });
  const first = async (path: string, name = 'id') => (await operator.get<{ data: Record<string, string>[] }>(path)).data[0]?.[name] ?? '';
  const [published, waiting, reward, linked, frozen, quoted] = await Promise.all([
    first('/v1/incentive-programmes'),
    first('/v1/incentive-applications?waiting=true'),
    first('/v1/incentive-rewards'),
    first('/v1/account-links', 'party_id'),
    first('/v1/guarantee-services?frozen=true'),
    first('/v1/guarantee-services', 'creator_id'),
  ]);
  return {
    endpoint: endpoint.id,
    programme: published,
    application: waiting,
    reward,
    linked,
    frozen,
    quoted,
    room: room.id,
    running: running.id,
    unpaid: unpaid.id,
    coupon: coupons.data.at(-1)?.id ?? '',
    party: creator.party,
    video: clip.id,
    past: past.id,
    stopped: stopped.id,
    boosted: boosted.id,
    rejected: rejected.id,
    guarantee: guarantees.data.at(-1)?.id ?? '',
    applying: programme('benchmark'),
    limited,
  };
}

type Where = (of: Found) => string;
type Who = Login | 'limited';
const APP: [string, Where, Who?][] = [
  ['home', () => '/app'],
  ['boost', (of) => `/app/boost?room=${of.room}`],
  ['boost-audience', (of) => `/app/boost?room=${of.room}&sheet=audience`],
  ['boost-guard', (of) => `/app/boost?room=${of.room}&sheet=guard`],
  ['boost-coupons', (of) => `/app/boost?room=${of.room}&sheet=coupons`],
  ['boost-video', (of) => `/app/boost?video=${of.video}`],
  ['boost-room-cash', (of) => `/app/boost?room=${of.room}&product=quick_boost`],
  ['boost-closed', (of) => `/app/boost?room=${of.past}`],
  ['choose-room', () => '/app/boost'],
  ['pay', (of) => `/app/orders/${of.unpaid}?sheet=pay`],
  ['orders', () => '/app/orders'],
  ['orders-none', () => '/app/orders?state=rejected&find=zzz'],
  ['order', (of) => `/app/orders/${of.running}`],
  ['stop', (of) => `/app/orders/${of.running}?sheet=stop`],
  ['order-top-up', (of) => `/app/orders/${of.running}?sheet=top_up`],
  ['order-over', (of) => `/app/orders/${of.stopped}`],
  ['order-rejected', (of) => `/app/orders/${of.rejected}`],
  ['order-boosted', (of) => `/app/orders/${of.boosted}`],
  ['order-bid', (of) => `/app/orders/${of.boosted}?sheet=bid`],
  ['recap', (of) => `/app/rooms/${of.past}/recap`],
  ['messages', () => '/app/messages'],
  ['messages-none', () => '/app/messages', 'agency'],
  ['incentives', () => '/app/incentives'],
  ['incentives-limited', () => '/app/incentives', 'limited'],
  ['messages-limited', () => '/app/messages', 'limited'],
  ['incentive-apply', (of) => `/app/incentives?apply=${of.applying}`],
  ['guarantees', () => '/app/guarantees', 'merchant'],
  ['guarantees-none', () => '/app/guarantees'],
  ['guarantee', (of) => `/app/guarantees/${of.guarantee}`, 'merchant'],
  ['guarantee-buy', () => '/app/guarantees/new', 'merchant'],
  ['wallet', () => '/app/wallet'],
  ['wallet-refund', () => '/app/wallet?sheet=refund'],
  ['cash', () => '/app/wallet/cash'],
  ['top-up', () => '/app/wallet/top_up'],
  ['statement', () => '/app/wallet/paid_beans'],
  ['coupons', () => '/app/coupons'],
  ['coupon', (of) => `/app/coupons/${of.coupon}`],
  ['coupon-split', (of) => `/app/coupons/${of.coupon}?sheet=split`],
  ['me', () => '/app/me'],
];
const CONSOLE: [string, Where, Login][] = [
  ['desk-overview', () => '/console', 'operator'],
  ['desk-start', () => '/console/start', 'operator'],
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
  ['desk-review-samples', () => '/console/reviews?tab=samples', 'reviewer'],
  ['desk-reviewers', () => '/console/reviews?tab=reviewers', 'operator'],
  ['desk-incentives', () => '/console/incentives', 'operator'],
  ['desk-programme', (of) => `/console/incentives/${of.programme}`, 'operator'],
  ['desk-applications', (of) => `/console/incentives?tab=applications&open=${of.application}`, 'operator'],
  ['desk-rewards', (of) => `/console/incentives?tab=rewards&open=${of.reward}`, 'operator'],
  ['desk-measures', () => '/console/incentives?tab=measures', 'operator'],
  ['desk-links', (of) => `/console/incentives?tab=links&open=${of.linked}`, 'operator'],
  ['desk-guarantees', () => '/console/guarantees', 'operator'],
  ['desk-guarantee', (of) => `/console/guarantees/${of.frozen}`, 'operator'],
  ['desk-guarantee-book', () => '/console/guarantees?tab=book', 'finance'],
  ['desk-guarantee-prices', (of) => `/console/guarantees?tab=prices&creator=${of.quoted}`, 'operator'],
  ['desk-traffic', () => '/console/traffic', 'operator'],
  ['desk-finance', () => '/console/finance', 'finance'],
  ['desk-bank', () => '/console/finance?tab=bank', 'finance'],
  ['desk-money', (of) => `/console/money?party=${of.party}&account=paid_beans`, 'finance'],
  ['desk-health', () => '/console/health', 'operator'],
  ['desk-audit', () => '/console/audit', 'operator'],
  ['desk-keys', () => '/console/keys', 'operator'],
  ['desk-webhooks', () => '/console/webhooks', 'operator'],
  ['desk-webhook', (of) => `/console/webhooks/${of.endpoint}`, 'operator'],
  ['desk-requests', () => '/console/requests', 'operator'],
  ['desk-events', () => '/console/events', 'operator'],
  ['desk-policy', () => '/console/policy', 'operator'],
];

const places: [string, Where, Who][] = [...APP.map(([name, where, who]): [string, Where, Who] => [name, where, who ?? 'creator']), ...CONSOLE];

for (const [name, where, who] of places) {
  test(`${name} is open to everybody, in both languages, looks and widths`, async ({ as, people }) => {
    made ??= make(people);
    const of = await made;
    // Eight looks at a page, on a machine that may be busy.
    test.setTimeout(180_000);
    const wrong: string[] = [];
    for (const language of LANGUAGES) {
      const page = await as(who === 'limited' ? of.limited : who, { language });
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
