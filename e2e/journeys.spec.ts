/** What people come for, from beginning to end, against the real platform. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, type Page } from '@playwright/test';
import { settled } from './support/look';
import { listen, Person, person, test } from './support/people';
import { type Boost, cash, history, liveRoom, paid, plannedRoom, told, video } from './support/stage';

interface Detail extends Boost {
  sources: { kind: string; amount: { amount: number } }[];
}
interface Report {
  sources: { kind: string; paid: { amount: number }; used: { amount: number }; returned: { amount: number } }[];
}

const idIn = (page: Page) => /\/orders\/(po_\w+)/.exec(page.url())?.[1] ?? '';

test('three taps from my live room to an order that is paid, watched, stopped and given back', async ({ as, people }) => {
  const [creator, operator, host] = [await person(people, 'creator'), await person(people, 'operator'), await Person.host()];
  await operator.post('/v1/coupons', { owners: [creator.party], kind: 'traffic_coupon', points: 80 });
  const title = `一单到底 ${Date.now()}`;
  await liveRoom(creator, host, title);
  const page = await as('creator');
  const faults = listen(page);
  await page.goto('/app');
  const row = page.locator('.room-card', { hasText: title });
  await row.getByRole('link', { name: '推广' }).click();
  await expect(page.getByTestId('estimate')).toHaveText(/\d/);
  await expect(page.getByText('已抵')).toBeVisible();
  await page.getByRole('button', { name: '去支付' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /确认支付/ }).click();
  await expect(page.getByText('投放中').first()).toBeVisible();
  const boost = idIn(page);
  const detail = await creator.get<Detail>(`/v1/boosts/${boost}`);
  expect(detail.sources.map((source) => source.kind)).toContain('traffic_coupon');
  await expect(page.getByText('投放结果')).toBeVisible();
  await page.getByRole('button', { name: '停止投放' }).click();
  const sheet = page.getByRole('dialog');
  await expect(sheet.getByText('预计退回')).toBeVisible();
  await expect(sheet.getByText(/\d+(\.\d+)? 豆/).first()).toBeVisible();
  await sheet.getByRole('button', { name: '确认停止' }).click();
  await expect(page.getByText(/结算中|已停止/).first()).toBeVisible();
  const report = await creator.get<Report>(`/v1/boosts/${boost}/report`);
  for (const source of report.sources) expect(source.used.amount + source.returned.amount).toBeLessThanOrEqual(source.paid.amount);
  expect(faults.said).toEqual([]);
});

test('the estimate moves with the finger, before the server has answered', async ({ as, people }) => {
  const room = await liveRoom(await person(people, 'creator'), await Person.host(), '拖一拖看预估');
  const page = await as('creator');
  await page.goto(`/app/boost?room=${room.id}`);
  const estimate = page.getByTestId('estimate');
  await expect(estimate).toHaveText(/\d/);
  const before = await estimate.textContent();
  await page.route('**/v1/boost_estimates', () => undefined);
  await page.getByRole('slider').fill('300000');
  await expect(estimate).not.toHaveText(before ?? '');
  await expect(page.getByText('不构成效果承诺')).toBeVisible();
});

test('the network is lost in the middle of paying: exactly one order is paid, once', async ({ as, people }) => {
  const creator = await person(people, 'creator');
  const room = await liveRoom(creator, await Person.host(), '断网也只付一次');
  const page = await as('creator');
  await page.goto(`/app/boost?room=${room.id}`);
  await page.getByRole('button', { name: '去支付' }).click();
  let sent = 0;
  // The first payment arrives and its answer is lost; the second does not even arrive.
  await page.route('**/pay', async (route) => {
    sent += 1;
    if (sent === 1) await route.fetch();
    if (sent <= 2) await route.abort('connectionfailed');
    else await route.continue();
  });
  await page.getByRole('dialog').getByRole('button', { name: /确认支付/ }).click();
  await expect(page.getByText('正在确认上一次付款的结果')).toBeVisible();
  await expect(page).toHaveURL(/\/orders\/po_/, { timeout: 20_000 });
  await expect(page.getByText('投放中').first()).toBeVisible();
  expect(sent).toBe(3);
  const orders = await creator.get<{ data: { payments: unknown[] }[] }>(`/v1/boosts?room_id=${room.id}`);
  expect(orders.data.map((order) => order.payments.length)).toEqual([1]);
});

test('a reload in the middle of an order loses nothing', async ({ as, people }) => {
  const room = await liveRoom(await person(people, 'creator'), await Person.host(), '刷新不丢单');
  const page = await as('creator');
  await page.goto(`/app/boost?room=${room.id}`);
  await page.getByRole('radio', { name: '2,000 豆' }).check();
  await page.getByRole('radio', { name: '24 小时' }).check();
  await page.reload();
  await expect(page.getByText('已恢复上次没有下完的单')).toBeVisible();
  await expect(page.getByRole('radio', { name: '2,000 豆' })).toBeChecked();
  await expect(page.getByRole('radio', { name: '24 小时' })).toBeChecked();
});

test('an amount that cannot be ordered is told before it is sent', async ({ as, people }) => {
  const room = await liveRoom(await person(people, 'creator'), await Person.host(), '先说清楚再下单');
  const page = await as('creator');
  await page.goto(`/app/boost?room=${room.id}`);
  await page.getByRole('textbox', { name: '投放金额' }).fill('95');
  await expect(page.getByRole('alert')).toContainText('500');
});

/** Presses Tab until something of this name has the focus. */
async function tabTo(page: Page, role: string, name: RegExp): Promise<void> {
  for (let pressed = 0; pressed < 80; pressed += 1) {
    await page.keyboard.press('Tab');
    const here = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      const native: Record<string, string> = { A: 'link', BUTTON: 'button' };
      const label = element?.getAttribute('aria-label') ?? element?.textContent ?? '';
      return { role: element?.getAttribute('role') ?? native[element?.tagName ?? ''] ?? '', label };
    });
    if (here.role === role && name.test(here.label)) return;
  }
  throw new Error(`no ${role} ${name} was reached by Tab`);
}

test('the keyboard alone places and pays an order', async ({ as, people }) => {
  const title = `只用键盘 ${Date.now()}`;
  const room = await liveRoom(await person(people, 'creator'), await Person.host(), title);
  const page = await as('creator', { width: 1440 });
  await page.goto(`/app/boost?room=${room.id}`);
  await expect(page.getByTestId('estimate')).toHaveText(/\d/);
  await tabTo(page, 'button', /去支付/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByRole('button', { name: /确认支付/ })).toBeEnabled();
  await tabTo(page, 'button', /确认支付/);
  await page.keyboard.press('Enter');
  await expect(page.getByText('投放中').first()).toBeVisible();
});

test('the keyboard alone works the review queue; a rejection says why and gives everything back', async ({ as, people }) => {
  const [creator, host] = [await person(people, 'creator'), await Person.host()];
  const titles = [`减肥早餐怎么做 ${Date.now()}`, `减肥晚餐怎么做 ${Date.now()}`];
  const boosts: Boost[] = [];
  for (const title of titles) boosts.push(await paid(creator, await liveRoom(creator, host, title)));
  const page = await as('reviewer', { width: 1440 });
  await page.goto('/console');
  await settled(page);
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(page.getByRole('heading', { name: '审核队列' })).toBeVisible();
  const judged = page.getByRole('region', { name: '待审内容' });
  const choose = async (title: string) => {
    for (let pressed = 0; pressed < 30; pressed += 1) {
      if ((await judged.textContent())?.includes(title)) return;
      await page.keyboard.press('j');
    }
    throw new Error(`${title} is not in the queue`);
  };
  await expect(judged).toBeVisible();
  await choose(titles[0] ?? '');
  await page.keyboard.press('a');
  await expect(page.getByRole('status')).toContainText('通过');
  // Taken back, and given again.
  await page.keyboard.press('u');
  await expect(page.getByRole('status')).toHaveCount(0);
  await page.keyboard.press('k');
  await choose(titles[0] ?? '');
  await page.keyboard.press('a');
  await choose(titles[1] ?? '');
  await page.keyboard.press('r');
  await page.keyboard.type('标题里的说法没有依据');
  await tabTo(page, 'button', /^驳回/);
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await creator.get<Boost>(`/v1/boosts/${boosts[0]?.id}`)).state, { timeout: 15_000 }).toBe('running');
  await expect.poll(async () => (await creator.get<Boost>(`/v1/boosts/${boosts[1]?.id}`)).state, { timeout: 15_000 }).toBe('rejected');
  const mine = await as('creator');
  await mine.goto(`/app/orders/${boosts[1]?.id}`);
  await expect(mine.getByText('标题里的说法没有依据')).toBeVisible();
  await expect(mine.getByText('夸大或误导')).toBeVisible();
  await mine.getByLabel('申诉理由').fill('标题引用了公开的研究');
  await mine.getByRole('button', { name: '提交申诉' }).click();
  await expect(mine.getByText('处理中')).toBeVisible();
  const desk = await as('operator', { width: 1440 });
  await desk.goto('/console/appeals');
  await desk.getByText('标题引用了公开的研究').click();
  const sheet = desk.getByRole('dialog');
  await sheet.getByRole('radio', { name: '申诉成立' }).check();
  await sheet.getByLabel('给申诉人的答复').fill('材料属实，已恢复');
  await sheet.getByRole('button', { name: '处理申诉' }).click();
  await expect(sheet).toHaveCount(0);
  await mine.reload();
  await expect(mine.getByText('申诉成立')).toBeVisible();
  await expect(mine.getByText('材料属实，已恢复')).toBeVisible();
});

test('a top-up arrives in the wallet', async ({ as }) => {
  const page = await as('creator');
  await page.goto('/app/wallet/top_up');
  await page.getByRole('radio', { name: '¥50.00' }).check();
  await page.getByRole('button', { name: /去付款/ }).click();
  await page.getByRole('button', { name: /沙箱环境/ }).click();
  await expect(page.getByText('已到账')).toBeVisible();
});

test('search finds pages and orders, and leads there', async ({ as, people }) => {
  const creator = await person(people, 'creator');
  const boost = await paid(creator, await liveRoom(creator, await Person.host(), `找得到 ${Date.now()}`));
  const page = await as('operator', { width: 1440 });
  await page.goto('/console');
  await settled(page);
  await page.keyboard.press('Control+k');
  const box = page.getByRole('combobox', { name: /搜索/ });
  await box.fill('找得到');
  await expect(page.getByRole('option', { name: /找得到/ }).first()).toBeVisible();
  await box.fill(boost.id);
  const found = page.getByRole('listbox', { name: '搜索' }).getByRole('option');
  await expect(found).toHaveCount(1);
  await expect(found).toContainText('找得到');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/console/orders/${boost.id}`));
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('快捷键');
});

test('filters stand in the address and survive being shared', async ({ as }) => {
  const page = await as('operator', { width: 1440 });
  await page.goto('/console/orders');
  await page.getByRole('combobox', { name: '状态' }).selectOption('running');
  await expect(page).toHaveURL(/state=running/);
  const again = await as('operator', { width: 1440 });
  await again.goto(page.url());
  await expect(again.getByRole('combobox', { name: '状态' })).toHaveValue('running');
});

test('a developer adds an endpoint, gets a signed event, breaks it, sees it fail and sends it again', async ({ as, people }) => {
  const taken: { headers: IncomingHttpHeaders; body: string }[] = [];
  let status = 200;
  const server = createServer((request, answer) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      taken.push({ headers: request.headers, body });
      answer.writeHead(status).end('seen');
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  const [creator, host] = [await person(people, 'creator'), await Person.host()];
  const page = await as('operator', { width: 1440 });
  await page.goto('/console/webhooks');
  await page.getByRole('button', { name: '新建回调' }).click();
  await page.getByRole('textbox', { name: '地址' }).fill(url);
  await page.getByRole('checkbox', { name: /room\.live/ }).check();
  await page.getByRole('dialog').getByRole('button', { name: '新建回调' }).click();
  const secret = await page.locator('.secret', { hasText: 'whsec_' }).textContent();
  await page.getByRole('dialog', { name: '签名密钥' }).getByRole('button', { name: '关闭' }).click();
  await liveRoom(creator, host, `开播通知 ${Date.now()}`);
  await expect.poll(() => taken.length, { timeout: 15_000 }).toBeGreaterThan(0);
  const [first] = taken;
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = first?.headers ?? {};
  const key = Buffer.from((secret ?? '').trim().slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${at}.${first?.body}`).digest('base64');
  expect(signature).toBe(`v1,${expected}`);
  expect((JSON.parse(first?.body ?? '{}') as { type: string }).type).toBe('room.live');
  status = 500;
  await liveRoom(creator, host, `开播通知又来 ${Date.now()}`);
  await page.getByRole('link', { name: url }).click();
  await expect(page.getByText('投递失败中').first()).toBeVisible({ timeout: 20_000 });
  await page.getByRole('combobox', { name: '状态' }).selectOption('pending');
  await page.getByRole('row', { name: /room\.live/ }).first().click();
  const sheet = page.getByRole('dialog', { name: '投递详情' });
  await expect(sheet.getByText('500').first()).toBeVisible();
  status = 200;
  await sheet.getByRole('button', { name: '重发' }).click();
  await expect(sheet.getByText('已送达')).toBeVisible({ timeout: 20_000 });
  const ids = taken.map((one) => one.headers['webhook-id']);
  expect(new Set(ids).size).toBeLessThan(ids.length);
  server.close();
});

test('whoever keeps the books sees that they add up', async ({ as }) => {
  const page = await as('finance', { width: 1440 });
  await page.goto('/console/money');
  await page.getByRole('button', { name: '开始核对' }).click();
  await expect(page.getByRole('status')).toContainText('账实相符');
});

test('what is stopped comes back to the end: released, settled, in the wallet and in the statement', async ({ as }) => {
  const creator = await Person.newCreator('停了就退');
  const room = await liveRoom(creator, await Person.host(), `停到底 ${Date.now()}`);
  const boost = await paid(creator, room);
  await expect.poll(async () => (await creator.get<Boost>(`/v1/boosts/${boost.id}`)).state).toBe('running');
  const page = await as(creator);
  const faults = listen(page);
  await page.goto(`/app/orders/${boost.id}`);
  await page.getByRole('button', { name: '停止投放' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '确认停止' }).click();
  // Nobody reloads: the page is told.
  await expect(page.getByText('已停止，未用部分已原路退回。')).toBeVisible({ timeout: 30_000 });
  const report = await creator.get<Report>(`/v1/boosts/${boost.id}/report`);
  for (const source of report.sources) expect(source.used.amount + source.returned.amount).toBe(source.paid.amount);
  const money = page.locator('section', { has: page.getByRole('heading', { name: '钱去哪了' }) });
  await expect(money.getByText(/已退回 \d/).first()).toBeVisible();
  await expect(money.getByText('占用中')).toHaveCount(0);
  await expect(page.getByText('结算完成，未用部分已退回')).toBeVisible();
  const wallet = await creator.get<{ accounts: { held: { amount: number } }[] }>(`/v1/wallets/${creator.party}`);
  expect(wallet.accounts.map((account) => account.held.amount)).toEqual(wallet.accounts.map(() => 0));
  await page.goto('/app/wallet');
  await expect(page.getByRole('link', { name: /赠送豆/ })).toBeVisible();
  await expect(page.getByText('占用中')).toHaveCount(0);
  await page.getByRole('link', { name: /流量券/ }).first().click();
  await expect(page.getByText(/已退回 [1-9]\d* 点/).first()).toBeVisible();
  expect(faults.said).toEqual([]);
});

test('a reservation whose cart does not match when the broadcast starts lapses, and everything comes back', async ({ as }) => {
  const [creator, host] = [await Person.newCreator('预约的人'), await Person.host()];
  const before = await liveRoom(creator, host, `上一场 ${Date.now()}`);
  await told(host, before, 'ended');
  const title = `预约下一场 ${Date.now()}`;
  const room = await plannedRoom(creator, title);
  const page = await as(creator);
  await page.goto('/app');
  await page.locator('.room-card', { hasText: title }).getByRole('link', { name: '预约推广' }).click();
  await expect(page.getByText('开播时的购物车状态要与下单时一致')).toBeVisible();
  await page.getByRole('button', { name: '去支付' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /确认支付/ }).click();
  await expect(page.getByText('已预约').first()).toBeVisible();
  await told(host, room, 'cart_mounted');
  await expect(page.getByText('开播前请先取下')).toBeVisible({ timeout: 20_000 });
  await told(host, room, 'started');
  await expect(page.getByText('开播时购物车状态与预约不符，已全额退回。')).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('预约失效，款项已退回')).toBeVisible();
  const boost = await creator.get<Detail>(`/v1/boosts/${idIn(page)}`);
  expect(boost.state).toBe('reservation_invalid');
  const wallet = await creator.get<{ accounts: { account: string; spendable: { amount: number } }[] }>(`/v1/wallets/${creator.party}`);
  expect(wallet.accounts.find((account) => account.account === 'gift_beans')?.spendable.amount).toBe(10_000_000);
});

test('a guaranteed video falls short: the compensation is told with its formula, and arrives', async ({ as, people }) => {
  const [merchant, operator, host] = [await person(people, 'merchant'), await person(people, 'operator'), await Person.host()];
  const name = `保量创作者 ${Date.now()}`;
  const creator = await Person.newCreator(name);
  await history(creator, host);
  // What is bought now ends at once and pays at once; what was bought before keeps its fortnight.
  await operator.settings({ guarantee: { term_ms: 1, refund_wait_ms: 0 } });
  const page = await as(merchant);
  await page.goto('/app/guarantees/new');
  const more = page.getByRole('button', { name: '加载更多' });
  await expect(page.getByRole('checkbox').first()).toBeVisible();
  while ((await page.getByRole('checkbox', { name }).count()) === 0 && (await more.count()) > 0) await more.click();
  await page.getByRole('checkbox', { name }).check();
  await page.getByText('报价依据：近期 6 条视频').last().click();
  await expect(page.getByText('已选 1 位')).toBeVisible();
  await page.getByRole('button', { name: '购买保障' }).click();
  await expect(page).toHaveURL(/\/app\/guarantees$/);
  await operator.settings({ guarantee: { term_ms: 14 * 24 * 3_600_000, refund_wait_ms: 0 } });
  await page.getByRole('link', { name: new RegExp(name) }).click();
  await expect(page.getByText('待发布').first()).toBeVisible();
  const id = page.url().split('/').pop() ?? '';
  const bought = await merchant.get<{ expected_plays: number; fee: { amount: number } }>(`/v1/guarantee-services/${id}`);
  const video = `e2e-guaranteed-${Date.now()}`;
  const published = Date.now();
  await host.put(`/v1/creator-videos/${video}`, {
    creator_id: creator.party, guarantee_id: id, published_at: new Date(published).toISOString(), state: 'visible',
  });
  const plays = Math.floor(bought.expected_plays * 0.9);
  const readings = [{ at: new Date(published + 1).toISOString(), plays: plays + 7, machine: 7 }];
  await host.post(`/v1/creator-videos/${video}/readings`, { readings });
  await expect(page.getByText('已赔付').first()).toBeVisible({ timeout: 40_000 });
  await expect(page.getByText('机器流量')).toBeVisible();
  await expect(page.getByTestId('formula')).toContainText('¥10,000.00');
  await expect(page.getByText('已到账')).toBeVisible({ timeout: 40_000 });
  const told = await merchant.get<{ state: string; plays: number; refund: { kind: string; amount: { amount: number } } }>(`/v1/guarantee-services/${id}`);
  expect([told.state, told.plays, told.refund.kind]).toEqual(['compensated', plays, 'compensation']);
  expect(told.refund.amount.amount).toBeGreaterThan(0);
  expect(told.refund.amount.amount).toBeLessThanOrEqual(bought.fee.amount);
  // The fee was held, so what comes back was never taken: the statement has the rest alone.
  const kept = ((bought.fee.amount - told.refund.amount.amount) / 100).toLocaleString('en', { minimumFractionDigits: 2 });
  await page.goto('/app/wallet/money');
  await expect(page.getByText(`-¥${kept}`).first()).toBeVisible();
});

test('an application is approved, its coupon arrives with a message and pays an order', async ({ as, people }) => {
  const [operator, host] = [await person(people, 'operator'), await Person.host()];
  const creator = await Person.newCreator('新来的');
  const page = await as(creator);
  const faults = listen(page);
  await page.goto('/app/incentives');
  await page.locator('section', { hasText: '冷启动扶持' }).getByRole('link', { name: '报名' }).click();
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel('卖什么').fill('当季鲜品');
  // Coupons are good from the first broadcast on; nobody plans the past.
  const starts = Date.now() + 8_000;
  const zone = 8 * 3_600_000;
  await sheet.getByLabel('开播时间').fill(new Date(starts + zone).toISOString().slice(0, 19));
  await sheet.getByRole('button', { name: '提交报名' }).click();
  await expect(page.getByText('待答复').first()).toBeVisible();
  const waiting = await creator.get<{ data: { id: string }[] }>(`/v1/incentive-applications?party=${creator.party}`);
  await operator.post(`/v1/incentive-applications/${waiting.data[0]?.id}/verdict`, { approve: true, reason: '欢迎加入' });
  await page.goto('/app/messages');
  await expect(page.getByText('报名有了答复')).toBeVisible();
  await expect(page.locator('.badge')).toBeVisible();
  await page.getByRole('link', { name: /奖励已到账/ }).click();
  await expect(page).toHaveURL(/\/coupons\//);
  await expect(page.getByText('500 点').first()).toBeVisible();
  const coupon = page.url().split('/').pop() ?? '';
  await page.goto('/app/messages');
  await page.getByRole('button', { name: '全部已读' }).click();
  await expect(page.locator('.badge')).toHaveCount(0);
  await expect.poll(async () => (await creator.get<{ state: string }>(`/v1/coupons/${coupon}`)).state, { timeout: 20_000 }).toBe('spendable');
  const room = await liveRoom(creator, host, `用奖励券 ${Date.now()}`);
  await page.goto(`/app/boost?room=${room.id}`);
  await page.getByRole('radio', { name: '2,000 豆' }).check();
  await page.getByRole('button', { name: '去支付' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /确认支付/ }).click();
  await expect(page).toHaveURL(/\/orders\/po_/);
  const boost = await creator.get<{ sources: { lot_id: string; kind: string }[] }>(`/v1/boosts/${idIn(page)}`);
  expect(boost.sources.map((source) => source.lot_id)).toContain(coupon);
  await page.goto(`/app/coupons/${coupon}`);
  await expect(page.getByText('下单占用').first()).toBeVisible();
  expect(faults.said).toEqual([]);
});

test('a video is boosted with cash and a bid, and its cost guarantee is told', async ({ as }) => {
  const creator = await Person.newCreator('拍视频的');
  await cash(creator, 500);
  const title = `十分钟烤面包 ${Date.now()}`;
  await video(creator, title);
  const page = await as(creator);
  await page.goto('/app');
  await page.locator('.room-card', { hasText: title }).getByRole('link', { name: '推广' }).click();
  await expect(page.getByRole('heading', { name: '推广视频' })).toBeVisible();
  await page.getByRole('radio', { name: '单次最高价' }).check();
  await expect(page.getByText('并带成本保障')).toBeVisible();
  await expect(page.getByText('不构成效果承诺')).toBeVisible();
  await page.getByRole('button', { name: '去支付' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /确认支付 ¥/ }).click();
  await expect(page).toHaveURL(/\/orders\/po_/);
  await expect(page.getByRole('heading', { name: '成本保障' })).toBeVisible();
  const bought = await creator.get<{ product: string; sources: { kind: string }[] }>(`/v1/boosts/${idIn(page)}`);
  expect([bought.product, bought.sources[0]?.kind]).toEqual(['quick_boost', 'paid_money']);
});

test('the finer settings of an order do what they say', async ({ as, people }) => {
  const creator = await person(people, 'creator');
  const room = await liveRoom(creator, await Person.host(), `细一点 ${Date.now()}`);
  const page = await as('creator');
  await page.goto(`/app/boost?room=${room.id}`);
  const sheet = page.getByRole('dialog');
  await page.getByRole('button', { name: /^投给谁/ }).click();
  await sheet.getByRole('radio', { name: '女' }).check();
  await sheet.getByRole('checkbox', { name: '24-30' }).check();
  await sheet.getByRole('checkbox', { name: '广东' }).check();
  await sheet.getByRole('button', { name: '确认' }).click();
  await expect(page.getByText('已选 3 个条件')).toBeVisible();
  await page.getByRole('button', { name: /^止损规则/ }).click();
  await sheet.getByRole('radio', { name: '500 豆' }).check();
  await sheet.getByRole('radio', { name: '30 分钟' }).check();
  await sheet.getByRole('button', { name: '确认' }).click();
  await expect(page.getByText('2 条')).toBeVisible();
  await page.getByRole('button', { name: /^流量券/ }).click();
  await sheet.getByRole('radio', { name: '不使用' }).check();
  await sheet.getByRole('button', { name: '确认' }).click();
  await page.getByRole('button', { name: '去支付' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /确认支付/ }).click();
  await expect(page.getByText('投放中').first()).toBeVisible();
  const id = idIn(page);
  const placed = await creator.get<{ audience: string; guard_rules: unknown[]; sources: { kind: string }[] }>(`/v1/boosts/${id}`);
  expect(placed.audience).toBe('and(gender:female,age:24-30,region:CN-44)');
  expect(placed.guard_rules).toHaveLength(2);
  expect(placed.sources.map((source) => source.kind)).toEqual(['gift_beans']);
  await page.getByRole('button', { name: '追加', exact: true }).click();
  await sheet.getByRole('radio', { name: '500 豆' }).check();
  await sheet.getByRole('radio', { name: '1 小时' }).check();
  await sheet.getByRole('button', { name: /确认追加/ }).click();
  await expect(sheet).toHaveCount(0);
  const grown = await creator.get<{ payments: { price: { amount: number } }[] }>(`/v1/boosts/${id}`);
  expect(grown.payments.map((payment) => payment.price.amount)).toHaveLength(2);
});

test('a coupon is split into two that make up the one', async ({ as }) => {
  const creator = await Person.newCreator('拆券的');
  const page = await as(creator);
  await page.goto('/app/coupons');
  await page.getByRole('link', { name: /流量券/ }).first().click();
  await page.getByRole('button', { name: '拆分' }).click();
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel('拆出点数').fill('999');
  await expect(sheet.getByRole('button', { name: '确认拆分' })).toBeDisabled();
  await sheet.getByLabel('拆出点数').fill('50');
  await sheet.getByRole('button', { name: '确认拆分' }).click();
  await expect(sheet).toHaveCount(0);
  await expect(page.getByText('70 点').first()).toBeVisible();
  const all = await creator.get<{ data: { remaining_points: number }[] }>(`/v1/coupons?owner=${creator.party}&state=spendable`);
  expect(all.data.map((coupon) => coupon.remaining_points).sort()).toEqual([50, 70]);
});

test('without a connection the last view stays, with its time, and comes back', async ({ as }) => {
  const page = await as(await Person.newCreator('信号不好'));
  await page.goto('/app/wallet');
  await expect(page.getByText('100,000 豆').first()).toBeVisible();
  await page.waitForFunction(() => localStorage.getItem('tuiliu.last_view')?.includes('spendable_beans'));
  await page.route('**/v1/**', (route) => route.abort('internetdisconnected'));
  await page.reload();
  await expect(page.getByText('100,000 豆').first()).toBeVisible();
  const note = page.getByRole('status').filter({ hasText: /显示的是 .*\d\d:\d\d 的内容/ });
  await expect(note).toBeVisible();
  await page.unroute('**/v1/**');
  await note.getByRole('button', { name: '重试' }).click();
  await expect(note).toHaveCount(0);
});

test('a finished order says before the tap why it cannot be ordered again', async ({ as }) => {
  const [creator, host] = [await Person.newCreator('播完了'), await Person.host()];
  const room = await plannedRoom(creator, `播完了 ${Date.now()}`);
  await told(host, room, 'started', 90 * 60_000);
  const boost = await paid(creator, room);
  await expect.poll(async () => (await creator.get<Boost>(`/v1/boosts/${boost.id}`)).state).toBe('running');
  await told(host, room, 'ended');
  const page = await as(creator);
  await page.goto(`/app/orders/${boost.id}`);
  await expect(page.getByText(/现在不能再来一单：/)).toBeVisible();
  await expect(page.getByRole('button', { name: '再来一单' })).toHaveCount(0);
  await page.getByRole('link', { name: '看这场直播的复盘' }).click();
  await expect(page.getByRole('heading', { name: '直播复盘' })).toBeVisible();
  await expect(page.getByRole('rowheader', { name: '观看人数' })).toBeVisible();
});

test('cash is withdrawn at a desk, and a refusal says why and gives it back; a bank transfer gets its code', async ({ as, people }) => {
  const operator = await person(people, 'operator');
  const creator = await Person.newCreator('提现的人');
  await cash(creator, 300);
  const phone = await as(creator);
  await phone.goto('/app/wallet/cash');
  await expect(phone.getByText('提现和对公转账请在电脑上打开本页办理')).toBeVisible();
  const page = await as(creator, { width: 1440 });
  await page.goto('/app/wallet');
  await page.getByRole('link', { name: '提现与对公转账' }).click();
  await page.getByText('添加账户').click();
  await page.getByLabel('户名').fill('提现的人');
  await page.getByLabel('开户行').fill('招商银行');
  await page.getByLabel('账号').fill('6225 8888 1234 5678');
  await page.getByRole('button', { name: '添加', exact: true }).click();
  await page.getByRole('textbox', { name: '提现金额' }).fill('120');
  await page.getByRole('button', { name: '提交提现' }).click();
  await expect(page.getByText('待审核')).toBeVisible();
  const asked = await creator.get<{ data: { id: string; amount: { amount: number } }[] }>(`/v1/wallets/${creator.party}/withdrawals`);
  expect(asked.data.map((one) => one.amount.amount)).toEqual([12_000]);
  await operator.post(`/v1/withdrawals/${asked.data[0]?.id}/refuse`, { reason: '户名与认证主体不一致' });
  await expect(page.getByText('户名与认证主体不一致')).toBeVisible({ timeout: 30_000 });
  await page.getByLabel('付款公司').fill('杭州鲜汤商贸有限公司');
  await page.getByRole('button', { name: '登记转账' }).click();
  await expect(page.getByText(/^TL[0-9A-Z]{6,}/)).toBeVisible();
  const wallet = await creator.get<{ accounts: { account: string; spendable: { amount: number } }[] }>(`/v1/wallets/${creator.party}`);
  expect(wallet.accounts.find((account) => account.account === 'money')?.spendable.amount).toBe(30_000);
});
