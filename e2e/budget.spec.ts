/** What a first visit costs, as it comes over the wire. */
import { expect, type Page } from '@playwright/test';
import { settled } from './support/look';
import { Person, person, test } from './support/people';
import { liveRoom } from './support/stage';

const KIB = 1024;

async function loaded(page: Page): Promise<number> {
  return page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter((entry) => /\.(js|css)$/.test(new URL(entry.name).pathname))
      .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0),
  );
}

test('the order page takes at most 300 KiB, packed', async ({ as, people }) => {
  const room = await liveRoom(await person(people, 'creator'), await Person.host(), '轻一点');
  const page = await as('creator');
  await page.goto(`/app/boost?room=${room.id}`);
  await settled(page);
  const bytes = await loaded(page);
  expect(bytes).toBeGreaterThan(50 * KIB);
  expect(bytes).toBeLessThanOrEqual(300 * KIB);
});

test('the console takes at most 600 KiB at first, packed', async ({ as }) => {
  const page = await as('operator', { width: 1440 });
  await page.goto('/console');
  await settled(page);
  expect(await loaded(page)).toBeLessThanOrEqual(600 * KIB);
});

test('nothing jumps while the order page comes', async ({ as, people }) => {
  const room = await liveRoom(await person(people, 'creator'), await Person.host(), '不跳动');
  const page = await as('creator');
  await page.addInitScript(() => {
    const holder = window as unknown as { shifted: number };
    holder.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[]) {
        if (!entry.hadRecentInput) holder.shifted += entry.value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(`/app/boost?room=${room.id}`);
  await settled(page);
  await expect(page.getByTestId('estimate')).toHaveText(/\d/);
  expect(await page.evaluate(() => (window as unknown as { shifted: number }).shifted)).toBeLessThan(0.1);
});
