import type { ConsoleWords } from '../zh-CN/console';

export const desk: ConsoleWords = { title: 'Tuiliu console' };
