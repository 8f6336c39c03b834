/** Numbers and times as people read them. Amounts are only ever moved by a power of ten, as text: never computed. */
import type { Amount, Cost } from '../api/client';
import { language, words } from '../i18n';

/** `12345` and 2 as `123.45`: exact, whatever the size. */
export function shifted(units: number, places: number): string {
  const digits = Math.abs(units).toFixed(0).padStart(places + 1, '0');
  const sign = units < 0 ? '-' : '';
  return places === 0 ? sign + digits : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

type Exact = Intl.StringNumericLiteral;

const yuan = new Intl.NumberFormat(language, { style: 'currency', currency: 'CNY', currencyDisplay: 'narrowSymbol' });
const beans = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
const whole = new Intl.NumberFormat(language);
const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
const permille = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });

/** The number of an amount without its unit. */
export function bare(amount: Amount): string {
  switch (amount.currency) {
    case 'CNY':
      return yuan.format(shifted(amount.amount, 2) as Exact);
    case 'BEAN':
      return beans.format(shifted(amount.amount, 2) as Exact);
    default:
      return whole.format(amount.amount);
  }
}

export function money(amount: Amount): string {
  if (amount.currency === 'CNY') return bare(amount);
  return amount.currency === 'BEAN' ? words.unit.beans(bare(amount)) : words.unit.points(bare(amount));
}

/** What the engine charged: finer than a unit, shown to a hundredth of a bean or of a yuan. */
export function cost(of: Cost): string {
  if (of.currency === 'CNY') return bareCost(of);
  const small = Math.abs(of.micros) > 0 && Math.abs(of.micros) < 10_000;
  const shown = small ? new Intl.NumberFormat(language, { maximumSignificantDigits: 2 }) : beans;
  return words.unit.beans(shown.format(shifted(of.micros, 6) as Exact));
}

/** The same without its unit, where one follows. */
export const bareCost = (of: Cost) => (of.currency === 'CNY' ? yuan : beans).format(shifted(of.micros, 6) as Exact);

export const count = (value: number) => whole.format(value);
export const short = (value: number) => (Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value));
export const share = (value: number) => permille.format(shifted(value, 3) as unknown as number);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function span(ms: number): string {
  if (ms < MINUTE) return words.time.seconds(whole.format(Math.max(0, Math.round(ms / 1000))));
  if (ms < HOUR) return words.time.minutes(whole.format(Math.round(ms / MINUTE)));
  const one = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  return ms < 3 * DAY ? words.time.hours(one.format(ms / HOUR)) : words.time.days(one.format(ms / DAY));
}

const exactTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' });
const dayTime = new Intl.DateTimeFormat(language, {
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});
const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat(language, { year: 'numeric', month: '2-digit', day: '2-digit' });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });

export const exact = (at: string) => exactTime.format(new Date(at));
export const moment = (at: string) => dayTime.format(new Date(at));
export const hour = (at: string | number) => clock.format(new Date(at));
export const date = (at: string) => day.format(new Date(at));

export function ago(at: string, now: number): string {
  const passed = new Date(at).getTime() - now;
  const size = Math.abs(passed);
  if (size < MINUTE) return relative.format(Math.round(passed / 1000), 'second');
  if (size < HOUR) return relative.format(Math.round(passed / MINUTE), 'minute');
  if (size < 24 * HOUR) return relative.format(Math.round(passed / HOUR), 'hour');
  return moment(at);
}

/** `04:59`, or `23:04:59`. */
export function countdown(ms: number): string {
  const left = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => value.toString().padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  return hours > 0 ? `${two(hours)}:${two(minutes)}:${two(seconds)}` : `${two(minutes)}:${two(seconds)}`;
}
