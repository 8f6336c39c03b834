/** What only staff ask for. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, ask, type Schemas } from '../api/client';

const next = {
  initialPageParam: '',
  getNextPageParam: (page: { next_cursor?: string | null }) => page.next_cursor ?? undefined,
};
const cursorOf = (cursor: string) => (cursor ? { cursor } : {});

export const parties = infiniteQueryOptions({
  queryKey: ['parties'],
  queryFn: ({ pageParam }) => ask(api.GET('/v1/parties', { params: { query: { limit: 50, ...cursorOf(pageParam) } } })),
  ...next,
});

export const allRooms = infiniteQueryOptions({
  queryKey: ['all rooms'],
  queryFn: ({ pageParam }) => ask(api.GET('/v1/rooms', { params: { query: { limit: 50, ...cursorOf(pageParam) } } })),
  ...next,
});

export const reviews = infiniteQueryOptions({
  queryKey: ['reviews'],
  queryFn: ({ pageParam }) => ask(api.GET('/v1/reviews', { params: { query: { limit: 50, ...cursorOf(pageParam) } } })),
  ...next,
});

export const suspended = infiniteQueryOptions({
  queryKey: ['suspended'],
  queryFn: ({ pageParam }) => ask(api.GET('/v1/suspended_money', { params: { query: { limit: 50, ...cursorOf(pageParam) } } })),
  ...next,
});

export const apiKeys = infiniteQueryOptions({
  queryKey: ['api keys'],
  queryFn: ({ pageParam }) => ask(api.GET('/v1/api_keys', { params: { query: { limit: 50, ...cursorOf(pageParam) } } })),
  ...next,
});

export const endpoints = infiniteQueryOptions({
  queryKey: ['webhook endpoints'],
  queryFn: ({ pageParam }) => ask(api.GET('/v1/webhook_endpoints', { params: { query: { limit: 50, ...cursorOf(pageParam) } } })),
  ...next,
});

export const endpointToChange = (id: string) =>
  queryOptions({
    queryKey: ['webhook endpoint', id],
    refetchInterval: 5000,
    queryFn: () => versioned(api.GET('/v1/webhook_endpoints/{endpoint}', { params: { path: { endpoint: id } } })),
  });

export const eventTypes = queryOptions({
  queryKey: ['webhook event types'],
  staleTime: Infinity,
  queryFn: () => ask(api.GET('/v1/webhook_event_types')),
});

export const deliveries = (endpoint: string, state: Schemas['WebhookDeliveryState'] | undefined) =>
  infiniteQueryOptions({
    queryKey: ['webhook deliveries', endpoint, state ?? ''],
    refetchInterval: 3000,
    queryFn: ({ pageParam }) => {
      const query = { limit: 50, ...(state ? { state } : {}), ...cursorOf(pageParam) };
      return ask(api.GET('/v1/webhook_endpoints/{endpoint}/deliveries', { params: { path: { endpoint }, query } }));
    },
    ...next,
  });

export const delivery = (id: string) =>
  queryOptions({
    queryKey: ['webhook delivery', id],
    refetchInterval: 3000,
    queryFn: () => ask(api.GET('/v1/webhook_deliveries/{delivery}', { params: { path: { delivery: id } } })),
  });

export const requestLog = (asked: { key: string; status: string }) =>
  infiniteQueryOptions({
    queryKey: ['request log', asked],
    refetchInterval: 5000,
    queryFn: ({ pageParam }) => {
      const query = { limit: 50, ...(asked.key ? { key: asked.key } : {}), ...(asked.status ? { status: asked.status } : {}), ...cursorOf(pageParam) };
      return ask(api.GET('/v1/request-log', { params: { query } }));
    },
    ...next,
  });

export const seenEvents = (code: string) =>
  queryOptions({
    queryKey: ['seen events', code],
    refetchInterval: 2000,
    queryFn: () => ask(api.GET('/v1/events/seen', { params: { query: code ? { test_event_code: code } : {} } })),
  });

/** Something with the version that it was read at, for whoever changes it. */
export interface Versioned<T> {
  content: T;
  tag: string;
}

export async function versioned<T>(answering: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<Versioned<T>> {
  const answer = await answering;
  const content = await ask<T>(Promise.resolve(answer));
  return { content, tag: answer.response.headers.get('etag') ?? '' };
}

export const partyToChange = (id: string) =>
  queryOptions({
    queryKey: ['party to change', id],
    queryFn: () => versioned(api.GET('/v1/parties/{party}', { params: { path: { party: id } } })),
  });

export const policyToChange = queryOptions({
  queryKey: ['policy to change'],
  queryFn: () => versioned(api.GET('/v1/policy')),
});

/** Numbers that the process counts, by name and labels, out of the OpenMetrics text. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export function samplesOf(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!match?.[1] || match[3] === undefined) continue;
    const pairs = [...(match[2] ?? '').matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)];
    samples.push({
      name: match[1],
      labels: Object.fromEntries(pairs.map((pair) => [pair[1] ?? '', pair[2] ?? ''])),
      value: Number(match[3]),
    });
  }
  return samples;
}

export const metrics = queryOptions({
  queryKey: ['metrics'],
  refetchInterval: 5000,
  queryFn: async () => {
    const answer = await fetch('/metrics');
    if (!answer.ok) throw new Error(`metrics: ${answer.status}`);
    return { at: Date.now(), samples: samplesOf(await answer.text()) };
  },
});
