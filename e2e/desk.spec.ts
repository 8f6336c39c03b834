/** What staff come to the console for, from beginning to end, against the real platform. */
import { expect } from '@playwright/test';
import { Person, person, test } from './support/people';
import { liveRoom, paid } from './support/stage';

test('a programme goes from a preset to being published, tried on the past in between', async ({ as, people }) => {
  const operator = await person(people, 'operator');
  const title = `周末开播 ${Date.now()}`;
  const page = await as('operator', { width: 1440 });
  await page.goto('/console/incentives');
  await page.getByRole('button', { name: '新建计划' }).click();
  const sheet = page.getByRole('dialog');
  await sheet.getByRole('radio', { name: /成长任务/ }).check();
  await sheet.getByLabel('计划名称').fill(title);
  await sheet.getByRole('button', { name: '新建计划' }).click();
  await expect(page.getByRole('heading', { name: title })).toBeVisible();
  await expect(page.getByText('草稿', { exact: true }).first()).toBeVisible();
  // One broadcast of an hour is enough, and brings one coupon of 100 points.
  await page.getByLabel('按什么统计').selectOption({ label: '每场直播' });
  for (let line = 5; line > 1; line -= 1) await page.getByRole('button', { name: '移除这一档' }).last().click();
  const table = page.getByRole('group', { name: '第 1 档' });
  await table.getByRole('button', { name: '移除条件' }).first().click();
  await table.getByRole('textbox', { name: '直播时长' }).fill('60');
  await page.getByRole('button', { name: '保存草稿' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '保存草稿' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('button', { name: '开始试算' }).click();
  const tried = page.getByRole('region', { name: '用历史数据试算' }).first();
  await expect(tried.getByRole('status')).toContainText('获奖账号');
  await expect(tried.getByRole('link', { name: 'CSV' })).toHaveAttribute('href', /dry-run\/export/);
  await page.getByRole('button', { name: '发布', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: '发布', exact: true }).click();
  await expect(page.getByText('第 1 版')).toBeVisible();
  const programmes = await operator.get<{ data: { state: string; published: { terms: { title: string; rewards: object } } | null }[] }>('/v1/incentive-programmes?limit=100');
  const made = programmes.data.find((one) => one.published?.terms.title === title);
  expect(made?.state).toBe('published');
  expect(Object.keys(made?.published?.terms.rewards ?? {})).toEqual(['broadcasts']);
});

test('a frozen guarantee is decided, and the reason stays', async ({ as, people }) => {
  const operator = await person(people, 'operator');
  const frozen = await operator.get<{ data: { id: string }[] }>('/v1/guarantee-services?frozen=true');
  const id = frozen.data[0]?.id ?? '';
  expect(id).not.toBe('');
  const page = await as('operator', { width: 1440 });
  await page.goto('/console/guarantees');
  await page.getByLabel('只看待裁定').check();
  await expect(page).toHaveURL(/frozen=1/);
  await page.getByRole('row').nth(1).getByRole('link').first().click();
  await expect(page).toHaveURL(new RegExp(id));
  await page.getByRole('button', { name: '裁定' }).click();
  const sheet = page.getByRole('dialog');
  await expect(sheet.getByRole('button', { name: '裁定' })).toBeDisabled();
  await sheet.getByRole('radio', { name: '作废' }).check();
  await sheet.getByLabel(/理由/).fill('创作者确认不再恢复');
  await sheet.getByRole('button', { name: '裁定' }).click();
  await expect(page.getByText('已作废')).toBeVisible();
  await expect(page.getByRole('region', { name: '裁定记录' })).toContainText('创作者确认不再恢复');
  await expect(page.getByRole('region', { name: '退款' })).toContainText('作废退费');
  const decided = await operator.get<{ state: string; refund: { amount: { amount: number } }; fee: { amount: number } }>(`/v1/guarantee-services/${id}`);
  expect(decided.state).toBe('voided');
  expect(decided.refund.amount.amount).toBe(decided.fee.amount);
});

test('an amount of a statement leads to what moved it, and on to the order', async ({ as, people }) => {
  const creator = await person(people, 'creator');
  const boost = await paid(creator, await liveRoom(creator, await Person.host(), `查得到账 ${Date.now()}`));
  await creator.post(`/v1/boosts/${boost.id}/stop`, {});
  const page = await as('finance', { width: 1440 });
  await page.goto(`/console/money?party=${creator.party}&account=gift_beans`);
  await page.getByRole('region', { name: '流水' }).getByRole('row').nth(1).click();
  const sheet = page.getByRole('dialog');
  await expect(sheet).toContainText('账本指令');
  await expect(sheet).toContainText('入账');
  await expect(sheet).toContainText('赠豆钱包');
});

test('many coupons are taken back at once, with what became of each', async ({ as, people }) => {
  const operator = await person(people, 'operator');
  const name = `收券 ${Date.now()}`;
  const party = await operator.post<{ id: string }>('/v1/parties', { kind: 'creator', display_name: name });
  await operator.post('/v1/coupons', { owners: [party.id], kind: 'traffic_coupon', points: 30 });
  await operator.post('/v1/coupons', { owners: [party.id], kind: 'traffic_coupon', points: 40 });
  const page = await as('operator', { width: 1440 });
  await page.goto(`/console/parties/${party.id}`);
  await page.getByLabel('选择全部').check();
  await page.getByRole('button', { name: '收回所选' }).click();
  const sheet = page.getByRole('dialog');
  await expect(sheet).toContainText('30 点');
  await sheet.getByRole('button', { name: '开始处理' }).click();
  const password = sheet.getByLabel('密码');
  await expect(password.or(sheet.getByText('已处理 2 / 2'))).toBeVisible();
  if (await password.isVisible()) {
    await password.fill('operator-demo');
    await sheet.getByRole('button', { name: '开始处理' }).click();
  }
  await expect(sheet.getByText('已处理 2 / 2')).toBeVisible();
  const left = await operator.get<{ data: { remaining_points: number }[] }>(`/v1/coupons?owner=${party.id}`);
  expect(left.data.map((coupon) => coupon.remaining_points)).toEqual([0, 0]);
});

test('a sampled verdict is judged once more by keyboard, by somebody else', async ({ as, people }) => {
  const [creator, operator, reviewer, host] = [await person(people, 'creator'), await person(people, 'operator'), await person(people, 'reviewer'), await Person.host()];
  await operator.settings({ review: { sample_permille: 1000 } });
  const colleague = await operator.newStaff('reviewer');
  const title = `抽检减肥餐 ${Date.now()}`;
  const boost = await paid(creator, await liveRoom(creator, host, title));
  await colleague.post(`/v1/reviews/${boost.id}/claim`, {});
  await colleague.post(`/v1/reviews/${boost.id}/verdict`, { verdict: 'pass', content_version: 1, reasons: [] });
  const page = await as('reviewer', { width: 1440 });
  await page.goto('/console/reviews?tab=samples');
  const judged = page.getByRole('region', { name: '待审内容' });
  await expect(judged).toBeVisible();
  for (let pressed = 0; pressed < 30 && !(await judged.textContent())?.includes(title); pressed += 1) await page.keyboard.press('j');
  await expect(judged).toContainText(title);
  await page.keyboard.press('a');
  await expect(page.getByRole('status')).toContainText('通过');
  await page.keyboard.press('u');
  await expect(page.getByRole('status')).toHaveCount(0);
  await page.keyboard.press('k');
  for (let pressed = 0; pressed < 30 && !(await judged.textContent())?.includes(title); pressed += 1) await page.keyboard.press('j');
  await page.keyboard.press('a');
  const agreed = async () => {
    const report = await reviewer.get<{ reviewers: { reviewer_id: string; sampled: number; agreed: number }[] }>('/v1/reviews/report');
    return report.reviewers.find((one) => one.reviewer_id === colleague.party)?.agreed;
  };
  await expect.poll(agreed, { timeout: 15_000 }).toBe(1);
  await page.getByRole('button', { name: '审核员报告' }).click();
  await expect(page.getByText('100%').first()).toBeVisible();
});
