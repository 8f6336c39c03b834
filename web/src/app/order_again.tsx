/** Ordering the same again: whether that is possible is said before anybody tries. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ask as send, type BoostDetail, freshKey, once, type Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, said } from '../i18n';
import { Button } from '../kit/input';
import { ErrorState } from '../kit/say';

export function OrderAgain({ order }: { order: BoostDetail }) {
  const navigate = useNavigate();
  const [key] = useState(() => `${freshKey()}a`);
  const { product } = order;
  const wanted: ask.Wanted = order.video_id ? { product, video_id: order.video_id } : { product, room_id: order.room_id ?? '' };
  const options = useQuery(ask.options(wanted));
  const repeating = useMutation({
    mutationFn: () => send(api.POST('/v1/boosts/{boost}/order_again', { params: { path: { boost: order.id }, ...once(key) }, body: {} })),
    onSuccess: (placed: Schemas['Boost']) => navigate({ to: '/orders/$id', params: { id: placed.id }, search: { sheet: 'pay' } }),
  });
  const reason = options.data?.goals.find((goal) => goal.goal === order.goal)?.reason;
  if (reason) {
    return (
      <div className="notice small stack tight">
        <span>{app.order.againNot(said(reason.title))}</span>
        <Link to="/boost">{app.order.againElse}</Link>
      </div>
    );
  }
  return (
    <>
      <Button kind="wide" busy={repeating.isPending} onClick={() => repeating.mutate()}>
        {app.order.again}
      </Button>
      {repeating.error ? <ErrorState error={repeating.error} stake="changing" /> : null}
    </>
  );
}
