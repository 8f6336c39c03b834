/** The keeper of answers: one for a page. */
import { QueryClient } from '@tanstack/react-query';
import { Refused } from './client';

export const keeper = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 10 * 60_000,
      networkMode: 'offlineFirst',
      retry: (failures, error) => failures < 2 && error instanceof Refused && error.retryable && error.status !== 429,
    },
    mutations: { networkMode: 'always' },
  },
});
