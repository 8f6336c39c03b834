/** What every page must be: nothing for axe to find, nothing that scrolls sideways, nothing left in another language. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import type { Language } from './people';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCREENS = join(import.meta.dirname, '../screens');

export const WIDTHS = [390, 1440];
export const LOOKS = ['light', 'dark'] as const;

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** The page's policy keeps scripts out; what the browser itself brings along it does not. */
export const bringAxe = (page: Page) => page.addInitScript({ content: axe });

async function violations(page: Page): Promise<string[]> {
  const found = (await page.evaluate(async () => {
    const holder = window as unknown as { axe?: { run: (context: unknown, options: unknown) => Promise<{ violations: Violation[] }> } };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const result = await holder.axe?.run(document, { runOnly: tags, resultTypes: ['violations'] });
    if (!result) throw new Error('axe did not come along');
    return result.violations;
  })) as Violation[];
  return found.flatMap(({ id, nodes }) => nodes.slice(0, 4).map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary?.slice(0, 240) ?? ''}`));
}

/** Words of the other language, outside of what people and machines wrote. */
function untranslated(page: Page, language: Language): Promise<string[]> {
  return page.evaluate((code) => {
    const foreign: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const theirs = code === 'en' ? /\p{Script=Han}/u : /[a-z]{3,}[ _][a-z]{3,}|\b[a-z]+_[a-z_]+\b/;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      const text = node.textContent?.trim() ?? '';
      if (!text || !parent || parent.closest('[data-said], script, style, noscript')) continue;
      if (theirs.test(text)) foreign.push(text);
    }
    for (const element of document.querySelectorAll('[aria-label], [placeholder], [title]')) {
      if (element.closest('[data-said]')) continue;
      for (const name of ['aria-label', 'placeholder', 'title']) {
        const text = element.getAttribute(name) ?? '';
        if (theirs.test(text)) foreign.push(`${name}=${text}`);
      }
    }
    return [...new Set(foreign)];
  }, language);
}

/** Waits until nothing on the page is being waited for. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator('h1').first()).toBeVisible();
  await expect(page.locator('.skeleton')).toHaveCount(0, { timeout: 20_000 });
  await page.waitForFunction(() => document.getAnimations().every((animation) => animation.effect?.getTiming().iterations === Infinity || animation.playState !== 'running'));
}

/** Looks at a page in both looks and widths; answers what is wrong with it. */
export async function lookAt(page: Page, name: string, language: Language): Promise<string[]> {
  const wrong: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
    for (const look of LOOKS) {
      await page.emulateMedia({ colorScheme: look, reducedMotion: 'reduce' });
      await page.waitForFunction((wanted) => document.documentElement.dataset['theme'] === wanted, look);
      await settled(page);
      // A bar at the bottom covers nothing at the end of a page, one at the top nothing at its beginning.
      await page.evaluate((desk) => scrollTo(0, desk ? 0 : document.body.scrollHeight), name.startsWith('desk-'));
      const where = `${name} ${language} ${look} ${width}`;
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) wrong.push(`${where}: scrolls sideways by ${over}`);
      for (const violation of await violations(page)) wrong.push(`${where}: ${violation}`);
      if (process.env['SCREENS']) {
        mkdirSync(SCREENS, { recursive: true });
        await page.screenshot({ path: join(SCREENS, `${name}-${language}-${look}-${width}.png`), fullPage: true });
      }
    }
  }
  for (const text of await untranslated(page, language)) wrong.push(`${name} ${language}: untranslated: ${text}`);
  return wrong;
}
