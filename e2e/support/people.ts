/** People of the sample platform, signed in once each for a worker. */
import { type APIRequestContext, type BrowserContext, type Page, request, test as base } from '@playwright/test';

export type Login = 'creator' | 'merchant' | 'agency' | 'operator' | 'reviewer' | 'finance' | 'support';
export type Language = 'zh-CN' | 'en';

export const address = () => process.env['TUILIU_ADDRESS'] ?? '';

let creators = 0;

/** A person's way to the API, with their session. */
export class Person {
  constructor(
    readonly login: Login,
    readonly http: APIRequestContext,
    readonly party: string,
  ) {}

  static async signIn(login: Login): Promise<Person> {
    return login === 'creator' ? Person.newCreator('一位创作者') : Person.enter(login, login, `${login}-demo`);
  }

  /** A creator of one's own: nobody else orders for their rooms, ends their broadcasts or spends their beans. */
  static async newCreator(display_name: string): Promise<Person> {
    const operator = await Person.signIn('operator');
    creators += 1;
    const name = `e2e-${process.pid}-${Date.now()}-${creators}`;
    const password = 'correct horse battery staple';
    const login = { name, password, roles: ['creator'] };
    const party = await operator.post<{ id: string }>('/v1/parties', { kind: 'creator', display_name, login });
    await operator.post(`/v1/wallets/${party.id}/gifts`, { beans: { amount: 10_000_000, currency: 'BEAN' }, note: 'e2e' });
    await operator.post('/v1/coupons', { owners: [party.id], kind: 'traffic_coupon', points: 120 });
    await operator.http.dispose();
    return Person.enter('creator', name, password);
  }

  /** A colleague of one's own: another member of staff than those of the sample. */
  async newStaff(role: 'reviewer' | 'finance'): Promise<Person> {
    creators += 1;
    const name = `staff-${process.pid}-${Date.now()}-${creators}`;
    const password = 'correct horse battery staple';
    await this.post('/v1/sessions/current/proof', { password: `${this.login}-demo` });
    await this.post('/v1/parties', { kind: role, display_name: '一位同事', login: { name, password, roles: [role] } });
    return Person.enter(role, name, password);
  }

  private static async enter(login: Login, name: string, password: string): Promise<Person> {
    const http = await request.newContext({ baseURL: address(), extraHTTPHeaders: { 'X-Tuiliu-Csrf': '1', Origin: address() } });
    const signed = await http.post('/v1/sessions', { data: { login: name, password } });
    if (!signed.ok()) throw new Error(`${login} cannot sign in: ${await signed.text()}`);
    const me = (await (await http.get('/v1/me')).json()) as { party: string };
    return new Person(login, http, me.party);
  }

  /** The host platform's server, with its key. */
  static async host(): Promise<Person> {
    const key = process.env['TUILIU_HOST_KEY'] ?? '';
    const http = await request.newContext({ baseURL: address(), extraHTTPHeaders: { Authorization: `Bearer ${key}` } });
    return new Person('operator', http, '');
  }

  async get<T>(path: string): Promise<T> {
    const answer = await this.http.get(path);
    if (!answer.ok()) throw new Error(`GET ${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** Changes what the operator may set; orders placed before keep theirs. */
  async settings(data: unknown): Promise<void> {
    const tag = (await this.http.get('/v1/policy')).headers()['etag'] ?? '';
    const answer = await this.http.patch('/v1/policy', { data, headers: { 'If-Match': tag } });
    if (!answer.ok()) throw new Error(`PATCH /v1/policy: ${await answer.text()}`);
  }

  async put(path: string, data: unknown): Promise<void> {
    const answer = await this.http.put(path, { data });
    if (!answer.ok()) throw new Error(`PUT ${path}: ${await answer.text()}`);
  }

  async post<T>(path: string, data: unknown): Promise<T> {
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const answer = await this.http.post(path, { data, headers });
    if (!answer.ok()) throw new Error(`POST ${path}: ${await answer.text()}`);
    return (answer.status() === 204 ? undefined : await answer.json()) as T;
  }
}

export interface Faults {
  said: string[];
}

/** Everything that a page complains about. */
export function listen(page: Page): Faults {
  const faults: Faults = { said: [] };
  page.on('console', (message) => {
    if (message.type() === 'error') faults.said.push(message.text());
  });
  page.on('pageerror', (error) => faults.said.push(error.message));
  return faults;
}

export const test = base.extend<
  { as: (who: Login | Person, options?: { language?: Language; width?: number }) => Promise<Page> },
  { people: Map<Login, Person> }
>({
  people: [
    async ({}, use) => {
      await use(new Map());
    },
    { scope: 'worker' },
  ],
  as: async ({ browser, people }, use) => {
    const open: BrowserContext[] = [];
    await use(async (who, { language = 'zh-CN', width = 390 } = {}) => {
      const signed = who instanceof Person ? who : await person(people, who);
      const context = await browser.newContext({
        baseURL: address(),
        storageState: await signed.http.storageState(),
        viewport: { width, height: width < 600 ? 844 : 900 },
        locale: language,
      });
      await context.addInitScript((code) => localStorage.setItem('tuiliu.language', code), language);
      open.push(context);
      return context.newPage();
    });
    for (const context of open) await context.close();
  },
});

export async function person(people: Map<Login, Person>, login: Login): Promise<Person> {
  const known = people.get(login) ?? (await Person.signIn(login));
  people.set(login, known);
  return known;
}
