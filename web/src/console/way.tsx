/** Ways between the console's pages, and what stands in an address. */
import { useRouter, useRouterState } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';

const BASE = '/console';

/** Leads to a page of the console: a true link, so that it can be opened beside. */
export function Go({ to, className, current, children }: {
  to: string;
  className?: string;
  current?: boolean;
  children: ReactNode;
}) {
  const router = useRouter();
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    router.history.push(BASE + to);
  };
  return (
    <a href={BASE + to} className={className} onClick={follow} aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}

/** Where this is, what is asked for, and how to go elsewhere. */
export function useWay() {
  const router = useRouter();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const search = useRouterState({ select: (state) => state.location.search }) as Record<string, unknown>;
  const text = (name: string) => {
    const value = search[name];
    return value === undefined || value === null ? '' : String(value);
  };
  const address = (to: string, asked: Record<string, string>) => {
    const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value)).toString();
    return BASE + to + (query ? `?${query}` : '');
  };
  /** The page's own path, without what all pages share. */
  const here = path.startsWith(BASE) ? path.slice(BASE.length) || '/' : path;
  const asked = Object.fromEntries(Object.keys(search).map((name) => [name, text(name)]));
  return {
    here,
    /** What this page was asked for, as its address says it. */
    asked: address('', asked).slice(BASE.length),
    text,
    open: (to: string) => router.history.push(address(to, {})),
    ask: (part: Record<string, string>) => router.history.replace(address(here === '/' ? '' : here, { ...asked, ...part })),
    /** Another part of the page: what was asked of the one before does not come along. */
    turn: (part: Record<string, string>) => router.history.push(address(here === '/' ? '' : here, part)),
    clear: () => router.history.replace(address(here === '/' ? '' : here, {})),
  };
}

/** The last part of the address: what a page is about. */
export function useSubject(): string {
  const { here } = useWay();
  return decodeURIComponent(here.split('/')[2] ?? '');
}
