/** The frame of the console: pages on the left, search above, and a door that only staff pass. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { createContext, type PropsWithChildren, type ReactNode, useContext, useState } from 'react';
import { api, ask as send, type Me } from '../api/client';
import * as ask from '../api/queries';
import { desk, words } from '../i18n';
import { Button } from '../kit/input';
import { useKeys } from '../kit/keys';
import { Icon, type IconName, Mark } from '../kit/mark';
import { Empty, ErrorState, OfflineNote, Waiting } from '../kit/say';
import { LanguageSwitch, LookSwitch } from '../kit/settings';
import { Sheet, useWide } from '../kit/sheet';
import { Said, Tag } from '../kit/show';
import { SignIn } from '../kit/sign_in';
import { HelpSheet, Palette } from './palette';
import { Go, useWay } from './way';

const Person = createContext<Me | null>(null);

/** Who is signed in. */
export function useMe(): Me {
  const person = useContext(Person);
  if (!person) throw new Error('asked who is signed in outside of the door');
  return person;
}
export const useMay = (action: string) => useMe().actions.includes(action);

export interface PageLink {
  to: string;
  icon: IconName;
  name: keyof typeof desk.nav;
  /** What it takes to see it. */
  action: string;
  /** After `g`. */
  key: string;
}

export const PAGES: PageLink[] = [
  { to: '/', icon: 'overview', name: 'overview', action: 'order.read', key: 'h' },
  { to: '/reviews', icon: 'review', name: 'reviews', action: 'review.read', key: 'r' },
  { to: '/appeals', icon: 'audit', name: 'appeals', action: 'appeal.read', key: 'a' },
  { to: '/orders', icon: 'orders', name: 'orders', action: 'order.read', key: 'o' },
  { to: '/parties', icon: 'me', name: 'parties', action: 'party.read', key: 'p' },
  { to: '/rooms', icon: 'room', name: 'rooms', action: 'room.read', key: 'l' },
  { to: '/coupons', icon: 'coupon', name: 'coupons', action: 'coupon.read', key: 'c' },
  { to: '/incentives', icon: 'gift', name: 'incentives', action: 'incentive.read', key: 'i' },
  { to: '/guarantees', icon: 'target', name: 'guarantees', action: 'guarantee.read', key: 'b' },
  { to: '/finance', icon: 'wallet', name: 'finance', action: 'wallet.decide_withdrawal', key: 'f' },
  { to: '/money', icon: 'ledger', name: 'money', action: 'wallet.read', key: 'm' },
  { to: '/health', icon: 'health', name: 'health', action: 'order.read', key: 'd' },
  { to: '/traffic', icon: 'filter', name: 'traffic', action: 'traffic.read_rules', key: 't' },
  { to: '/audit', icon: 'list', name: 'audit', action: 'audit_log.read', key: 'u' },
  { to: '/keys', icon: 'key', name: 'keys', action: 'api_key.manage', key: 'k' },
  { to: '/webhooks', icon: 'webhook', name: 'webhooks', action: 'webhook.read', key: 'w' },
  { to: '/requests', icon: 'request', name: 'requests', action: 'request_log.read', key: 'q' },
  { to: '/events', icon: 'event', name: 'events', action: 'event.read_refused', key: 'e' },
  { to: '/policy', icon: 'policy', name: 'policy', action: 'policy.read', key: 's' },
];

const STAFF = ['operator', 'reviewer', 'finance', 'support_agent'];

export function Shell() {
  const answer = useQuery(ask.me);
  if (answer.data === null) return <SignIn title={words.signIn.desk} subtitle={desk.title} />;
  if (!answer.data) {
    return (
      <main className="desk-main">
        {answer.error ? <ErrorState error={answer.error} retry={() => void answer.refetch()} /> : <Waiting lines={5} />}
      </main>
    );
  }
  const staff = answer.data.roles.some((role) => STAFF.includes(role));
  return <Person.Provider value={answer.data}>{staff ? <Desk me={answer.data} /> : <Stranger />}</Person.Provider>;
}

function useSignOut() {
  const keeper = useQueryClient();
  return useMutation({
    mutationFn: () => send(api.DELETE('/v1/sessions/current')),
    onSuccess: () => {
      keeper.clear();
      location.assign('/console');
    },
  });
}

function Stranger() {
  const leaving = useSignOut();
  return (
    <main className="desk-main">
      <Empty title={words.error.forbidden} why={words.error.forbiddenHelp}>
        <Button onClick={() => leaving.mutate()}>{words.do.signOut}</Button>
      </Empty>
    </main>
  );
}

function Desk({ me }: { me: Me }) {
  const wide = useWide();
  const way = useWay();
  const [open, setOpen] = useState<'' | 'menu' | 'palette' | 'help' | 'person'>('');
  const pages = PAGES.filter((page) => me.actions.includes(page.action));
  useKeys({
    'mod+k': () => setOpen('palette'),
    '/': () => setOpen('palette'),
    '?': () => setOpen('help'),
    ...Object.fromEntries(pages.map((page) => [`g ${page.key}`, () => way.open(page.to)])),
  });
  const links = (
    <nav className="desk-nav" aria-label={desk.menu}>
      {pages.map((page) => {
        const current = page.to === '/' ? way.here === '/' : way.here.startsWith(page.to);
        return (
          <span key={page.to} onClick={() => setOpen('')} role="presentation">
            <Go to={page.to === '/' ? '' : page.to} className={current ? 'active' : ''} current={current}>
              <Icon name={page.icon} size={20} />
              {desk.nav[page.name]}
            </Go>
          </span>
        );
      })}
    </nav>
  );
  return (
    <>
      <OfflineNote />
      <div className="desk">
        {wide ? (
          <aside className="desk-side">
            <div className="brand">
              <Mark size={28} />
              {words.brand}
            </div>
            {links}
          </aside>
        ) : null}
        <div className="desk-body">
          <header className="desk-top">
            {wide ? null : (
              <button type="button" className="icon-button" aria-label={desk.menu} onClick={() => setOpen('menu')}>
                <Icon name="more" />
              </button>
            )}
            <button type="button" className="field search-button grow" onClick={() => setOpen('palette')}>
              <span className="quiet cut">{desk.search.hint}</span>
              <kbd aria-hidden="true">⌘K</kbd>
            </button>
            <button type="button" className="icon-button" aria-label={desk.keys.title} onClick={() => setOpen('help')}>
              ?
            </button>
            <button type="button" className="icon-button" aria-label={me.display_name} onClick={() => setOpen('person')}>
              <Icon name="me" />
            </button>
          </header>
          <main className="desk-main">
            <Outlet />
          </main>
        </div>
      </div>
      {wide ? null : (
        <Sheet title={desk.menu} open={open === 'menu'} onClose={() => setOpen('')}>
          {links}
        </Sheet>
      )}
      {open === 'palette' ? <Palette pages={pages} onClose={() => setOpen('')} /> : null}
      {open === 'help' ? <HelpSheet pages={pages} onClose={() => setOpen('')} /> : null}
      <PersonSheet me={me} open={open === 'person'} onClose={() => setOpen('')} />
    </>
  );
}

function PersonSheet({ me, open, onClose }: { me: Me; open: boolean; onClose: () => void }) {
  const leaving = useSignOut();
  return (
    <Sheet title={me.display_name} open={open} onClose={onClose} size={360}>
      <div className="stack loose">
        <div className="row wrap">
          {me.roles.map((role) => (
            <Tag key={role}>{words.role[role]}</Tag>
          ))}
        </div>
        <div>
          <span className="label">{words.language}</span>
          <LanguageSwitch />
        </div>
        <div>
          <span className="label">{words.look.name}</span>
          <LookSwitch />
        </div>
        <Button kind="wide" busy={leaving.isPending} onClick={() => leaving.mutate()}>
          {words.do.signOut}
        </Button>
      </div>
    </Sheet>
  );
}

/** One page: its title and what stands beside it. */
export function Page({ title, said = false, aside, children }: PropsWithChildren<{ title: string; said?: boolean; aside?: ReactNode }>) {
  return (
    <div className="desk-page">
      <header className="row between wrap" style={{ minHeight: 44 }}>
        <h1>{said ? <Said>{title}</Said> : title}</h1>
        <div className="row wrap">{aside}</div>
      </header>
      {children}
    </div>
  );
}

export function Nowhere() {
  return <Empty title={words.error.notFound} why={words.error.notFoundHelp} />;
}
