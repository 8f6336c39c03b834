/** What the promotion brought beyond what would have come anyway, with the range that holds the truth. */
import { useQuery } from '@tanstack/react-query';
import { api, ask as send, type Schemas } from '../api/client';
import { app, said, wordFor, words } from '../i18n';
import { count, money, moment, short } from '../kit/format';
import { Answered, Empty } from '../kit/say';
import { Tag } from '../kit/show';

type Metric = Schemas['BoostLiftMetric'];

/** Money is told in fen, everything else is people. */
const shown = (metric: string, value: number) =>
  metric.endsWith('_fen') ? money({ amount: Math.max(0, value), currency: 'CNY' }) : short(Math.max(0, value));

const known = (of: Metric) => of.increment !== null && of.increment !== undefined && of.low !== null && of.high !== null;

function Line({ of }: { of: Metric }) {
  return (
    <li className="line-item" style={{ flexWrap: 'wrap' }}>
      <span className="stack tight">
        <span>{wordFor(words.lift, of.metric)}</span>
        <span className="small quiet">
          {app.lift.inAll} {shown(of.metric, of.treated)}
          {of.natural !== null && of.natural !== undefined ? ` · ${app.lift.natural} ${shown(of.metric, of.natural)}` : ''}
        </span>
      </span>
      {known(of) ? (
        <span className="stack tight">
          <span className="medium">+{shown(of.metric, of.increment ?? 0)}</span>
          <span className="small quiet numbers">
            {app.lift.range(shown(of.metric, of.low ?? 0), shown(of.metric, of.high ?? 0))}
          </span>
        </span>
      ) : (
        <span className="small quiet">{said(of.state_text)}</span>
      )}
    </li>
  );
}

export function LiftCard({ id, moving }: { id: string; moving: boolean }) {
  const lift = useQuery({
    queryKey: ['lift', id],
    retry: false,
    refetchInterval: moving ? 30_000 : false,
    queryFn: () => send(api.GET('/v1/boosts/{boost}/lift', { params: { path: { boost: id } } })),
  });
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{app.lift.title}</h2>
        {lift.data ? <Tag tone={lift.data.version === 'final' ? 'good' : 'busy'}>{app.lift.version[lift.data.version]}</Tag> : null}
      </div>
      <p className="hint">{app.lift.how}</p>
      <Answered of={lift}>
        {(found) =>
          found.metrics.every((metric) => !known(metric)) ? (
            <Empty title={app.lift.none} why={found.metrics[0] ? said(found.metrics[0].state_text) : ''} />
          ) : (
            <>
              <ul>
                {found.metrics.map((metric) => (
                  <Line key={metric.metric} of={metric} />
                ))}
              </ul>
              <p className="small quiet">
                {app.lift.groups(count(found.treated_viewers), count(found.ghost_viewers))}
                {found.final_at ? ` · ${app.lift.finalAt(moment(found.final_at))}` : ''}
              </p>
            </>
          )
        }
      </Answered>
    </section>
  );
}
