/** People of the sample platform, signed in once each for a worker. */
import { type APIRequestContext, type BrowserContext, type Page, request, test as base } from '@playwright/test';

export type Login = 'creator' | 'merchant' | 'agency' | 'operator' | 'reviewer' | 'finance' | 'support';
export type Language = 'zh-CN' | 'en';

export const address = () => process.env['TUILIU_ADDRESS'] ?? '';

/** A person's way to the API, with their session. */
export class Person {
  constructor(
    readonly login: Login,
    readonly http: APIRequestContext,
    readonly party: string,
  ) {}

  static async signIn(login: Login): Promise<Person> {
    const http = await request.newContext({ baseURL: address(), extraHTTPHeaders: { 'X-Tuiliu-Csrf': '1', Origin: address() } });
    const signed = await http.post('/v1/sessions', { data: { login, password: `${login}-demo` } });
    if (!signed.ok()) throw new Error(`${login} cannot sign in: ${await signed.text()}`);
    const me = (await (await http.get('/v1/me')).json()) as { party: string };
    return new Person(login, http, me.party);
  }

  async get<T>(path: string): Promise<T> {
    const answer = await this.http.get(path);
    if (!answer.ok()) throw new Error(`GET ${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  async post<T>(path: string, data: unknown): Promise<T> {
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const answer = await this.http.post(path, { data, headers });
    if (!answer.ok()) throw new Error(`POST ${path}: ${await answer.text()}`);
    return (await answer.json()) as T;
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
  { as: (login: Login, options?: { language?: Language; width?: number }) => Promise<Page> },
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
    await use(async (login, { language = 'zh-CN', width = 390 } = {}) => {
      let person = people.get(login);
      if (!person) {
        person = await Person.signIn(login);
        people.set(login, person);
      }
      const context = await browser.newContext({
        baseURL: address(),
        storageState: await person.http.storageState(),
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
