/** The API as it is described by openapi.json, and what goes wrong with it. */
import createClient, { type Middleware } from 'openapi-fetch';
import { language } from '../i18n';
import { answered, unanswered } from './reach';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Amount = Schemas['Amount'];
export type Cost = Schemas['Cost'];
export type Boost = Schemas['Boost'];
export type BoostDetail = Schemas['BoostDetail'];
export type Room = Schemas['Room'];
export type Me = Schemas['Me'];

/** What the API refused, in its own words; or that it could not be reached at all. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    readonly title: string,
    readonly status: number,
    readonly requestId: string | null,
    readonly retryable: boolean,
    readonly fields: Schemas['FieldError'][],
    /** What went wrong this time, in the developers' words. */
    readonly detail = '',
  ) {
    super(`${code}: ${title}`);
  }
}

/** The code of a request that got no answer: what became of it is not known. */
export const UNREACHED = 'web.unreached';

const manners: Middleware = {
  onRequest({ request }) {
    request.headers.set('X-Tuiliu-Csrf', '1');
    request.headers.set('Accept-Language', language);
    return request;
  },
};

export const api = createClient<paths>({ baseUrl: '', credentials: 'same-origin' });
api.use(manners);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The answer's content, or [`Refused`]. */
export async function ask<T>(answering: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await answering;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    unanswered();
    throw new Refused(UNREACHED, '', 0, null, true, []);
  }
  answered();
  if (answer.response.ok) return answer.data as T;
  throw refused(answer.error, answer.response);
}

function refused(error: unknown, response: Response): Refused {
  const problem = (typeof error === 'object' && error ? error : {}) as Partial<Schemas['Problem']>;
  const requestId = problem.request_id ?? response.headers.get('x-request-id');
  const retryable = problem.retryable ?? response.status >= 500;
  return new Refused(
    problem.code ?? 'server.internal',
    problem.title ?? '',
    response.status,
    requestId,
    retryable,
    problem.errors ?? [],
    problem.detail ?? '',
  );
}

/** A key under which one command is carried out once, however often it is sent. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The header of a command that is carried out once. */
export function once(key: string) {
  return { header: { 'Idempotency-Key': key } };
}
