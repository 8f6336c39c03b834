/** Coming in: signing in by hand, wrong passwords, deep links, the address that was asked for. */
import { expect } from '@playwright/test';
import { address, listen, test } from './support/people';

test('a person signs in at the address they asked for', async ({ browser }) => {
  const context = await browser.newContext({ baseURL: address(), locale: 'zh-CN' });
  const page = await context.newPage();
  const faults = listen(page);
  await page.goto('/app/wallet');
  await page.getByLabel('账号').fill('creator');
  await page.getByLabel('密码').fill('not the password');
  await page.getByRole('button', { name: '登录' }).click();
  await expect(page.getByRole('alert')).toHaveText('账号或密码不对');
  await page.getByLabel('密码').fill('creator-demo');
  await page.getByRole('button', { name: '登录' }).click();
  await expect(page.getByRole('heading', { name: '钱包' })).toBeVisible();
  expect(page.url()).toBe(`${address()}/app/wallet`);
  // The browser itself reports the two answers 401: who is asked, and the wrong password.
  expect(faults.said.filter((text) => !text.includes('401'))).toEqual([]);
  await context.close();
});

test('the root leads to the app, and unknown pages say so', async ({ as }) => {
  const page = await as('creator');
  await page.goto('/');
  await expect(page).toHaveURL(/\/app$/);
  await page.goto('/app/nowhere/at/all');
  await expect(page.getByText('没有找到这个页面')).toBeVisible();
});
