/** An order that is being made. It is kept for a day, so that a phone may be put away in between. */
import { useEffect, useState } from 'react';
import type { Schemas } from '../api/client';
import { freshKey } from '../api/client';

export interface Audience {
  gender: '' | 'female' | 'male';
  ages: string[];
  regions: string[];
  interests: string[];
  newOnly: boolean;
}

type Product = Schemas['BoostProduct'];
export type BidKind = 'automatic' | 'bid' | 'cost_cap' | 'plays';

export interface Draft {
  goal: Schemas['Goal'] | null;
  /** 1/100 bean, or fen of a quick boost. */
  budget: number;
  durationMs: number;
  audience: Audience;
  bidKind: BidKind;
  /** As the budget; 0 before the buyer or a suggestion has said it. */
  bid: number;
  stopAtSpend: number;
  stopAtCost: number;
  stopWhenIdleMs: number;
  couponUse: Schemas['CouponChoice'];
  coupons: string[];
  /** Under which the order is placed once, whatever is sent again. */
  key: string;
}

export const NOBODY_IN_PARTICULAR: Audience = { gender: '', ages: [], regions: [], interests: [], newOnly: false };
const DAY_MS = 24 * 60 * 60_000;
const LAST = 'tuiliu.last_order';
const placeOf = (subject: string, product: Product) => `tuiliu.draft.${product}.${subject}`;

const blank = (): Draft => ({
  goal: null,
  budget: 0,
  durationMs: 0,
  audience: NOBODY_IN_PARTICULAR,
  bidKind: 'automatic',
  bid: 0,
  stopAtSpend: 0,
  stopAtCost: 0,
  stopWhenIdleMs: 0,
  couponUse: 'automatic',
  coupons: [],
  key: freshKey(),
});

function read(name: string): { at: number; draft: Draft } | null {
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? 'null') as { at: number; draft: Draft } | null;
    return kept && Date.now() - kept.at < DAY_MS ? kept : null;
  } catch {
    return null;
  }
}

export const forget = (subject: string, product: Product) => localStorage.removeItem(placeOf(subject, product));

/** What the buyer ordered last is where the next order begins. */
export function remember(draft: Draft, product: Product): void {
  const { goal, budget, durationMs, bid, bidKind } = draft;
  localStorage.setItem(`${LAST}.${product}`, JSON.stringify({ goal, budget, durationMs, bid, bidKind }));
}

function last(product: Product): Partial<Draft> {
  try {
    return (JSON.parse(localStorage.getItem(`${LAST}.${product}`) ?? '{}') ?? {}) as Partial<Draft>;
  } catch {
    return {};
  }
}

export function useDraft(subject: string, product: Product) {
  const name = placeOf(subject, product);
  const [restored] = useState(() => read(name));
  const [draft, setDraft] = useState<Draft>(() => restored?.draft ?? { ...blank(), ...last(product) });
  const [touched, setTouched] = useState(false);
  useEffect(() => {
    if (touched) localStorage.setItem(name, JSON.stringify({ at: Date.now(), draft }));
  }, [name, draft, touched]);
  /** A changed order is another order: it gets a key of its own. */
  const change = (part: Partial<Draft>) => {
    setTouched(true);
    setDraft((before) => ({ ...before, ...part, key: freshKey() }));
  };
  return { draft, change, restored: restored !== null };
}

/** The conditions in the API's words. */
export function audienceText(audience: Audience): string | undefined {
  const or = (kind: string, values: string[]) => {
    const leaves = values.map((value) => `${kind}:${value}`);
    return leaves.length > 1 ? `or(${leaves.join(',')})` : (leaves[0] ?? '');
  };
  const parts = [
    audience.gender ? `gender:${audience.gender}` : '',
    or('age', audience.ages),
    or('region', audience.regions),
    or('interest', audience.interests),
    audience.newOnly ? 'new_to_creator' : '',
  ].filter(Boolean);
  return parts.length > 1 ? `and(${parts.join(',')})` : parts[0];
}

export function conditions(audience: Audience): number {
  const { gender, ages, regions, interests, newOnly } = audience;
  return (gender ? 1 : 0) + ages.length + regions.length + interests.length + (newOnly ? 1 : 0);
}

export function guardRules(draft: Draft, currency: 'BEAN' | 'CNY'): Schemas['GuardRule'][] {
  const limit = (amount: number) => ({ amount, currency });
  const rules: Schemas['GuardRule'][] = [];
  if (draft.stopAtSpend) rules.push({ first: { kind: 'spend_above', limit: limit(draft.stopAtSpend) } });
  if (draft.stopAtCost) rules.push({ first: { kind: 'cost_per_result_above', limit: limit(draft.stopAtCost) } });
  if (draft.stopWhenIdleMs) rules.push({ first: { kind: 'idle_longer_than', ms: draft.stopWhenIdleMs } });
  return rules;
}
