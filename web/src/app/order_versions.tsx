/** Interactions gross and net, and the figures as settled beside those of now, with the difference explained (QB-11, AT-02). */
import type { Schemas } from '../api/client';
import { app, wordFor, words } from '../i18n';
import { count, money } from '../kit/format';
import { Grid } from '../kit/grid';
import { Card } from './order_cards';

type Sums = Record<string, number>;

/** Sales are told in fen, everything else is counted. */
const shown = (figure: string, value: number) =>
  figure.endsWith('_fen') ? money({ amount: value, currency: 'CNY' }) : count(value);
const signed = (figure: string, value: number) => (value > 0 ? '+' : '') + shown(figure, value);

function nameOf(figure: string): string {
  const net = figure.startsWith('net_');
  const name = wordFor(words.figure, net ? figure.slice(4) : figure);
  return net ? `${name} · ${app.order.net}` : name;
}

export function NetCard({ report }: { report: Schemas['BoostReport'] }) {
  const gross = report.totals as Sums;
  const rows = Object.entries(report.net as Sums).filter(([figure, net]) => (gross[figure] ?? 0) > 0 || net !== 0);
  if (rows.length === 0) return null;
  return (
    <Card title={app.order.interactions}>
      <Grid
        heads={[app.order.gross, app.order.net]}
        rows={rows.map(([figure, net]) => ({ name: wordFor(words.metric, figure), values: [count(gross[figure] ?? 0), count(net)] }))}
      />
      <p className="hint">{app.order.netWhy}</p>
    </Card>
  );
}

export function VersionsCard({ of }: { of: Schemas['BoostAttribution'] }) {
  const settled = (of.as_settled ?? null) as Sums | null;
  const now = of.as_of_now as Sums;
  const figures = Object.keys(now).filter((figure) => now[figure] !== 0 || (settled?.[figure] ?? 0) !== 0);
  if (figures.length === 0) return null;
  return (
    <Card title={app.order.versions}>
      <Grid
        heads={[app.order.asSettled, app.order.asOfNow]}
        rows={figures.map((figure) => ({
          name: nameOf(figure),
          values: [settled ? shown(figure, settled[figure] ?? 0) : '—', shown(figure, now[figure] ?? 0)],
        }))}
      />
      <ul>
        {of.changes.map((change) => (
          <li key={change.cause} className="line-item small">
            <span>{wordFor(app.order.cause, change.cause)}</span>
            <span>
              {Object.entries(change.figures as Sums)
                .map(([figure, value]) => `${nameOf(figure)} ${signed(figure, value)}`)
                .join(' · ')}
            </span>
          </li>
        ))}
      </ul>
      <p className="hint">{settled ? (of.changes.length === 0 ? app.order.same : app.order.versionsWhy) : app.order.notSettled}</p>
    </Card>
  );
}
