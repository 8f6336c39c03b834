/** Natural and promoted traffic of the same broadcast: never mixed, and seen together. */
import { useQuery } from '@tanstack/react-query';
import { api, ask as send } from '../api/client';
import { app, wordFor, words } from '../i18n';
import { short } from '../kit/format';
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
      <table className="plain">
        <thead>
          <tr>
            <td />
            {SCOPES.map((scope) => (
              <th key={scope} scope="col">
                {app.recap.parts[scope]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {figures.map((figure) => (
            <tr key={figure}>
              <th scope="row">{wordFor(words.metric, figure)}</th>
              {SCOPES.map((scope) => (
                <td key={scope} className="numbers">
                  {short(of(scope)[figure] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="hint">{app.order.wholeWhy}</p>
    </Card>
  );
}
