/** The frame of the app: tabs, and a door that only signed-in people pass. */
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouter, useRouterState } from '@tanstack/react-router';
import { createContext, type PropsWithChildren, type ReactNode, useContext, useSyncExternalStore } from 'react';
import type { Me } from '../api/client';
import * as offers from '../api/offers';
import * as ask from '../api/queries';
import { app, words } from '../i18n';
import { Icon, type IconName, Mark } from '../kit/mark';
import { Empty, ErrorState, OfflineNote, Waiting } from '../kit/say';
import { SignIn } from '../kit/sign_in';

const Person = createContext<Me | null>(null);

/** Who is signed in. */
export function useMe(): Me {
  const person = useContext(Person);
  if (!person) throw new Error('asked who is signed in outside of the door');
  return person;
}

/** Tabs; what there is no room for on a phone is a rail's, and is reached from one's own page there. */
const TABS: { to: string; icon: IconName; name: keyof typeof app.tab; more?: true; action?: string }[] = [
  { to: '/', icon: 'home', name: 'home' },
  { to: '/orders', icon: 'orders', name: 'orders' },
  { to: '/messages', icon: 'messages', name: 'messages', action: 'message.read' },
  { to: '/wallet', icon: 'wallet', name: 'wallet' },
  { to: '/incentives', icon: 'gift', name: 'incentives', more: true, action: 'incentive.read' },
  { to: '/guarantees', icon: 'audit', name: 'guarantees', more: true, action: 'guarantee.read' },
  { to: '/me', icon: 'me', name: 'me' },
];
const rail = matchMedia('(min-width: 960px)');
const listen = (told: () => void) => {
  rail.addEventListener('change', told);
  return () => rail.removeEventListener('change', told);
};
/** Whether tabs are a rail at the side. */
const useRail = () => useSyncExternalStore(listen, () => rail.matches);

/** Pages with a bar of their own at the bottom. */
const BARRED = ['/boost', '/guarantees/new'];

export function Shell() {
  const answer = useQuery(ask.me);
  const wide = useRail();
  const path = useRouterState({ select: (state) => state.location.pathname });
  if (answer.data === null) return <SignIn title={words.signIn.title} subtitle={words.signIn.subtitle} />;
  if (!answer.data) {
    return (
      <main className="shell-main" style={{ paddingTop: 64 }}>
        {answer.error ? <ErrorState error={answer.error} retry={() => void answer.refetch()} /> : <Waiting lines={5} />}
      </main>
    );
  }
  return (
    <Person.Provider value={answer.data}>
      <OfflineNote />
      <div className="shell">
        <main className="shell-main">
          <Outlet />
        </main>
        {BARRED.includes(path) && !wide ? null : (
          <nav className="tabs-bar" aria-label={words.brand}>
            <div className="brand">
              <Mark size={30} />
              {words.brand}
            </div>
            {TABS.filter((tab) => !tab.action || answer.data?.actions.includes(tab.action)).map((tab) => (
              <Link
                key={tab.to}
                to={tab.to}
                className={tab.more ? 'more' : ''}
                activeOptions={{ exact: tab.to === '/' }}
                activeProps={{ className: tab.more ? 'more active' : 'active' }}
              >
                <span className="tab-icon">
                  <Icon name={tab.icon} />
                  {tab.name === 'messages' ? <Unread /> : null}
                </span>
                {app.tab[tab.name]}
              </Link>
            ))}
          </nav>
        )}
      </div>
    </Person.Provider>
  );
}

/** How many messages nobody has read. */
function Unread() {
  const unread = useQuery(offers.unread).data?.unread ?? 0;
  if (unread === 0) return null;
  return (
    <span className="badge">
      {unread > 99 ? '99+' : unread}
      <span className="only-read">{app.message.unread('')}</span>
    </span>
  );
}

/** One page: its title, a way back where it is not a tab, and what stands beside the title. */
export function Page({ title, back, aside, children }: PropsWithChildren<{ title: ReactNode; back?: string; aside?: ReactNode }>) {
  const router = useRouter();
  const leave = () => {
    if (router.history.canGoBack()) router.history.back();
    else void router.navigate({ to: back ?? '/' });
  };
  return (
    <div className="page">
      <header className="page-head">
        {back ? <button type="button" className="back" aria-label={words.do.back} onClick={leave} /> : null}
        <h1 className="cut">{title}</h1>
        {aside}
      </header>
      {children}
    </div>
  );
}

export function NotFound() {
  return (
    <Empty title={words.error.notFound} why={words.error.notFoundHelp}>
      <Link to="/" className="button">
        {app.tab.home}
      </Link>
    </Empty>
  );
}
