/** Coupons: granting, taking back, and what happened to each. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, desk, words } from '../i18n';
import { count, date } from '../kit/format';
import { Button, Chips, TextField } from '../kit/input';
import { Answered, Waiting } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { At, Id, Tag, type Tone } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { ActButton, ActSheet } from './act';
import { type Bulk, BulkBar, useChosen } from './bulk';
import { PartyName } from './order';
import { Page, useMay } from './shell';
import { Views } from './views';
import { Go, useWay } from './way';

type Coupon = Schemas['Coupon'];
const STATES: Schemas['CouponState'][] = ['upcoming', 'spendable', 'held', 'used', 'returned', 'split', 'expired'];
const TONES: Record<string, Tone> = { upcoming: 'busy', spendable: 'good', held: 'wait' };

const columns: () => Column<Coupon>[] = () => [
  { key: 'kind', title: desk.coupons.kind, text: (coupon) => words.coupon.kind[coupon.kind], show: (coupon) => words.coupon.kind[coupon.kind] },
  {
    key: 'state',
    title: desk.coupons.state,
    text: (coupon) => words.coupon.state[coupon.state],
    show: (coupon) => <Tag tone={TONES[coupon.state] ?? 'calm'}>{words.coupon.state[coupon.state]}</Tag>,
  },
  { key: 'points', title: desk.coupons.points, right: true, text: (coupon) => String(coupon.points), show: (coupon) => count(coupon.points) },
  {
    key: 'left',
    title: desk.coupons.left,
    right: true,
    text: (coupon) => String(coupon.remaining_points),
    show: (coupon) => count(coupon.remaining_points),
  },
  { key: 'owner', title: desk.coupons.owner, text: (coupon) => coupon.owner, show: (coupon) => <PartyName id={coupon.owner} /> },
  { key: 'until', title: desk.coupons.until, text: (coupon) => coupon.valid_to, show: (coupon) => <span className="numbers">{date(coupon.valid_to)}</span> },
  { key: 'id', title: desk.nav.coupons, text: (coupon) => coupon.id, show: (coupon) => <Id of={coupon.id} brief /> },
];

/** Takes back what is left of each. */
const recall: () => Bulk<Coupon> = () => ({
  name: desk.work.recallMany,
  sure: desk.work.recallManySure,
  fits: (coupon) => coupon.remaining_points > 0,
  show: (coupon) => (
    <>
      <PartyName id={coupon.owner} /> · {words.unit.points(count(coupon.remaining_points))}
    </>
  ),
  keyOf: (coupon) => coupon.id,
  run: async (coupon) => {
    const left = await send(api.POST('/v1/coupons/{coupon}/recall', { params: { path: { coupon: coupon.id }, ...once(freshKey()) }, body: {} }));
    return words.coupon.state[left.state];
  },
});

export function CouponTable({ owner, title }: { owner?: string; title: string }) {
  const way = useWay();
  const state = STATES.find((one) => one === way.text('coupons'));
  const found = useInfiniteQuery(ask.coupons(owner, state));
  const open = way.text('open');
  const recalls = useMay('coupon.recall');
  const choosing = useChosen();
  const rows = rowsFrom(found);
  return (
    <>
      <QueryTable
        name="coupons"
        label={title}
        of={rows}
        choosing={recalls ? choosing : undefined}
        columns={columns().filter((column) => !owner || column.key !== 'owner')}
        keyOf={(coupon) => coupon.id}
        onOpen={(coupon) => way.ask({ open: coupon.id })}
        narrowed={state ? () => way.ask({ coupons: '' }) : undefined}
        empty={{ title: desk.coupons.none, why: desk.coupons.noneWhy }}
        filters={
          <>
            <h2 className="card-title">{title}</h2>
            <label className="field">
              <span className="only-read">{desk.coupons.state}</span>
              <select value={state ?? ''} onChange={(event) => way.ask({ coupons: event.target.value })}>
                <option value="">{words.do.all}</option>
                {STATES.map((one) => (
                  <option key={one} value={one}>
                    {words.coupon.state[one]}
                  </option>
                ))}
              </select>
            </label>
            {owner ? null : <Views />}
            <BulkBar rows={rows.rows} choosing={choosing} bulk={recall()} />
          </>
        }
      />
      {open ? <CouponSheet id={open} onClose={() => way.ask({ open: '' })} /> : null}
    </>
  );
}

export function Coupons() {
  const may = useMay('coupon.grant');
  const [granting, setGranting] = useState(false);
  return (
    <Page
      title={desk.nav.coupons}
      aside={
        may ? (
          <Button kind="main" onClick={() => setGranting(true)}>
            {desk.coupons.grant}
          </Button>
        ) : null
      }
    >
      <CouponTable title={desk.nav.coupons} />
      {granting ? <Granting onClose={() => setGranting(false)} /> : null}
    </Page>
  );
}

function CouponSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const coupon = useQuery(ask.coupon(id));
  const uses = useQuery(ask.couponUses(id));
  const may = useMay('coupon.recall');
  const [key] = useState(freshKey);
  return (
    <Sheet title={desk.coupons.uses} open onClose={onClose}>
      <Answered of={coupon} waiting={<Waiting />}>
        {(found) => (
          <div className="stack">
            <dl className="facts">
              <dt>{words.coupon.kind[found.kind]}</dt>
              <dd>
                {count(found.remaining_points)} / {count(found.points)}
              </dd>
              <dt>{desk.coupons.owner}</dt>
              <dd>
                <PartyName id={found.owner} />
              </dd>
              <dt>{desk.coupons.product}</dt>
              <dd>{words.coupon.product[found.product]}</dd>
              <dt>{desk.coupons.until}</dt>
              <dd>{date(found.valid_to)}</dd>
            </dl>
            <Id of={found.id} />
            <Answered of={uses}>
              {({ data }) => (
                <ol className="timeline">
                  {data.map((use) => (
                    <li key={use.number}>
                      <div className="row between">
                        <span>
                          {words.coupon.use[use.kind]} · {words.unit.points(count(use.points))}
                        </span>
                        <span className="small quiet">
                          <At at={use.at} />
                        </span>
                      </div>
                      {use.order ? <Go to={`/orders/${use.order}`}>{app.order.title}</Go> : null}
                      {use.other ? <Id of={use.other} brief /> : null}
                    </li>
                  ))}
                </ol>
              )}
            </Answered>
            {may && found.remaining_points > 0 ? (
              <ActButton
                name={desk.coupons.recall}
                sure={desk.coupons.recallSure}
                kind="danger"
                run={() => send(api.POST('/v1/coupons/{coupon}/recall', { params: { path: { coupon: id }, ...once(key) }, body: {} }))}
              />
            ) : null}
          </div>
        )}
      </Answered>
    </Sheet>
  );
}

function Granting({ onClose }: { onClose: () => void }) {
  const [owners, setOwners] = useState('');
  const [points, setPoints] = useState('100');
  const [kind, setKind] = useState<Schemas['CouponKind']>('traffic_coupon');
  const [product, setProduct] = useState<Schemas['CouponProduct']>('any');
  const [reward, setReward] = useState(false);
  const [key] = useState(freshKey);
  const list = owners.split(/\s+/).filter(Boolean);
  const ready = list.length > 0 && /^\d+$/.test(points) && Number(points) > 0;
  const run = () =>
    send(
      api.POST('/v1/coupons', {
        params: once(key),
        body: { owners: list, kind, points: Number(points), product, task_reward: reward },
      }),
    );
  return (
    <ActSheet title={desk.coupons.grant} doing={desk.coupons.grant} ready={ready} run={run} onClose={onClose}>
      <label>
        <span className="label">{desk.coupons.owners}</span>
        <span className="field">
          <textarea rows={4} value={owners} onChange={(event) => setOwners(event.target.value)} autoFocus />
        </span>
      </label>
      <Chips
        label={desk.coupons.kind}
        value={kind}
        columns={2}
        onChange={setKind}
        choices={(['traffic_coupon', 'growth_card'] as const).map((value) => ({ value, label: words.coupon.kind[value] }))}
      />
      <TextField label={desk.coupons.pointsEach} inputMode="numeric" value={points} onChange={setPoints} />
      <span className="label">{desk.coupons.product}</span>
      <Chips
        label={desk.coupons.product}
        value={product}
        columns={3}
        onChange={setProduct}
        choices={(['any', 'plain', 'commerce'] as const).map((value) => ({ value, label: words.coupon.product[value] }))}
      />
      <label className="check">
        <input type="checkbox" checked={reward} onChange={(event) => setReward(event.target.checked)} />
        {desk.coupons.reward}
      </label>
    </ActSheet>
  );
}
