/** Why an order is slow: what holds it back with one remedy each, and where its auctions were lost (QB-13). */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api, ask as send, type BoostDetail, type Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, said, wordFor } from '../i18n';
import { cost, count, share } from '../kit/format';
import { Button } from '../kit/input';
import { Answered } from '../kit/say';
import { Meter } from '../kit/show';
import { Card } from './order_cards';

/** All that was lost: one auction can be lost for more than one reason. */
const all = (lost: Schemas['BoostLoss'][]) => lost.reduce((sum, loss) => sum + loss.count, 0);
/** The sheet in which a reason can be mended; what is not here takes another order. */
const REMEDIES: Record<string, 'bid' | 'top_up'> = { bid_too_low: 'bid', budget_too_small_to_learn: 'top_up' };

export function DiagnosisCard({ order, open }: { order: BoostDetail; open?: (sheet: string) => void }) {
  const losses = useQuery({ ...ask.losses(order.id), refetchInterval: 15_000 });
  return (
    <Card title={app.order.diagnosis}>
      <div className="stack">
        <Reasons order={order} open={open} />
        <Answered of={losses}>
          {({ auctions, wins, lost, short_by }) => (
            <>
              <p className="small quiet">
                {app.order.auctions} {count(auctions)} · {app.order.wins} {count(wins)}
                {short_by ? ` · ${app.order.shortBy} ${cost(short_by)}` : ''}
              </p>
              <ul className="stack">
                {lost.slice(0, 5).map((loss) => (
                  <li key={loss.code} className="stack tight">
                    <span className="row between small">
                      <span>{said(loss.text)}</span>
                      <span className="numbers quiet">{share(Math.round((loss.count * 1000) / Math.max(all(lost), 1)))}</span>
                    </span>
                    <Meter done={loss.count} whole={all(lost)} label={said(loss.text)} />
                  </li>
                ))}
              </ul>
            </>
          )}
        </Answered>
      </div>
    </Card>
  );
}

function Reasons({ order, open }: { order: BoostDetail; open: ((sheet: string) => void) | undefined }) {
  const diagnosis = useQuery({
    queryKey: ['diagnosis', order.id],
    refetchInterval: 30_000,
    queryFn: () => send(api.GET('/v1/boosts/{boost}/diagnosis', { params: { path: { boost: order.id } } })),
  });
  return (
    <Answered of={diagnosis}>
      {({ state, planned, delivered, reasons }) => (
        <>
          <p>
            {wordFor(app.order.slow, state)} <span className="small quiet">{app.order.delivered(count(delivered), count(planned))}</span>
          </p>
          {reasons.map((reason) => (
            <div key={reason.code} className="notice wait stack tight">
              <span className="row between">
                <span>{said(reason.text)}</span>
                {reason.gain_permille > 0 ? <span className="numbers nowrap">+{share(reason.gain_permille)}</span> : null}
              </span>
              {open ? <Remedy code={reason.code} order={order} open={open} /> : null}
            </div>
          ))}
        </>
      )}
    </Answered>
  );
}

function Remedy({ code, order, open }: { code: string; order: BoostDetail; open: (sheet: string) => void }): ReactNode {
  const sheet = REMEDIES[code];
  if (sheet === 'bid' && order.bid) return <Button onClick={() => open('bid')}>{app.order.changeBid}</Button>;
  if (sheet) return <Button onClick={() => open('top_up')}>{app.order.remedyBudget}</Button>;
  const search = order.video_id ? { video: order.video_id } : { room: order.room_id ?? '' };
  return (
    <Link to="/boost" search={search} className="button">
      {app.order.remedyElse}
    </Link>
  );
}
