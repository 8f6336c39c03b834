/** What the console says. */
import type { Wide } from './words';

export const desk = { title: '推流控制台' };

export type ConsoleWords = Wide<typeof desk>;
