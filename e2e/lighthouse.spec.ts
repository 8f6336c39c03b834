/** The order page as Lighthouse sees it on a phone. Machines are noisy: how fast it is, is told; what it is, must hold. */
import { createServer } from 'node:net';
import { chromium, expect } from '@playwright/test';
import lighthouse from 'lighthouse';
import { address, Person, person, test } from './support/people';
import { liveRoom } from './support/stage';

/** A port of this machine that nobody uses. */
function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.on('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const place = server.address();
      server.close(() => found(typeof place === 'object' && place ? place.port : 0));
    });
  });
}

test('the order page is good by the measures of Lighthouse', async ({ people }, info) => {
  test.setTimeout(240_000);
  const creator = await person(people, 'creator');
  const room = await liveRoom(creator, await Person.host(), '让灯塔看一看');
  const { cookies } = await creator.http.storageState();
  const port = await freePort();
  const { executablePath, args } = info.project.use.launchOptions ?? {};
  const browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), args: [...(args ?? []), `--remote-debugging-port=${port}`] });
  try {
    const told = await lighthouse(`${address()}/app/boost?room=${room.id}`, {
      port,
      output: 'json',
      logLevel: 'error',
      formFactor: 'mobile',
      onlyCategories: ['performance', 'accessibility', 'best-practices'],
      extraHeaders: { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
      disableStorageReset: true,
      maxWaitForLoad: 60_000,
    });
    const report = told?.lhr;
    const score = (category: string) => Math.round((report?.categories[category]?.score ?? 0) * 100);
    const failed = Object.values(report?.audits ?? {}).filter((audit) => audit.score !== null && audit.score < 1 && audit.scoreDisplayMode === 'binary');
    info.annotations.push({ type: 'performance', description: String(score('performance')) });
    console.log(`lighthouse: performance ${score('performance')}, accessibility ${score('accessibility')}, best practices ${score('best-practices')}`);
    expect(report?.finalDisplayedUrl).toContain('/app/boost');
    expect(score('accessibility'), failed.map((audit) => audit.id).join(' ')).toBe(100);
    expect(score('best-practices'), failed.map((audit) => audit.id).join(' ')).toBe(100);
    expect(report?.audits['cumulative-layout-shift']?.numericValue ?? 1).toBeLessThan(0.01);
  } finally {
    await browser.close();
  }
});
