/** One guarantee: terms, progress, what was left out, and the operator's decision while it is frozen. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import { desk, wordFor } from '../i18n';
import { count, money, share } from '../kit/format';
import { Button, Chips } from '../kit/input';
import { Answered, Waiting } from '../kit/say';
import { At, Figure, Id, Meter, Money, Said, Tag } from '../kit/show';
import { ActSheet } from './act';
import { AuditCard } from './audit';
import { GuaranteeTag, QuotedVideos } from './guarantees';
import { PartyName } from './order';
import { Page, useMay } from './shell';
import { useSubject } from './way';

type Detail = Schemas['GuaranteeDetail'];
const say = () => desk.guarantee;

export function GuaranteePage() {
  const id = useSubject();
  const decides = useMay('guarantee.decide');
  const [deciding, setDeciding] = useState(false);
  const guarantee = useQuery({
    queryKey: ['guarantee', id],
    refetchInterval: 15_000,
    queryFn: () => send(api.GET('/v1/guarantee-services/{service}', { params: { path: { service: id } } })),
  });
  const state = guarantee.data?.state ?? '';
  return (
    <Page
      title={say().one}
      aside={
        <>
          {state ? <GuaranteeTag state={state} /> : null}
          {decides && state === 'frozen' ? (
            <Button kind="main" onClick={() => setDeciding(true)}>
              {say().decide}
            </Button>
          ) : null}
        </>
      }
    >
      <Answered of={guarantee} waiting={<Waiting lines={6} height={60} />}>
        {(found) => (
          <>
            {found.frozen_because ? (
              <p className="notice wait">
                <span className="strong">{wordFor(say().cause, found.frozen_because)}</span> {say().frozenWhy}
              </p>
            ) : null}
            <div className="columns two">
              <div className="stack">
                <ProgressCard of={found} />
                <section className="card stack" aria-label={say().videos}>
                  <h2 className="card-title">{say().restsOn(count(found.quoted_videos.length))}</h2>
                  <QuotedVideos videos={found.quoted_videos} />
                </section>
              </div>
              <div className="stack">
                <TermsCard of={found} />
                {found.refund ? <RefundCard refund={found.refund} /> : null}
                <Decisions of={found} />
              </div>
            </div>
            <AuditCard subject={id} />
            {deciding ? <Deciding of={found} onClose={() => setDeciding(false)} /> : null}
          </>
        )}
      </Answered>
    </Page>
  );
}

function ProgressCard({ of }: { of: Detail }) {
  const progress = of.progress;
  const plays = of.plays ?? progress?.plays ?? 0;
  return (
    <section className="card stack" aria-label={say().progress}>
      <div className="card-head" style={{ margin: 0 }}>
        <h2 className="card-title">{say().progress}</h2>
        {progress?.read_at ? (
          <span className="small quiet">
            {say().readAt} <At at={progress.read_at} />
          </span>
        ) : null}
      </div>
      <Meter done={plays} whole={of.expected_plays} label={`${count(plays)} / ${count(of.expected_plays)}`} />
      <div className="figures">
        <Figure name={say().plays}>{count(plays)}</Figure>
        <Figure name={say().expected}>{count(of.expected_plays)}</Figure>
        {progress ? <Figure name={say().expectedNow}>{count(progress.expected_now)}</Figure> : null}
        {progress?.forecast !== null && progress?.forecast !== undefined ? <Figure name={say().forecast}>{count(progress.forecast)}</Figure> : null}
        <Figure name={say().helpPlays}>{count(of.help_plays)}</Figure>
        <Figure name={say().help}>{money(of.help_cost)}</Figure>
      </div>
      {progress ? (
        <>
          <h3>{say().leftOut}</h3>
          <p className="hint">{say().leftOutWhy}</p>
          <div className="figures">
            <Figure name={say().left.machine}>{count(progress.left_out.machine)}</Figure>
            <Figure name={say().left.repeat}>{count(progress.left_out.repeat)}</Figure>
            <Figure name={say().left.own_account}>{count(progress.left_out.own_account)}</Figure>
          </div>
        </>
      ) : null}
    </section>
  );
}

function TermsCard({ of }: { of: Detail }) {
  return (
    <section className="card" aria-label={say().terms}>
      <dl className="facts">
        <dt>{say().buyer}</dt>
        <dd>
          <PartyName id={of.buyer_id} />
        </dd>
        <dt>{desk.rooms.creator}</dt>
        <dd>
          <PartyName id={of.creator_id} />
        </dd>
        <dt>{say().fixedPrice}</dt>
        <dd>
          <Money of={of.fixed_price} />
        </dd>
        <dt>{say().premium}</dt>
        <dd>{share(of.premium_permille)}</dd>
        <dt>{say().fee}</dt>
        <dd>
          <Money of={of.fee} />
        </dd>
        <dt>{desk.orders.created}</dt>
        <dd>
          <At at={of.placed_at} />
        </dd>
        <dt>{say().published}</dt>
        <dd>
          <At at={of.published_at} />
        </dd>
        <dt>{of.published_at ? say().ends : say().lapses}</dt>
        <dd>
          <At at={of.ended_at ?? of.ends_at ?? of.lapses_at} />
        </dd>
        <dt>{say().service}</dt>
        <dd>
          <Id of={of.id} brief />
        </dd>
      </dl>
    </section>
  );
}

function RefundCard({ refund }: { refund: Schemas['GuaranteeRefund'] }) {
  return (
    <section className="card stack" aria-label={say().refund}>
      <div className="card-head" style={{ margin: 0 }}>
        <h2 className="card-title">{wordFor(say().refundKind, refund.kind)}</h2>
        <Tag tone={refund.state === 'paid' ? 'good' : 'wait'}>{wordFor(say().refundState, refund.state)}</Tag>
      </div>
      <p className="big">{money(refund.amount)}</p>
      <dl className="facts">
        <dt>{refund.paid_at ? say().paidAt : say().payAt}</dt>
        <dd>
          <At at={refund.paid_at ?? refund.pay_at} />
        </dd>
        <dt>{desk.reviews.due}</dt>
        <dd className="numbers">{refund.promised_by}</dd>
      </dl>
    </section>
  );
}

function Decisions({ of }: { of: Detail }) {
  if (of.decisions.length === 0) return null;
  return (
    <section className="card" aria-label={say().decisions}>
      <div className="card-head">
        <h2 className="card-title">{say().decisions}</h2>
      </div>
      <ol className="timeline">
        {of.decisions.map((one) => (
          <li key={one.at}>
            <div className="row between">
              <span>
                {wordFor(say().decision, one.decision)} · {say().atPlays(count(one.plays))}
              </span>
              <span className="small quiet">
                <At at={one.at} />
              </span>
            </div>
            <Said className="small">{one.reason}</Said>
          </li>
        ))}
      </ol>
    </section>
  );
}

const DECISIONS: Schemas['GuaranteeDecisionName'][] = ['resume', 'compensate', 'void'];

/** Resumed, compensated or void with the whole fee back (GB-11). */
function Deciding({ of, onClose }: { of: Detail; onClose: () => void }) {
  const [decision, setDecision] = useState<Schemas['GuaranteeDecisionName'] | ''>('');
  const [reason, setReason] = useState('');
  const [key] = useState(freshKey);
  const run = async () => {
    if (decision === '') return;
    const body = { decision, reason };
    await send(api.POST('/v1/guarantee-services/{service}/decision', { params: { path: { service: of.id }, ...once(key + decision) }, body }));
  };
  return (
    <ActSheet title={say().decide} doing={say().decide} ready={decision !== '' && reason.trim() !== ''} run={run} onClose={onClose}>
      <p className="notice wait">{wordFor(say().cause, of.frozen_because)}</p>
      <Chips
        label={say().decide}
        value={decision}
        columns={3}
        onChange={setDecision}
        choices={DECISIONS.map((value) => ({ value, label: wordFor(say().decision, value) }))}
      />
      {decision ? <p className="hint">{say().decisionWhy[decision]}</p> : null}
      <label>
        <span className="label">{say().reason}</span>
        <span className="field">
          <textarea rows={3} value={reason} onChange={(event) => setReason(event.target.value)} />
        </span>
      </label>
    </ActSheet>
  );
}
