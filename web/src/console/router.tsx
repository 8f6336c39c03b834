/** Addresses of the console. Each page is loaded when it is first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { ErrorState } from '../kit/say';
import { Nowhere, Shell } from './shell';

const root = createRootRoute({ component: Shell, notFoundComponent: Nowhere });
const at = (path: string, component: ReturnType<typeof lazyRouteComponent>) =>
  createRoute({ getParentRoute: () => root, path, component });

const pages = [
  at('/', lazyRouteComponent(() => import('./overview'), 'Overview')),
  at('/start', lazyRouteComponent(() => import('./start'), 'StartPage')),
  at('/reviews', lazyRouteComponent(() => import('./review/reviews'), 'Reviews')),
  at('/appeals', lazyRouteComponent(() => import('./appeals'), 'Appeals')),
  at('/orders', lazyRouteComponent(() => import('./orders'), 'Orders')),
  at('/orders/$id', lazyRouteComponent(() => import('./order'), 'OrderPage')),
  at('/parties', lazyRouteComponent(() => import('./parties'), 'Parties')),
  at('/parties/$id', lazyRouteComponent(() => import('./party'), 'PartyPage')),
  at('/rooms', lazyRouteComponent(() => import('./rooms'), 'Rooms')),
  at('/rooms/$id', lazyRouteComponent(() => import('./room'), 'RoomPage')),
  at('/coupons', lazyRouteComponent(() => import('./coupons'), 'Coupons')),
  at('/incentives', lazyRouteComponent(() => import('./incentive/incentives'), 'Incentives')),
  at('/incentives/$id', lazyRouteComponent(() => import('./incentive/programme'), 'ProgrammePage')),
  at('/guarantees', lazyRouteComponent(() => import('./guarantees'), 'Guarantees')),
  at('/guarantees/$id', lazyRouteComponent(() => import('./guarantee'), 'GuaranteePage')),
  at('/traffic', lazyRouteComponent(() => import('./traffic'), 'Traffic')),
  at('/finance', lazyRouteComponent(() => import('./finance/finance'), 'FinancePage')),
  at('/money', lazyRouteComponent(() => import('./money'), 'MoneyPage')),
  at('/health', lazyRouteComponent(() => import('./health'), 'Health')),
  at('/audit', lazyRouteComponent(() => import('./audit'), 'AuditPage')),
  at('/keys', lazyRouteComponent(() => import('./keys'), 'KeysPage')),
  at('/webhooks', lazyRouteComponent(() => import('./webhooks'), 'WebhooksPage')),
  at('/webhooks/$id', lazyRouteComponent(() => import('./webhook'), 'WebhookPage')),
  at('/requests', lazyRouteComponent(() => import('./requests'), 'RequestsPage')),
  at('/events', lazyRouteComponent(() => import('./events'), 'EventsPage')),
  at('/policy', lazyRouteComponent(() => import('./policy'), 'PolicyPage')),
];

export const router = createRouter({
  routeTree: root.addChildren(pages),
  basepath: '/console',
  scrollRestoration: true,
  defaultErrorComponent: ({ error, reset }) => <ErrorState error={error} retry={reset} />,
});
