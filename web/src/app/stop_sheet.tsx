/** Stopping: what comes back is shown before anything is stopped, and stopping is as easy as starting. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, type BoostDetail, freshKey, once, type Schemas } from '../api/client';
import { app, wordFor, words } from '../i18n';
import { Button } from '../kit/input';
import { ErrorState } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { Money, Spent } from '../kit/show';

export function StopSheet({ order, report, onClose, onDone }: {
  order: BoostDetail;
  report: Schemas['BoostReport'] | undefined;
  onClose: () => void;
  onDone: () => void;
}) {
  const [key] = useState(freshKey);
  const stopping = useMutation({
    mutationFn: () => send(api.POST('/v1/boosts/{boost}/stop', { params: { path: { boost: order.id }, ...once(key) }, body: {} })),
    onSuccess: onDone,
  });
  return (
    <Sheet
      title={app.order.stopTitle}
      open
      onClose={onClose}
      footer={
        <div className="pair">
          <Button onClick={onClose}>{app.order.stopNo}</Button>
          <Button kind="main" busy={stopping.isPending} onClick={() => stopping.mutate()}>
            {app.order.stopYes}
          </Button>
        </div>
      }
    >
      <div className="stack">
        <p className="quiet">{app.order.stopBack}</p>
        <p className="big">{report ? <Spent of={report.money.unspent} /> : <Money of={order.budget} />}</p>
        <ul>
          {(report?.sources ?? []).map((source) => (
            <li key={source.lot_id} className="line-item">
              <span>{wordFor(words.source, source.kind)}</span>
              <Money of={source.held} />
            </li>
          ))}
        </ul>
        <p className="hint">{app.order.stopNote}</p>
        {stopping.error ? <ErrorState error={stopping.error} stake="changing" retry={() => stopping.mutate()} /> : null}
      </div>
    </Sheet>
  );
}
