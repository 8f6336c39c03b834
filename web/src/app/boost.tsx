/** Making an order: the default is ready, three taps from the room or the video to having paid. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useState } from 'react';
import { api, ask as send, once, type Schemas } from '../api/client';
import * as ask from '../api/queries';
import { type Subject, subjectOf } from '../api/subject';
import { app, said, wordFor, words } from '../i18n';
import { money } from '../kit/format';
import { Button, Chips } from '../kit/input';
import { Answered, Empty, ErrorState, Waiting } from '../kit/say';
import { Money, Said, SubjectTag } from '../kit/show';
import { BidCard } from './bid_card';
import { Closed, Preview, ProductCard, SubjectHead } from './boost_parts';
import { AudienceRow, CouponRow, GuardRow } from './boost_rows';
import { BudgetCard } from './budget_card';
import { audienceText, type BidKind, type Draft, forget, guardRules, remember, useDraft } from './draft';
import { EstimateCard } from './estimate_card';
import { PaySheet } from './pay_sheet';
import { boostRoute, type BoostSearch } from './router';
import { Page, useMe } from './shell';

type Options = Schemas['BoostOptions'];
type Goal = Schemas['GoalOption'];
type Product = Schemas['BoostProduct'];

export function BoostPage() {
  const { room, video, product } = boostRoute.useSearch();
  // A video is boosted; a room can be either, and a traffic pack is what most people mean.
  const wanted = product === 'quick_boost' || video ? 'quick_boost' : 'traffic_pack';
  if (room) return <ForRoom key={room + wanted} id={room} product={wanted} />;
  return video ? <ForVideo key={video} id={video} /> : <Pick />;
}

/** What there is to promote. */
function Pick() {
  const me = useMe();
  const navigate = useNavigate();
  const own = me.roles.includes('agency') ? undefined : me.party;
  const rooms = useQuery(ask.rooms(own));
  const videos = useQuery(ask.videos(own));
  const go = (search: BoostSearch) => void navigate({ to: '/boost', search, replace: true });
  return (
    <Page title={app.form.pickRoom} back="/">
      <Answered of={rooms}>
        {({ data }) => {
          const open = data.filter((room) => room.state !== 'ended').map((room) => subjectOf({ room }));
          const out = (videos.data?.data ?? []).filter((video) => video.state === 'published').map((video) => subjectOf({ video }));
          const all = [...open, ...out];
          if (all.length === 0) return <Empty title={app.home.noRooms} why={app.home.noRoomsWhy} />;
          return (
            <div className="card">
              {all.map((subject) => (
                <button type="button" key={subject.id} className="line-item" onClick={() => go({ [subject.kind]: subject.id })}>
                  <Said>{subject.title}</Said>
                  <SubjectTag kind={subject.kind} state={subject.state} />
                </button>
              ))}
            </div>
          );
        }}
      </Answered>
    </Page>
  );
}

function ForRoom({ id, product }: { id: string; product: Product }) {
  const room = useQuery(ask.room(id));
  return <ForSubject of={room} subject={(room) => subjectOf({ room })} wanted={{ product, room_id: id }} />;
}

function ForVideo({ id }: { id: string }) {
  const video = useQuery(ask.video(id));
  return <ForSubject of={video} subject={(video) => subjectOf({ video })} wanted={{ product: 'quick_boost', video_id: id }} />;
}

function ForSubject<T>({ of, subject, wanted }: {
  of: { data: T | undefined; error: unknown; refetch: () => unknown };
  subject: (found: T) => Subject;
  wanted: ask.Wanted;
}) {
  const options = useQuery({ ...ask.options(wanted), refetchInterval: 60_000 });
  const forRoom = options.data?.is_reservation ? app.form.reserveTitle : app.form.title;
  return (
    <Page title={'video_id' in wanted ? app.form.videoTitle : forRoom} back="/">
      <Answered of={of} waiting={<Waiting lines={1} height={104} />}>
        {(found) => (
          <Answered of={options} waiting={<Waiting lines={3} height={160} />}>
            {(offered) => <Form subject={subject(found)} options={offered} wanted={wanted} />}
          </Answered>
        )}
      </Answered>
    </Page>
  );
}

/** How a goal can be bid for, in the words of a draft. */
function waysOf(goal: Goal): BidKind[] {
  const known: Record<string, BidKind> = { automatic: 'automatic', manual: 'bid', cost_cap: 'cost_cap', plays: 'plays' };
  return goal.bidding.flatMap((way) => known[way] ?? []);
}

/** The draft with whatever is not offered replaced by what is. */
function fitted(draft: Draft, options: Options): { draft: Draft; goal: Goal | undefined } {
  const offered = options.goals.filter((goal) => goal.available);
  const goal = offered.find((one) => one.goal === draft.goal) ?? offered[0];
  if (!goal) return { draft, goal };
  const within = draft.budget >= goal.budget_min.amount && draft.budget <= options.budget_max.amount;
  const fits = within && draft.budget % options.budget_step.amount === 0;
  const usual = options.durations_ms.includes(7_200_000) ? 7_200_000 : (options.durations_ms[0] ?? 0);
  const ways = waysOf(goal);
  return {
    goal,
    draft: {
      ...draft,
      goal: goal.goal,
      budget: fits ? draft.budget : (goal.presets[0] ?? goal.budget_min).amount,
      durationMs: options.durations_ms.includes(draft.durationMs) ? draft.durationMs : usual,
      bidKind: ways.includes(draft.bidKind) ? draft.bidKind : (ways[0] ?? 'automatic'),
    },
  };
}

/** What the platform supposes a result to cost, as its policy has it. */
interface Supposed {
  estimate?: { cost_per_result?: Record<string, { mid: number }> };
  quick_boost?: { cost_per_result?: { goal: string; mid: number }[] };
}

/** What a result is supposed to cost, where the platform says so: where a bid begins. */
function useSuggestedBid(options: Options, goal: Schemas['Goal'] | undefined, wanted: boolean): number {
  const policy = useQuery({ ...ask.policy, enabled: wanted });
  if (!wanted || !goal) return 0;
  const settings = policy.data?.settings as Supposed | undefined;
  const boosted = settings?.quick_boost?.cost_per_result?.find((one) => one.goal === goal);
  const range = options.product === 'quick_boost' ? boosted : settings?.estimate?.cost_per_result?.[goal];
  return range ? Math.floor(range.mid / 10_000) : policy.data ? options.bid_min.amount : 0;
}

/** The order as the API takes it. */
function useOrder(draft: Draft, wanted: ask.Wanted, { currency, bid, payer }: { currency: 'BEAN' | 'CNY'; bid: number; payer: string | undefined }) {
  const amount = (units: number) => ({ amount: units, currency });
  const bidding =
    bid && draft.bidKind === 'bid' ? { bid: amount(bid) } : bid && draft.bidKind === 'cost_cap' ? { cost_cap: amount(bid) } : {};
  const audience = audienceText(draft.audience);
  const asked = {
    ...wanted,
    goal: draft.goal ?? 'viewers',
    duration_ms: draft.durationMs,
    charged_by: draft.bidKind === 'plays' ? ('plays' as const) : ('goal' as const),
    ...bidding,
    ...(audience ? { audience } : {}),
  };
  const calm = useDeferredValue(useSettled(draft.budget));
  const ready = draft.goal !== null && (bid > 0 || (draft.bidKind !== 'bid' && draft.bidKind !== 'cost_cap'));
  const estimate = useQuery(ask.estimate({ ...asked, budget: amount(calm) }, ready));
  const plan = useQuery(
    ask.paymentPlan(
      {
        ...wanted,
        price: amount(calm),
        coupon_use: draft.couponUse,
        coupons: draft.couponUse === 'these' ? draft.coupons : [],
        ...(payer ? { payer_id: payer } : {}),
      },
      ready && (draft.couponUse !== 'these' || draft.coupons.length > 0),
    ),
  );
  const body: Schemas['PlaceBoostBody'] = {
    ...asked,
    budget: amount(draft.budget),
    guard_rules: guardRules(draft, currency),
    ...(payer ? { payer_id: payer } : {}),
  };
  return { body, estimate, plan, ready };
}

function Form({ subject, options, wanted }: { subject: Subject; options: Options; wanted: ask.Wanted }) {
  const me = useMe();
  const navigate = useNavigate();
  const keeper = useQueryClient();
  const search = boostRoute.useSearch();
  const { draft: kept, change, restored } = useDraft(subject.id, wanted.product);
  const { draft, goal } = fitted(kept, options);
  const currency = wanted.product === 'quick_boost' ? 'CNY' : 'BEAN';
  const bids = draft.bidKind === 'bid' || draft.bidKind === 'cost_cap';
  const suggested = useSuggestedBid(options, goal?.goal, bids);
  const bid = bids ? draft.bid || suggested : 0;
  const payer = me.clients.includes(subject.creator) ? subject.creator : undefined;
  const { body, estimate, plan, ready } = useOrder(draft, wanted, { currency, bid, payer });
  const placing = useMutation({
    mutationFn: () => send(api.POST('/v1/boosts', { body, params: once(draft.key) })),
    onSuccess: (placed) => {
      keeper.setQueryData(['placed', placed.id], placed);
      void keeper.invalidateQueries({ queryKey: ['boosts'] });
      void navigate({ to: '/boost', search: { ...search, pay: placed.id } });
    },
  });
  const product = subject.kind === 'room' ? <ProductCard product={wanted.product} sells={subject.sells} /> : null;
  if (!goal) return <Closed subject={subject} options={options} product={product} />;
  const paid = () => {
    remember(draft, wanted.product);
    forget(subject.id, wanted.product);
    void keeper.invalidateQueries();
    void navigate({ to: '/orders/$id', params: { id: search.pay ?? '' }, replace: true });
  };
  const close = () => void navigate({ to: '/boost', search: { ...search, pay: undefined }, replace: true });
  return (
    <>
      <SubjectHead subject={subject} />
      {options.is_reservation ? (
        <p className="notice busy small">
          {app.form.reserveNote(String(options.reservation_ms / 3_600_000))} {app.form.reserveCart}
        </p>
      ) : null}
      {restored ? <p className="notice small">{app.form.draftBack}</p> : null}
      <div className="columns two order-form">
        <div className="stack">
          {product}
          <GoalCard goal={goal} options={options} onChange={(next) => change({ goal: next, budget: 0, bid: 0 })} />
          <BudgetCard draft={draft} goal={goal} options={options} change={change} />
        </div>
        <div className="stack">
          <EstimateCard estimate={estimate} budget={draft.budget} goal={goal.goal} durationMs={draft.durationMs} kind={subject.kind} />
          <BidCard draft={draft} ways={waysOf(goal)} bid={bid} suggested={suggested} options={options} change={change} estimate={estimate.data} />
          <section className="card">
            <AudienceRow draft={draft} change={change} />
            {currency === 'BEAN' ? (
              <CouponRow draft={draft} plan={plan.data} owner={payer ?? me.party} form={goal.form ?? 'plain'} change={change} />
            ) : null}
            <GuardRow draft={draft} change={change} currency={currency} />
          </section>
          <Preview subject={subject} />
        </div>
      </div>
      {placing.error ? <ErrorState error={placing.error} stake="paying" retry={() => placing.mutate()} /> : null}
      {plan.error ? <ErrorState error={plan.error} /> : null}
      <div className="pay-bar">
        <div className="stack tight" style={{ gap: 0 }} aria-live="polite">
          <span className="medium">
            {app.form.youPay} {plan.data ? <Money of={plan.data.by_wallet} /> : '—'}
          </span>
          {plan.data && plan.data.by_coupons.amount > 0 ? (
            <span className="quiet small">{app.form.saved(money(plan.data.by_coupons))}</span>
          ) : null}
        </div>
        <Button kind="main large" busy={placing.isPending} disabled={!ready} onClick={() => placing.mutate()}>
          {app.form.pay}
        </Button>
      </div>
      {search.pay ? (
        <PaySheet id={search.pay} couponUse={draft.couponUse} coupons={draft.coupons} onClose={close} onPaid={paid} />
      ) : null}
    </>
  );
}

/** What is wanted; what cannot be had is there with its reason. */
function GoalCard({ goal, options, onChange }: { goal: Goal; options: Options; onChange: (goal: Schemas['Goal']) => void }) {
  const missing = options.goals.flatMap((one) => (one.reason ? [{ goal: one.goal, why: said(one.reason.title) }] : []));
  return (
    <section className="card stack goal-card">
      <h2>{app.form.goal}</h2>
      <Chips
        label={app.form.goal}
        value={goal.goal}
        onChange={onChange}
        columns={options.goals.length > 4 ? 3 : 2}
        choices={options.goals.map((one) => ({
          value: one.goal,
          label: wordFor(words.goal, one.goal),
          disabled: !one.available,
          why: one.reason ? said(one.reason.title) : undefined,
        }))}
      />
      <p className="hint">{said(goal.charged)}</p>
      {missing.map((one) => (
        <p key={one.goal} className="hint">
          {app.form.unavailable(wordFor(words.goal, one.goal), one.why)}
        </p>
      ))}
    </section>
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
