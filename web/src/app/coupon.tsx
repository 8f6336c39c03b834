/** One coupon: what happened to every point of it (TP-24). */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, words } from '../i18n';
import { count, date } from '../kit/format';
import { Button, TextField } from '../kit/input';
import { Answered, ErrorState, Waiting } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { At, Id, Tag } from '../kit/show';
import { COUPON_TONES } from './coupons';
import { Card } from './order_cards';
import { couponRoute } from './router';
import { Page, useMe } from './shell';

export function CouponPage() {
  const { id } = couponRoute.useParams();
  const coupon = useQuery(ask.coupon(id));
  return (
    <Page title={app.coupons.title} back="/coupons">
      <Answered of={coupon} waiting={<Waiting lines={4} height={60} />}>
        {(found) => <Found coupon={found} />}
      </Answered>
    </Page>
  );
}

function Found({ coupon }: { coupon: Schemas['Coupon'] }) {
  const me = useMe();
  const { sheet } = couponRoute.useSearch();
  const navigate = useNavigate();
  const open = (next?: string) =>
    void navigate({ to: '/coupons/$id', params: { id: coupon.id }, search: next ? { sheet: next } : {}, replace: !next });
  const splits = coupon.kind === 'traffic_coupon' && coupon.remaining_points > 1 && me.actions.includes('coupon.split');
  return (
    <div className="columns two">
      <section className="card stack">
        <div className="row between">
          <h2>{words.coupon.kind[coupon.kind]}</h2>
          <Tag tone={COUPON_TONES[coupon.state]}>{words.coupon.state[coupon.state]}</Tag>
        </div>
        <p className="big">{words.unit.points(count(coupon.remaining_points))}</p>
        <dl className="facts">
          <dt>{app.coupons.face}</dt>
          <dd>{words.unit.points(count(coupon.points))}</dd>
          <dt>{app.order.held}</dt>
          <dd>{words.unit.points(count(coupon.held_points))}</dd>
          <dt>{app.order.used}</dt>
          <dd>{words.unit.points(count(coupon.used_points))}</dd>
          <dt>{app.order.returned}</dt>
          <dd>{words.unit.points(count(coupon.returned_points))}</dd>
          <dt>{words.coupon.product[coupon.product]}</dt>
          <dd>{app.coupons.until(date(coupon.valid_to))}</dd>
        </dl>
        <p className="hint">{coupon.kind === 'growth_card' ? app.coupons.cardRule : app.coupons.rule}</p>
        <Id of={coupon.id} />
        {splits ? <Button onClick={() => open('split')}>{app.coupons.split}</Button> : null}
        {splits && sheet === 'split' ? <SplitSheet coupon={coupon} onClose={() => open()} /> : null}
      </section>
      <Uses id={coupon.id} />
    </div>
  );
}

function Uses({ id }: { id: string }) {
  const uses = useQuery(ask.couponUses(id));
  return (
    <Card title={app.coupons.uses}>
      <Answered of={uses}>
        {({ data }) => (
          <ol className="timeline">
            {[...data].reverse().map((use) => (
              <li key={use.number}>
                <div className="row between">
                  <span>{words.coupon.use[use.kind]}</span>
                  <span className="numbers strong nowrap">{words.unit.points(count(use.points))}</span>
                </div>
                <div className="row between small quiet">
                  {use.order ? (
                    <Link to="/orders/$id" params={{ id: use.order }}>
                      {app.order.title}
                    </Link>
                  ) : use.other ? (
                    <Link to="/coupons/$id" params={{ id: use.other }}>
                      {app.coupons.title}
                    </Link>
                  ) : (
                    <span />
                  )}
                  <At at={use.at} />
                </div>
              </li>
            ))}
          </ol>
        )}
      </Answered>
    </Card>
  );
}

function SplitSheet({ coupon, onClose }: { coupon: Schemas['Coupon']; onClose: () => void }) {
  const keeper = useQueryClient();
  const [points, setPoints] = useState('');
  const [key, setKey] = useState(freshKey);
  const splitting = useMutation({
    mutationFn: () =>
      send(
        api.POST('/v1/coupons/{coupon}/split', {
          params: { path: { coupon: coupon.id }, ...once(key) },
          body: { points: Number(points) },
        }),
      ),
    onSuccess: async () => {
      await keeper.invalidateQueries();
      onClose();
    },
  });
  const fits = /^\d+$/.test(points) && Number(points) > 0 && Number(points) < coupon.remaining_points;
  return (
    <Sheet
      title={app.coupons.split}
      open
      onClose={onClose}
      footer={
        <Button kind="main large wide" busy={splitting.isPending} disabled={!fits} onClick={() => splitting.mutate()}>
          {app.coupons.splitDo}
        </Button>
      }
    >
      <div className="stack">
        <p className="hint">{app.coupons.splitHelp}</p>
        <TextField
          label={app.coupons.splitPoints}
          inputMode="numeric"
          value={points}
          onChange={(value) => {
            setPoints(value);
            setKey(freshKey());
          }}
        />
        {splitting.error ? <ErrorState error={splitting.error} stake="changing" /> : null}
      </div>
    </Sheet>
  );
}
