/** Making an order: the default is ready, three taps from the room to having paid. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useState } from 'react';
import { api, ask as send, once, type Room, type Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, said, wordFor, words } from '../i18n';
import { money } from '../kit/format';
import { Button, Chips } from '../kit/input';
import { Answered, Empty, ErrorState, Waiting } from '../kit/say';
import { Face, Money, RoomTag, Said } from '../kit/show';
import { AudienceRow, BidCard, CouponRow, GuardRow } from './boost_rows';
import { BudgetCard } from './budget_card';
import { audienceText, type Draft, forget, guardRules, remember, useDraft } from './draft';
import { EstimateCard } from './estimate_card';
import { PaySheet } from './pay_sheet';
import { boostRoute } from './router';
import { Page, useMe } from './shell';

type Options = Schemas['BoostOptions'];
type Goal = Schemas['GoalOption'];

export function BoostPage() {
  const me = useMe();
  const { room: chosen } = boostRoute.useSearch();
  const own = me.roles.includes('agency') ? undefined : me.party;
  const rooms = useQuery({ ...ask.rooms(own), enabled: !chosen });
  const navigate = useNavigate();
  if (chosen) return <ForRoom key={chosen} id={chosen} />;
  return (
    <Page title={app.form.pickRoom} back="/">
      <Answered of={rooms}>
        {({ data }) => {
          const open = data.filter((room) => room.state !== 'ended');
          if (open.length === 0) return <Empty title={app.home.noRooms} why={app.home.noRoomsWhy} />;
          const go = (room: Room) => void navigate({ to: '/boost', search: { room: room.id }, replace: true });
          return (
            <div className="card">
              {open.map((room) => (
                <button type="button" key={room.id} className="line-item" onClick={() => go(room)}>
                  <Said>{room.content.title}</Said>
                  <RoomTag state={room.state} />
                </button>
              ))}
            </div>
          );
        }}
      </Answered>
    </Page>
  );
}

function ForRoom({ id }: { id: string }) {
  const room = useQuery(ask.room(id));
  const options = useQuery({ ...ask.options(id), refetchInterval: 60_000 });
  const title = options.data?.is_reservation ? app.form.reserveTitle : app.form.title;
  return (
    <Page title={title} back="/">
      <Answered of={room} waiting={<Waiting lines={1} height={104} />}>
        {(found) => (
          <Answered of={options} waiting={<Waiting lines={3} height={160} />}>
            {(offered) => <Form room={found} options={offered} />}
          </Answered>
        )}
      </Answered>
    </Page>
  );
}

/** The draft with whatever is not offered replaced by what is. */
function fitted(draft: Draft, options: Options): { draft: Draft; goal: Goal | undefined } {
  const offered = options.goals.filter((goal) => goal.available);
  const goal = offered.find((one) => one.goal === draft.goal) ?? offered[0];
  if (!goal) return { draft, goal };
  const fits = draft.budget >= goal.budget_min.amount && draft.budget <= options.budget_max.amount;
  const usual = options.durations_ms.includes(7_200_000) ? 7_200_000 : (options.durations_ms[0] ?? 0);
  return {
    goal,
    draft: {
      ...draft,
      goal: goal.goal,
      budget: fits ? draft.budget : (goal.presets[0] ?? goal.budget_min).amount,
      durationMs: options.durations_ms.includes(draft.durationMs) ? draft.durationMs : usual,
    },
  };
}

/** What a result is supposed to cost, where the platform says so: where a bid begins. */
function useSuggestedBid(goal: Schemas['Goal'] | undefined, wanted: boolean): number {
  const policy = useQuery({ ...ask.policy, enabled: wanted });
  const settings = policy.data?.settings as { estimate?: { cost_per_result?: Record<string, { mid: number }> } } | undefined;
  const micros = goal ? settings?.estimate?.cost_per_result?.[goal]?.mid : undefined;
  return micros ? Math.floor(micros / 10_000) : 0;
}

function Form({ room, options }: { room: Room; options: Options }) {
  const me = useMe();
  const navigate = useNavigate();
  const keeper = useQueryClient();
  const { pay: paying } = boostRoute.useSearch();
  const { draft: kept, change, restored } = useDraft(room.id);
  const { draft, goal } = fitted(kept, options);
  const suggested = useSuggestedBid(goal?.goal, goal?.bid_required ?? false);
  const bid = goal?.bid_required ? draft.bid || suggested : 0;
  const payer = me.clients.includes(room.creator_id) ? room.creator_id : undefined;
  const beans = (amount: number) => ({ amount, currency: 'BEAN' as const });
  const bidding = bid ? (draft.bidKind === 'bid' ? { bid: beans(bid) } : { cost_cap: beans(bid) }) : {};
  const audience = audienceText(draft.audience);
  const aimed = audience ? { audience } : {};
  const calm = useDeferredValue(useSettled(draft.budget));
  const ready = goal !== undefined && (!goal.bid_required || bid > 0);
  const estimate = useQuery(
    ask.estimate(
      { room_id: room.id, goal: draft.goal ?? 'viewers', budget: beans(calm), duration_ms: draft.durationMs, ...bidding, ...aimed },
      ready,
    ),
  );
  const plan = useQuery(
    ask.paymentPlan(
      {
        room_id: room.id,
        price: beans(calm),
        coupon_use: draft.couponUse,
        coupons: draft.couponUse === 'these' ? draft.coupons : [],
        ...(payer ? { payer_id: payer } : {}),
      },
      ready && (draft.couponUse !== 'these' || draft.coupons.length > 0),
    ),
  );
  const placing = useMutation({
    mutationFn: () => {
      const body: Schemas['PlaceBoostBody'] = {
        room_id: room.id,
        goal: draft.goal ?? 'viewers',
        budget: beans(draft.budget),
        duration_ms: draft.durationMs,
        guard_rules: guardRules(draft),
        ...bidding,
        ...aimed,
        ...(payer ? { payer_id: payer } : {}),
      };
      return send(api.POST('/v1/boosts', { body, params: once(draft.key) }));
    },
    onSuccess: (placed) => {
      keeper.setQueryData(['placed', placed.id], placed);
      void keeper.invalidateQueries({ queryKey: ['boosts'] });
      void navigate({ to: '/boost', search: { room: room.id, pay: placed.id } });
    },
  });
  if (!goal) return <Closed room={room} options={options} />;
  const paid = () => {
    remember(draft);
    forget(room.id);
    void keeper.invalidateQueries();
    void navigate({ to: '/orders/$id', params: { id: paying ?? '' }, replace: true });
  };
  return (
    <>
      <RoomHead room={room} />
      {options.is_reservation ? (
        <p className="notice busy small">
          {app.form.reserveNote(String(options.reservation_ms / 3_600_000))} {app.form.reserveCart}
        </p>
      ) : null}
      {restored ? <p className="notice small">{app.form.draftBack}</p> : null}
      <div className="columns two order-form">
        <div className="stack">
          <section className="card stack goal-card">
            <h2>{app.form.goal}</h2>
            <Chips
              label={app.form.goal}
              value={goal.goal}
              onChange={(next) => change({ goal: next, budget: 0, bid: 0 })}
              columns={options.goals.length}
              choices={options.goals.map((one) => ({
                value: one.goal,
                label: wordFor(words.goal, one.goal),
                disabled: !one.available,
                why: one.reason ? said(one.reason.title) : undefined,
              }))}
            />
            <p className="hint">{said(goal.charged)}</p>
          </section>
          <BudgetCard draft={draft} goal={goal} options={options} change={change} />
        </div>
        <div className="stack">
          <EstimateCard estimate={estimate} budget={draft.budget} goal={goal.goal} durationMs={draft.durationMs} />
          {goal.bid_required ? (
            <BidCard draft={draft} bid={bid} suggested={suggested} options={options} change={change} estimate={estimate.data} />
          ) : null}
          <section className="card">
            <AudienceRow draft={draft} change={change} />
            <CouponRow draft={draft} plan={plan.data} owner={payer ?? me.party} form={goal.form ?? 'plain'} change={change} />
            <GuardRow draft={draft} change={change} />
          </section>
          <Preview room={room} />
        </div>
      </div>
      {placing.error ? <ErrorState error={placing.error} stake="paying" retry={() => placing.mutate()} /> : null}
      {plan.error ? <ErrorState error={plan.error} /> : null}
      <div className="pay-bar">
        <div className="stack tight" style={{ gap: 0 }} aria-live="polite">
          <span className="medium">
            {app.form.youPay} {plan.data ? <Money of={plan.data.by_beans} /> : '—'}
          </span>
          {plan.data && plan.data.by_coupons.amount > 0 ? (
            <span className="quiet small">{app.form.saved(money(plan.data.by_coupons))}</span>
          ) : null}
        </div>
        <Button kind="main large" busy={placing.isPending} disabled={!ready} onClick={() => placing.mutate()}>
          {app.form.pay}
        </Button>
      </div>
      {paying ? (
        <PaySheet
          id={paying}
          couponUse={draft.couponUse}
          coupons={draft.coupons}
          onClose={() => void navigate({ to: '/boost', search: { room: room.id }, replace: true })}
          onPaid={paid}
        />
      ) : null}
    </>
  );
}

/** The value, once it has rested for a moment: a drag is not a hundred questions. */
function useSettled(value: number): number {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 120);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function RoomHead({ room }: { room: Room }) {
  return (
    <section className="card room-card">
      <Face name={room.content.title} />
      <div className="grow stack tight">
        <Said className="strong">{room.content.title}</Said>
        <div className="row wrap small" style={{ gap: 6 }}>
          <RoomTag state={room.state} />
          <span className="quiet">{words.form[room.has_cart ? 'commerce' : 'plain']}</span>
        </div>
      </div>
    </section>
  );
}

function Preview({ room }: { room: Room }) {
  return (
    <section className="card stack">
      <h2>{app.form.preview}</h2>
      <div className="preview-card room-card">
        <Face name={room.content.title} />
        <div className="grow stack tight">
          <Said className="strong cut">{room.content.title}</Said>
          <div className="row small" style={{ gap: 6 }}>
            <RoomTag state="live" />
            <span className="ad-label">{words.advertisement}</span>
          </div>
        </div>
      </div>
      <p className="hint">{app.form.previewWhy}</p>
    </section>
  );
}

function Closed({ room, options }: { room: Room; options: Options }) {
  const reasons = new Set(options.goals.flatMap((goal) => (goal.reason ? [said(goal.reason.title)] : [])));
  return (
    <>
      <RoomHead room={room} />
      <section className="card">
        <Empty title={app.form.closed} why={[...reasons].join(' · ')} />
      </section>
    </>
  );
}

