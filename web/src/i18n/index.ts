/** The words of the chosen language. They are loaded before anything is drawn, so the rest reads plain values. */
import type { AppWords } from './zh-CN/app';
import type { ConsoleWords } from './zh-CN/console';
import type { Words } from './zh-CN/words';

export type Language = 'zh-CN' | 'en';
export const LANGUAGES: { code: Language; name: string }[] = [
  { code: 'zh-CN', name: '简体中文' },
  { code: 'en', name: 'English' },
];

const KEPT = 'tuiliu.language';

function chosen(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'zh-CN' || kept === 'en') return kept;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('zh')) || !navigator.language.startsWith('en')
    ? 'zh-CN'
    : 'en';
}

export const language: Language = chosen();
export let words: Words;
export let app: AppWords;
export let desk: ConsoleWords;

export async function loadApp(): Promise<void> {
  document.documentElement.lang = language;
  if (language === 'en') {
    const [shared, own] = await Promise.all([import('./en/words'), import('./en/app')]);
    [words, app] = [shared.words, own.app];
  } else {
    const [shared, own] = await Promise.all([import('./zh-CN/words'), import('./zh-CN/app')]);
    [words, app] = [shared.words, own.app];
  }
}

/** The console shows orders as their buyers see them, in the app's words. */
export async function loadConsole(): Promise<void> {
  document.documentElement.lang = language;
  if (language === 'en') {
    const [shared, own, orders] = await Promise.all([import('./en/words'), import('./en/console'), import('./en/app')]);
    [words, desk, app] = [shared.words, own.desk, orders.app];
  } else {
    const [shared, own, orders] = await Promise.all([import('./zh-CN/words'), import('./zh-CN/console'), import('./zh-CN/app')]);
    [words, desk, app] = [shared.words, own.desk, orders.app];
  }
}

/** Another language is another page: everything is read anew. */
export function choose(code: Language): void {
  localStorage.setItem(KEPT, code);
  location.reload();
}

/** The word for a code, or the code itself where a newer server has one that this page does not know. */
export function wordFor(table: Record<string, string>, code: string | null | undefined): string {
  return code ? (table[code] ?? code.replaceAll('_', ' ')) : '';
}

/** What the API says in both languages. */
export function said(text: { 'zh-CN': string; en: string }): string {
  return text[language];
}
