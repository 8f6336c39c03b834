/** Natural and promoted traffic of the same broadcast: never mixed, and seen together. */
import { useQuery } from '@tanstack/react-query';
import { api, ask as send } from '../api/client';
import { app, wordFor, words } from '../i18n';
import { short } from '../kit/format';
import { Grid } from '../kit/grid';
import { Card } from './order_cards';

const SHOWN = ['impressions', 'views', 'viewers', 'comments', 'follows', 'product_clicks'];
const SCOPES = ['natural', 'promoted', 'all'] as const;

export function WholeCard({ room, moving }: { room: string; moving: boolean }) {
  const report = useQuery({
    queryKey: ['room report', room],
    refetchInterval: moving ? 15_000 : false,
    queryFn: () => send(api.GET('/v1/rooms/{room}/report', { params: { path: { room } } })),
  });
  const of = (scope: string) => report.data?.scopes.find((one) => one.scope === scope)?.counts ?? {};
  const figures = SHOWN.filter((figure) => (of('all')[figure] ?? 0) > 0);
  if (figures.length === 0) return null;
  return (
    <Card title={app.order.whole}>
      <Grid
        heads={SCOPES.map((scope) => app.recap.parts[scope])}
        rows={figures.map((figure) => ({
          name: wordFor(words.metric, figure),
          values: SCOPES.map((scope) => short(of(scope)[figure] ?? 0)),
        }))}
      />
      <p className="hint">{app.order.wholeWhy}</p>
    </Card>
  );
}
