/** One order: how it is in plain words, what happens next, what it brought, where the money is. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { api, ask as send, type BoostDetail, freshKey, once } from '../api/client';
import * as ask from '../api/queries';
import { subjectOf } from '../api/subject';
import { app, wordFor, words } from '../i18n';
import { Button } from '../kit/input';
import { Answered, ErrorState, Waiting } from '../kit/say';
import { At, Face, Id, Said, StatusTag, SubjectTag } from '../kit/show';
import { AppealCard } from './appeal_card';
import { DiagnosisCard } from './diagnosis_card';
import { LiftCard } from './lift_card';
import { LedgerCard, MoneyCard, SettingsCard, TimelineCard } from './order_cards';
import { OrderAgain } from './order_again';
import { BidSheet, CostGuaranteeCard, RefundCard } from './order_promises';
import { ReportCards } from './order_report';
import { StopSheet } from './stop_sheet';
import { TopUpSheet } from './order_top_up';
import { PaySheet } from './pay_sheet';
import { orderRoute } from './router';
import { Page, useMe } from './shell';
import { WholeCard } from './whole_card';

/** States in which figures still come. */
const MOVING = ['in_review', 'reserved', 'running', 'paused', 'settling', 'pending_payment'];
const RAN = ['running', 'paused', 'settling', 'completed', 'room_ended', 'stopped', 'rejected'];

/** What happens to the order, as it happens: the server says so. */
function useLive({ id, state }: BoostDetail): void {
  const keeper = useQueryClient();
  const wanted = MOVING.includes(state);
  const before = useRef(state);
  // The last step ends the stream: what belongs to it is read once more.
  useEffect(() => {
    if (before.current === state) return;
    before.current = state;
    for (const name of ['timeline', 'report', 'cost guarantee', 'options']) void keeper.invalidateQueries({ queryKey: [name] });
  }, [keeper, state]);
  useEffect(() => {
    if (!wanted) return;
    const source = new EventSource(`/v1/boosts/${id}/events`);
    const told = () => {
      for (const name of ['boost', 'timeline', 'report', 'losses', 'cost guarantee']) void keeper.invalidateQueries({ queryKey: [name, id] });
      void keeper.invalidateQueries({ queryKey: ['wallet'] });
    };
    source.onmessage = told;
    for (const name of Object.keys(words.event)) source.addEventListener(name, told);
    return () => source.close();
  }, [keeper, id, wanted]);
}

export function Order() {
  const { id } = orderRoute.useParams();
  const order = useQuery({
    ...ask.boost(id),
    refetchInterval: (query) => (query.state.data && MOVING.includes(query.state.data.state) ? 8000 : false),
  });
  return (
    <Page title={app.order.title} back="/orders" aside={order.data ? <StatusTag state={order.data.state} /> : null}>
      <Answered of={order} waiting={<Waiting lines={6} height={72} />}>
        {(found) => <Found order={found} />}
      </Answered>
    </Page>
  );
}

function Found({ order }: { order: BoostDetail }) {
  const me = useMe();
  const { sheet } = orderRoute.useSearch();
  const navigate = useNavigate();
  const keeper = useQueryClient();
  const moving = MOVING.includes(order.state);
  useLive(order);
  const report = useQuery({ ...ask.report(order.id), enabled: RAN.includes(order.state), refetchInterval: moving ? 5000 : false });
  // What was rejected before it was ever shown has brought nothing to tell of.
  const ran = RAN.includes(order.state) && (order.state !== 'rejected' || (order.totals['impressions'] ?? 0) > 0);
  const open = (next?: string) =>
    void navigate({ to: '/orders/$id', params: { id: order.id }, search: next ? { sheet: next } : {}, replace: !next });
  const refresh = () => void keeper.invalidateQueries();
  return (
    <>
      <div className="columns two">
        <div className="stack">
          <Standing order={order} open={open} />
          {order.state === 'rejected' ? <Reasons order={order} /> : null}
          {order.refund ? <RefundCard refund={order.refund} /> : null}
          {order.bid && order.product === 'quick_boost' && (ran || order.state !== 'rejected') ? (
            <CostGuaranteeCard order={order} moving={moving} onBid={() => open('bid')} />
          ) : null}
          {order.state === 'rejected' ? <AppealCard subject="rejected_order" id={order.id} party={order.payer_id} /> : null}
          {ran ? (
            <Answered of={report} waiting={<Waiting lines={3} height={90} />}>
              {(found) => <ReportCards report={found} />}
            </Answered>
          ) : null}
          {ran && order.room_id ? <WholeCard room={order.room_id} moving={moving} /> : null}
          {ran ? <LiftCard id={order.id} moving={moving} /> : null}
          {order.state === 'running' || order.state === 'paused' ? <DiagnosisCard order={order} open={open} /> : null}
        </div>
        <div className="stack">
          <MoneyCard order={order} report={report.data} {...(order.payer_id === me.party ? { source: sourceLink } : {})} />
          <TimelineCard id={order.id} moving={moving} />
          <SettingsCard order={order} />
          {ran ? <LedgerCard id={order.id} /> : null}
        </div>
      </div>
      {sheet === 'pay' ? <PaySheet id={order.id} onClose={() => open()} onPaid={() => (refresh(), open())} /> : null}
      {sheet === 'stop' ? <StopSheet order={order} report={report.data} onClose={() => open()} onDone={() => (refresh(), open())} /> : null}
      {sheet === 'bid' ? <BidSheet order={order} onClose={() => open()} onDone={() => (refresh(), open())} /> : null}
      {sheet === 'top_up' ? <TopUpSheet order={order} onClose={() => open()} onDone={() => (refresh(), open())} /> : null}
    </>
  );
}

/** The account that a source lies in. */
const ACCOUNT_OF: Record<string, string> = { gift_beans: 'gift_beans', paid_beans: 'paid_beans', granted_money: 'money', paid_money: 'money' };

/** A source of value, leading to everything that became of it. */
function sourceLink({ kind, lot_id }: { kind: string; lot_id: string }) {
  const account = ACCOUNT_OF[kind];
  return account ? (
    <Link to="/wallet/$account" params={{ account }}>
      {wordFor(words.source, kind)}
    </Link>
  ) : (
    <Link to="/coupons/$id" params={{ id: lot_id }}>
      {wordFor(words.source, kind)}
    </Link>
  );
}

function deadline(order: BoostDetail): { name: string; at: string } | null {
  const detail = order.state_detail;
  const found: [string, string | null | undefined][] = [
    [app.order.closesAt, detail.closes_at],
    [app.order.reservedUntil, detail.reservation_expires_at],
    [app.order.settledBy, detail.settled_by],
    [app.order.endsAt, detail.ends_at],
  ];
  const next = found.find(([, at]) => at);
  return next?.[1] ? { name: next[0], at: next[1] } : null;
}

/** A reservation whose room would not start with the cart it was made for: what to do about it while there is time. */
function cartAmiss(order: BoostDetail): string | null {
  if (order.state !== 'reserved' || !order.room || order.room.has_cart === (order.form === 'commerce')) return null;
  return order.room.has_cart ? app.order.cartOff : app.order.cartOn;
}

/** In which state it is, what happens next, and what can be done. */
function Standing({ order, open }: { order: BoostDetail; open: (sheet?: string) => void }) {
  const until = deadline(order);
  const subject = subjectOf(order);
  const { by, paused_for } = order.state_detail;
  const cart = cartAmiss(order);
  const what = (app.order.next as Record<string, string>)[order.state];
  return (
    <section className="card stack">
      <div className="room-card">
        <Face name={subject.title} />
        <div className="grow stack tight">
          <Said className="strong">{subject.title}</Said>
          <div className="row wrap small quiet" style={{ gap: 6 }}>
            <SubjectTag kind={subject.kind} state={subject.state} />
            {wordFor(words.goal, order.goal)}
          </div>
        </div>
      </div>
      <p>{what}</p>
      {cart ? <p className="notice wait">{cart}</p> : null}
      <dl className="facts">
        {until ? (
          <>
            <dt>{until.name}</dt>
            <dd>
              <At at={until.at} />
            </dd>
          </>
        ) : null}
        {paused_for && paused_for.length > 0 ? (
          <>
            <dt>{app.order.pausedFor}</dt>
            <dd>{paused_for.map((why) => wordFor(words.pausedFor, why)).join(' · ')}</dd>
          </>
        ) : null}
        {by ? (
          <>
            <dt>{app.order.endedBy}</dt>
            <dd>{wordFor(words.by, by)}</dd>
          </>
        ) : null}
      </dl>
      <Actions order={order} open={open} />
    </section>
  );
}

function Actions({ order, open }: { order: BoostDetail; open: (sheet?: string) => void }) {
  const me = useMe();
  const keeper = useQueryClient();
  const [key] = useState(freshKey);
  const path = { path: { boost: order.id } };
  const canceling = useMutation({
    mutationFn: () => send(api.POST('/v1/boosts/{boost}/cancel', { params: { ...path, ...once(`${key}c`) }, body: {} })),
    onSuccess: () => keeper.invalidateQueries(),
  });
  const may = (action: string) => me.actions.includes(action);
  const runs = order.state === 'running' || order.state === 'paused';
  const { error } = canceling;
  return (
    <>
      <div className="row wrap">
        {order.state === 'pending_payment' && may('order.pay') ? (
          <Button kind="main" onClick={() => open('pay')}>
            {app.order.payNow}
          </Button>
        ) : null}
        {order.state === 'pending_payment' && may('order.cancel') ? (
          <Button busy={canceling.isPending} onClick={() => canceling.mutate()}>
            {app.order.cancel}
          </Button>
        ) : null}
        {runs && may('order.top_up') ? (
          <Button kind="main" onClick={() => open('top_up')}>
            {app.order.topUp}
          </Button>
        ) : null}
        {(runs || order.state === 'reserved' || order.state === 'in_review') && may('order.stop') ? (
          <Button onClick={() => open('stop')}>{app.order.stop}</Button>
        ) : null}
      </div>
      {error ? <ErrorState error={error} stake="changing" /> : null}
      {order.state !== 'pending_payment' && may('order.again') ? <OrderAgain order={order} /> : null}
      {order.room?.state === 'ended' ? (
        <Link to="/rooms/$id/recap" params={{ id: order.room.id }} className="button wide">
          {app.order.recap}
        </Link>
      ) : null}
    </>
  );
}

function Reasons({ order }: { order: BoostDetail }) {
  const reasons = useMemo(() => order.state_detail.reasons ?? [], [order]);
  return (
    <section className="card stack">
      <h2>{app.order.reasons}</h2>
      <ul className="stack">
        {reasons.map((reason) => (
          <li key={reason.code + reason.text} className="notice bad">
            <p className="strong">
              {wordFor(words.element, reason.element)}{reason.element ? ': ' : ''}
              {wordFor(words.reason, reason.code)}
            </p>
            <Said>{reason.text}</Said>
          </li>
        ))}
      </ul>
      <p className="small quiet">
        {app.order.number} <Id of={order.id} />
      </p>
    </section>
  );
}
