/** What pages ask for besides orders and wallets: guarantees, incentives, messages, recaps. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, ask } from './client';
import { cursorOf, next } from './queries';

export const guaranteeCreators = (limit = 20) =>
  infiniteQueryOptions({
    queryKey: ['guarantee creators', limit],
    staleTime: 60_000,
    queryFn: ({ pageParam }) =>
      ask(api.GET('/v1/guarantee-creators', { params: { query: { limit, ...cursorOf(pageParam) } } })),
    ...next,
  });

export const guaranteeQuotes = (creators: string[]) =>
  queryOptions({
    queryKey: ['guarantee quotes', creators],
    enabled: creators.length > 0,
    queryFn: () => ask(api.GET('/v1/guarantee-quotes', { params: { query: { creators: creators.join(',') } } })),
  });

export const guarantees = (whose: { buyer_id: string } | { creator_id: string }) =>
  infiniteQueryOptions({
    queryKey: ['guarantees', whose],
    queryFn: ({ pageParam }) =>
      ask(api.GET('/v1/guarantee-services', { params: { query: { limit: 20, ...cursorOf(pageParam), ...whose } } })),
    ...next,
  });

export const guarantee = (id: string) =>
  queryOptions({
    queryKey: ['guarantee', id],
    queryFn: () => ask(api.GET('/v1/guarantee-services/{service}', { params: { path: { service: id } } })),
  });

export const costGuarantee = (id: string) =>
  queryOptions({
    queryKey: ['cost guarantee', id],
    queryFn: () => ask(api.GET('/v1/boosts/{boost}/cost_guarantee', { params: { path: { boost: id } } })),
  });

export const tasks = (party: string) =>
  queryOptions({
    queryKey: ['incentive tasks', party],
    queryFn: () => ask(api.GET('/v1/incentive-tasks', { params: { query: { party } } })),
  });

export const applications = (party: string) =>
  infiniteQueryOptions({
    queryKey: ['incentive applications', party],
    queryFn: ({ pageParam }) =>
      ask(api.GET('/v1/incentive-applications', { params: { query: { limit: 20, party, ...cursorOf(pageParam) } } })),
    ...next,
  });

export const rewards = (party: string) =>
  infiniteQueryOptions({
    queryKey: ['incentive rewards', party],
    queryFn: ({ pageParam }) =>
      ask(api.GET('/v1/incentive-rewards', { params: { query: { limit: 20, party, ...cursorOf(pageParam) } } })),
    ...next,
  });

export const debt = (party: string) =>
  queryOptions({
    queryKey: ['incentive debt', party],
    queryFn: () =>
      ask(api.GET('/v1/incentive-debts/{party}', { params: { path: { party }, query: { limit: 50 } } })),
  });

export const measures = (party: string) =>
  queryOptions({
    queryKey: ['incentive measures', party],
    queryFn: () => ask(api.GET('/v1/incentive-measures', { params: { query: { limit: 20, party } } })),
  });

export const messages = infiniteQueryOptions({
  queryKey: ['messages', 'list'],
  queryFn: ({ pageParam }) => ask(api.GET('/v1/messages', { params: { query: { limit: 20, ...cursorOf(pageParam) } } })),
  ...next,
});

export const unread = queryOptions({
  queryKey: ['messages', 'unread'],
  refetchInterval: 60_000,
  queryFn: () => ask(api.GET('/v1/message-count')),
});

export const recap = (room: string) =>
  queryOptions({
    queryKey: ['recap', room],
    queryFn: () => ask(api.GET('/v1/rooms/{room}/recap', { params: { path: { room } } })),
  });

export const invoiceFigures = (party: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['invoice figures', party, from],
    queryFn: () =>
      ask(api.GET('/v1/wallets/{party}/invoice_figures', { params: { path: { party }, query: { from, to } } })),
  });

export const payoutAccounts = (party: string) =>
  queryOptions({
    queryKey: ['payout accounts', party],
    queryFn: () => ask(api.GET('/v1/wallets/{party}/payout_accounts', { params: { path: { party } } })),
  });

export const withdrawals = (party: string) =>
  infiniteQueryOptions({
    queryKey: ['withdrawals', party],
    queryFn: ({ pageParam }) =>
      ask(api.GET('/v1/wallets/{party}/withdrawals', { params: { path: { party }, query: { limit: 20, ...cursorOf(pageParam) } } })),
    ...next,
  });

export const bankTransfers = (party: string) =>
  infiniteQueryOptions({
    queryKey: ['bank transfers', party],
    queryFn: ({ pageParam }) =>
      ask(api.GET('/v1/wallets/{party}/bank_transfers', { params: { path: { party }, query: { limit: 20, ...cursorOf(pageParam) } } })),
    ...next,
  });
