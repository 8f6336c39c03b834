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
export const boostRoute = createRoute({
  getParentRoute: () => root,
  path: '/boost',
  validateSearch: (given: Record<string, unknown>): { room?: string | undefined; pay?: string | undefined } => ({
    room: word(given['room']),
    pay: word(given['pay']),
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
const wallet = createRoute({
  getParentRoute: () => root,
  path: '/wallet',
  component: lazyRouteComponent(() => import('./wallet'), 'WalletPage'),
});
export const topUpRoute = createRoute({
  getParentRoute: () => root,
  path: '/wallet/top_up',
  validateSearch: (given: Record<string, unknown>): { back?: string | undefined } => ({ back: word(given['back']) }),
  component: lazyRouteComponent(() => import('./top_up'), 'TopUpPage'),
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
  component: lazyRouteComponent(() => import('./coupon'), 'CouponPage'),
});
const person = createRoute({
  getParentRoute: () => root,
  path: '/me',
  component: lazyRouteComponent(() => import('./me'), 'MePage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home, boostRoute, ordersRoute, orderRoute, wallet, topUpRoute, accountRoute, coupons, couponRoute, person,
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
