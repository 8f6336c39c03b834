/** What was last seen is kept in the browser, so that a phone without a connection shows it, with its time. */
import { dehydrate, type DehydratedState, hydrate, type Query, type QueryClient } from '@tanstack/react-query';
import { answered } from './reach';

const PLACE = 'tuiliu.last_view';
const KEPT_MS = 24 * 60 * 60_000;
const EVERY_MS = 2_000;
const SIZE_MAX = 1_000_000;
/** Answers that a first look is made of; nothing secret is among them. */
const NAMES = [
  'me', 'rooms', 'videos', 'boosts', 'boost', 'report', 'timeline', 'wallet', 'top ups', 'coupons', 'messages', 'guarantees',
  'guarantee', 'incentive tasks', 'incentive rewards', 'recap',
];

const forget = () => localStorage.removeItem(PLACE);
const nobody = (query: Query) => query.queryKey[0] === 'me' && query.state.data === null;
const kept = (query: Query) => query.state.status === 'success' && NAMES.includes(String(query.queryKey[0]));

/** Shows again what was there, and keeps what comes. Whoever leaves takes it along. */
export function keepLastView(keeper: QueryClient): void {
  restore(keeper);
  let timer: ReturnType<typeof setTimeout> | undefined;
  keeper.getQueryCache().subscribe(({ query, type }) => {
    if (nobody(query)) forget();
    else if (type === 'updated' && kept(query)) timer ??= setTimeout(() => ((timer = undefined), save(keeper)), EVERY_MS);
  });
}

function restore(keeper: QueryClient): void {
  try {
    const found = JSON.parse(localStorage.getItem(PLACE) ?? 'null') as { at: number; view: DehydratedState } | null;
    if (!found || Date.now() - found.at > KEPT_MS) return forget();
    answered(found.at);
    hydrate(keeper, found.view);
    // Shown at once, and asked anew.
    void keeper.invalidateQueries({ refetchType: 'none' });
  } catch {
    forget();
  }
}

function save(keeper: QueryClient): void {
  if (!keeper.getQueryData(['me'])) return;
  const view = dehydrate(keeper, { shouldDehydrateQuery: kept, shouldDehydrateMutation: () => false });
  const at = Math.max(...view.queries.map((query) => query.state.dataUpdatedAt));
  const text = JSON.stringify({ at, view });
  if (text.length <= SIZE_MAX) localStorage.setItem(PLACE, text);
}
