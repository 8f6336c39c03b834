/** What pages ask for, each with the name under which its answer is kept. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, ask, Refused, type Schemas } from './client';

type Page<T> = { data: T[]; next_cursor?: string | null; has_more: boolean };
export const next = { initialPageParam: '', getNextPageParam: (page: Page<unknown>) => page.next_cursor ?? undefined };
export const cursorOf = (cursor: string) => (cursor ? { cursor } : {});

/** Who is signed in; nothing for whoever is not. */
export const me = queryOptions({
  queryKey: ['me'],
  staleTime: 60_000,
  queryFn: async () => {
    try {
      return await ask(api.GET('/v1/me'));
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return null;
      throw error;
    }
  },
});

export const rooms = (creator?: string) =>
  queryOptions({
    queryKey: ['rooms', creator ?? ''],
    queryFn: () =>
      ask(api.GET('/v1/rooms', { params: { query: { limit: 50, ...(creator ? { creator_id: creator } : {}) } } })),
  });

export const room = (id: string) =>
  queryOptions({
    queryKey: ['room', id],
    queryFn: () => ask(api.GET('/v1/rooms/{room}', { params: { path: { room: id } } })),
  });

export const videos = (creator?: string) =>
  queryOptions({
    queryKey: ['videos', creator ?? ''],
    queryFn: () =>
      ask(api.GET('/v1/videos', { params: { query: { limit: 50, ...(creator ? { creator_id: creator } : {}) } } })),
  });

export const video = (id: string) =>
  queryOptions({
    queryKey: ['video', id],
    queryFn: () => ask(api.GET('/v1/videos/{video}', { params: { path: { video: id } } })),
  });

/** What would be promoted, and as what. */
export type Wanted = { product: Schemas['BoostProduct'] } & ({ room_id: string } | { video_id: string });

export const options = (wanted: Wanted) =>
  queryOptions({
    queryKey: ['options', wanted],
    queryFn: () => ask(api.GET('/v1/boost_options', { params: { query: wanted } })),
  });

/** An estimate, with the budget that it is for. */
export type Estimated = Schemas['Estimate'] & { budget: number };

export const estimate = (body: Schemas['EstimateBody'], enabled: boolean) =>
  queryOptions({
    queryKey: ['estimate', body],
    enabled,
    staleTime: 30_000,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<Estimated> => {
      const estimated = await ask(api.POST('/v1/boost_estimates', { body, signal }));
      return { ...estimated, budget: body.budget.amount };
    },
  });

export const policy = queryOptions({
  queryKey: ['policy'],
  staleTime: 60_000,
  queryFn: () => ask(api.GET('/v1/policy')),
});

export const paymentPlan = (body: Schemas['PaymentPlanBody'], enabled: boolean) =>
  queryOptions({
    queryKey: ['payment plan', body],
    enabled,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ask(api.POST('/v1/payment_plans', { body, signal })),
  });

export interface BoostFilter {
  state?: Schemas['BoostState'] | undefined;
  payer_id?: string | undefined;
  room_id?: string | undefined;
}

export const boosts = (filter: BoostFilter, limit = 20) =>
  infiniteQueryOptions({
    queryKey: ['boosts', filter, limit],
    queryFn: ({ pageParam }) =>
      ask(api.GET('/v1/boosts', { params: { query: { limit, ...cursorOf(pageParam), ...given(filter) } } })),
    ...next,
  });

export const boost = (id: string) =>
  queryOptions({
    queryKey: ['boost', id],
    queryFn: () => ask(api.GET('/v1/boosts/{boost}', { params: { path: { boost: id } } })),
  });

export const report = (id: string) =>
  queryOptions({
    queryKey: ['report', id],
    queryFn: () => ask(api.GET('/v1/boosts/{boost}/report', { params: { path: { boost: id } } })),
  });

export const timeline = (id: string) =>
  queryOptions({
    queryKey: ['timeline', id],
    queryFn: () =>
      ask(api.GET('/v1/boosts/{boost}/timeline', { params: { path: { boost: id }, query: { limit: 100 } } })),
  });

export const losses = (id: string) =>
  queryOptions({
    queryKey: ['losses', id],
    queryFn: () => ask(api.GET('/v1/boosts/{boost}/losses', { params: { path: { boost: id } } })),
  });

export const deliveryLedger = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['delivery ledger', id],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET('/v1/boosts/{boost}/delivery_ledger', {
          params: { path: { boost: id }, query: { limit: 50, ...cursorOf(pageParam) } },
        }),
      ) as Promise<Schemas['DeliveryLedgerList']>,
    ...next,
  });

export const wallet = (party: string) =>
  queryOptions({
    queryKey: ['wallet', party],
    queryFn: () => ask(api.GET('/v1/wallets/{party}', { params: { path: { party } } })),
  });

export const statement = (party: string, account: Schemas['WalletAccount']) =>
  infiniteQueryOptions({
    queryKey: ['statement', party, account],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET('/v1/wallets/{party}/statements/{account}', {
          params: { path: { party, account }, query: { limit: 50, ...cursorOf(pageParam) } },
        }),
      ),
    ...next,
  });

export const lots = (party: string, account: Schemas['WalletAccount']) =>
  queryOptions({
    queryKey: ['lots', party, account],
    queryFn: () =>
      ask(
        api.GET('/v1/wallets/{party}/lots/{account}', {
          params: { path: { party, account }, query: { limit: 100 } },
        }),
      ),
  });

export const topUps = (party: string) =>
  infiniteQueryOptions({
    queryKey: ['top ups', party],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET('/v1/wallets/{party}/top_ups', {
          params: { path: { party }, query: { limit: 20, ...cursorOf(pageParam) } },
        }),
      ),
    ...next,
  });

export const topUp = (id: string) =>
  queryOptions({
    queryKey: ['top up', id],
    queryFn: () => ask(api.GET('/v1/top_ups/{top_up}', { params: { path: { top_up: id } } })),
  });

export const refunds = (party: string) =>
  queryOptions({
    queryKey: ['refunds', party],
    queryFn: () =>
      ask(api.GET('/v1/wallets/{party}/refunds', { params: { path: { party }, query: { limit: 50 } } })),
  });

export const beanRates = queryOptions({
  queryKey: ['bean rates'],
  staleTime: 300_000,
  queryFn: () => ask(api.GET('/v1/bean_rates')),
});

export const coupons = (owner: string | undefined, state?: Schemas['CouponState']) =>
  infiniteQueryOptions({
    queryKey: ['coupons', owner ?? '', state ?? ''],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET('/v1/coupons', {
          params: {
            query: { limit: 50, ...cursorOf(pageParam), ...(owner ? { owner } : {}), ...(state ? { state } : {}) },
          },
        }),
      ),
    ...next,
  });

export const coupon = (id: string) =>
  queryOptions({
    queryKey: ['coupon', id],
    queryFn: () => ask(api.GET('/v1/coupons/{coupon}', { params: { path: { coupon: id } } })),
  });

export const couponUses = (id: string) =>
  queryOptions({
    queryKey: ['coupon uses', id],
    queryFn: () =>
      ask(api.GET('/v1/coupons/{coupon}/uses', { params: { path: { coupon: id }, query: { limit: 100 } } })),
  });

export const sessions = queryOptions({
  queryKey: ['sessions'],
  queryFn: () => ask(api.GET('/v1/sessions')),
});

export const party = (id: string) =>
  queryOptions({
    queryKey: ['party', id],
    staleTime: 60_000,
    queryFn: () => ask(api.GET('/v1/parties/{party}', { params: { path: { party: id } } })),
  });

/** Without what is not given: the API takes no empty filters. */
export function given<T extends object>(filter: T): T {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== '')) as T;
}

/** Every row of the pages that were read. */
export function rowsOf<T>(pages: { pages: { data: T[] }[] } | undefined): T[] {
  return pages?.pages.flatMap((page) => page.data) ?? [];
}
