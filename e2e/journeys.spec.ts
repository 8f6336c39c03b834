/** What people come for, from beginning to end, against the real platform. */
import { expect, type Page } from '@playwright/test';
import { settled } from './support/look';
import { listen, Person, person, test } from './support/people';
import { type Boost, liveRoom, paid } from './support/stage';

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
  await expect(page.getByText('结算中').first()).toBeVisible();
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
  await page.getByRole('combobox', { name: /搜索/ }).fill(boost.id);
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

test('whoever keeps the books sees that they add up', async ({ as }) => {
  const page = await as('finance', { width: 1440 });
  await page.goto('/console/money');
  await page.getByRole('button', { name: '开始核对' }).click();
  await expect(page.getByRole('status')).toContainText('账实相符');
});
