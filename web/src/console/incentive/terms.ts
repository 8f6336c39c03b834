/** The text of a programme as it is edited: conditions over facts, rewards, quota. A number that is not one is `NaN`. */
import { desk } from '../../i18n';
import { count, shifted } from '../../kit/format';

export const METRICS = [
  'length_ms', 'sessions', 'viewers', 'paid_gmv_fen', 'settled_gmv_fen', 'sell_through_permille', 'follower_gain',
  'own_traffic_permille', 'refund_rate_permille', 'settlement_rate_permille', 'complaints', 'first_broadcast_age_ms',
  'last_broadcast_age_ms', 'shop_score_hundredths', 'credit_score',
] as const;
export const FLAGS = ['sells_live', 'never_broadcast', 'brand_flagship', 'counterfeit_goods', 'shop_closed', 'content_violation'] as const;
export type Metric = (typeof METRICS)[number];
export type Flag = (typeof FLAGS)[number];

export interface Threshold {
  metric: Metric;
  value: number;
}
export type Condition =
  | { all: Condition[] }
  | { any: Condition[] }
  | { at_least: Threshold }
  | { at_most: Threshold }
  | { is: Flag }
  | { is_not: Flag };

export interface Tier {
  condition: Condition;
  face: { base_points: number; share: { metric: Metric; permille: number } | null; points_max: number };
  coupons: number;
}

export interface Broadcasts {
  on_approval: { points: number; coupons: number } | null;
  tiers: Tier[];
  broadcasts_max: number;
}
export interface Periods {
  period: 'week' | 'month';
  tiers: Tier[];
  points_per_month_max: number;
}
export interface Target {
  steps_permille: number[];
  share_permille: number;
  bonus: { settlement_rate_permille_min: number; share_permille: number } | null;
  points_max: number;
}
export type Rewards = { broadcasts: Broadcasts } | { periods: Periods } | { target: Target };

export interface Terms {
  title: string;
  kind: 'cold_start' | 'growth' | 'benchmark';
  starts_at: string | null;
  ends_at: string | null;
  eligibility: Condition;
  rewards: Rewards;
  coupons_per_month: number | null;
  coupon: { product: 'any' | 'plain' | 'commerce'; validity_ms: number | null };
  application: { ahead_ms_min: number; planned_ms_min: number; review_working_days: number };
}

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** How a number is typed: so many digits after the point, or as a multiple of milliseconds. */
export type Scale = { places: number } | { perMs: number };
export const WHOLE: Scale = { places: 0 };
export const PERCENT: Scale = { places: 1 };
export const MINUTES: Scale = { perMs: MINUTE_MS };
export const HOURS: Scale = { perMs: HOUR_MS };
export const DAYS: Scale = { perMs: DAY_MS };

export const SCALES: Record<Metric, Scale> = {
  length_ms: MINUTES,
  sessions: WHOLE,
  viewers: WHOLE,
  paid_gmv_fen: { places: 2 },
  settled_gmv_fen: { places: 2 },
  sell_through_permille: PERCENT,
  follower_gain: WHOLE,
  own_traffic_permille: PERCENT,
  refund_rate_permille: PERCENT,
  settlement_rate_permille: PERCENT,
  complaints: WHOLE,
  first_broadcast_age_ms: DAYS,
  last_broadcast_age_ms: DAYS,
  shop_score_hundredths: { places: 2 },
  credit_score: WHOLE,
};

/** A number as it is typed; the digits are moved, nothing is computed. */
export function written(value: number, scale: Scale): string {
  if (!Number.isSafeInteger(value)) return '';
  if ('perMs' in scale) return String(value / scale.perMs);
  return scale.places === 0 ? String(value) : shifted(value, scale.places).replace(/\.?0+$/, '');
}

/** What was typed; `NaN` where it is no number of this kind. */
export function typed(text: string, scale: Scale): number {
  const match = /^(\d{1,12})(?:\.(\d*))?$/.exec(text.trim());
  if (!match) return Number.NaN;
  if ('perMs' in scale) {
    const ms = Number(text) * scale.perMs;
    return Number.isSafeInteger(ms) ? ms : Number.NaN;
  }
  const after = match[2] ?? '';
  if (after.length > scale.places) return Number.NaN;
  return Number(`${match[1]}${after.padEnd(scale.places, '0')}`);
}

/** Whether a number somewhere in it is none. */
export function hasBlank(value: unknown): boolean {
  if (typeof value === 'number') return Number.isNaN(value);
  if (value !== null && typeof value === 'object') return Object.values(value).some(hasBlank);
  return false;
}

const amount = (metric: Metric, value: number) => desk.incentive.amount[metric](groups(written(value, SCALES[metric])));
const groups = (text: string) => (/^\d+$/.test(text) ? count(Number(text)) : text);

/** A condition as a sentence. */
export function told(condition: Condition): string {
  const joined = (parts: Condition[], by: string) => parts.map((part) => ('any' in part || 'all' in part ? `(${told(part)})` : told(part))).join(by);
  if ('all' in condition) return condition.all.length === 0 ? desk.incentive.everybody : joined(condition.all, desk.incentive.and);
  if ('any' in condition) return joined(condition.any, desk.incentive.or);
  if ('at_least' in condition) return `${desk.incentive.metric[condition.at_least.metric]} ≥ ${amount(condition.at_least.metric, condition.at_least.value)}`;
  if ('at_most' in condition) return `${desk.incentive.metric[condition.at_most.metric]} ≤ ${amount(condition.at_most.metric, condition.at_most.value)}`;
  return 'is' in condition ? desk.incentive.flag[condition.is] : desk.incentive.noFlag(desk.incentive.flag[condition.is_not]);
}
