/** Addresses of the app. Each page is loaded when it is first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { ErrorState } from '../kit/say';
import { NotFound, Shell } from './shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const word = (value: unknown) => (typeof value === 'string' && value ? value : undefined);

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./home'), 'Home'),
});
export interface BoostSearch {
  room?: string | undefined;
  video?: string | undefined;
  product?: string | undefined;
  pay?: string | undefined;
  sheet?: string | undefined;
}
export const boostRoute = createRoute({
  getParentRoute: () => root,
  path: '/boost',
  validateSearch: (given: Record<string, unknown>): BoostSearch => ({
    room: word(given['room']),
    video: word(given['video']),
    product: word(given['product']),
    pay: word(given['pay']),
    sheet: word(given['sheet']),
  }),
  component: lazyRouteComponent(() => import('./boost'), 'BoostPage'),
});
export const ordersRoute = createRoute({
  getParentRoute: () => root,
  path: '/orders',
  validateSearch: (given: Record<string, unknown>): { state?: string | undefined; find?: string | undefined } => ({
    state: word(given['state']),
    find: word(given['find']),
  }),
  component: lazyRouteComponent(() => import('./orders'), 'Orders'),
});
export const orderRoute = createRoute({
  getParentRoute: () => root,
  path: '/orders/$id',
  validateSearch: (given: Record<string, unknown>): { sheet?: string | undefined } => ({ sheet: word(given['sheet']) }),
  component: lazyRouteComponent(() => import('./order'), 'Order'),
});
export const walletRoute = createRoute({
  getParentRoute: () => root,
  path: '/wallet',
  validateSearch: (given: Record<string, unknown>): { sheet?: string | undefined } => ({ sheet: word(given['sheet']) }),
  component: lazyRouteComponent(() => import('./wallet'), 'WalletPage'),
});
export const topUpRoute = createRoute({
  getParentRoute: () => root,
  path: '/wallet/top_up',
  validateSearch: (given: Record<string, unknown>): { back?: string | undefined; into?: string | undefined } => ({
    back: word(given['back']),
    into: word(given['into']),
  }),
  component: lazyRouteComponent(() => import('./top_up'), 'TopUpPage'),
});
const cash = createRoute({
  getParentRoute: () => root,
  path: '/wallet/cash',
  component: lazyRouteComponent(() => import('./cash'), 'CashPage'),
});
export const accountRoute = createRoute({
  getParentRoute: () => root,
  path: '/wallet/$account',
  component: lazyRouteComponent(() => import('./statement'), 'Statement'),
});
const coupons = createRoute({
  getParentRoute: () => root,
  path: '/coupons',
  component: lazyRouteComponent(() => import('./coupons'), 'Coupons'),
});
export const couponRoute = createRoute({
  getParentRoute: () => root,
  path: '/coupons/$id',
  validateSearch: (given: Record<string, unknown>): { sheet?: string | undefined } => ({ sheet: word(given['sheet']) }),
  component: lazyRouteComponent(() => import('./coupon'), 'CouponPage'),
});
const messages = createRoute({
  getParentRoute: () => root,
  path: '/messages',
  component: lazyRouteComponent(() => import('./messages'), 'Messages'),
});
export const incentivesRoute = createRoute({
  getParentRoute: () => root,
  path: '/incentives',
  validateSearch: (given: Record<string, unknown>): { apply?: string | undefined } => ({ apply: word(given['apply']) }),
  component: lazyRouteComponent(() => import('./incentives'), 'Incentives'),
});
const guarantees = createRoute({
  getParentRoute: () => root,
  path: '/guarantees',
  component: lazyRouteComponent(() => import('./guarantees'), 'Guarantees'),
});
const guaranteeBuy = createRoute({
  getParentRoute: () => root,
  path: '/guarantees/new',
  component: lazyRouteComponent(() => import('./guarantee_buy'), 'GuaranteeBuy'),
});
export const guaranteeRoute = createRoute({
  getParentRoute: () => root,
  path: '/guarantees/$id',
  component: lazyRouteComponent(() => import('./guarantee'), 'GuaranteePage'),
});
export const recapRoute = createRoute({
  getParentRoute: () => root,
  path: '/rooms/$id/recap',
  component: lazyRouteComponent(() => import('./recap'), 'Recap'),
});
const person = createRoute({
  getParentRoute: () => root,
  path: '/me',
  component: lazyRouteComponent(() => import('./me'), 'MePage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home, boostRoute, ordersRoute, orderRoute, walletRoute, topUpRoute, cash, accountRoute, coupons, couponRoute, messages,
    incentivesRoute, guarantees, guaranteeBuy, guaranteeRoute, recapRoute, person,
  ]),
  basepath: '/app',
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: ({ error, reset }) => <ErrorState error={error} retry={reset} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
