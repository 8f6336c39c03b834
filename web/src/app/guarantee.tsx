/** One guarantee: how far it is, what was left out and why, what comes back and by which formula (GB-04, GB-06, GB-10). */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '../api/client';
import * as offers from '../api/offers';
import { app, wordFor } from '../i18n';
import { count, money, share, short } from '../kit/format';
import { Answered, Waiting } from '../kit/say';
import { At, Count, Face, Figure, Id, Meter, Money, Said, Tag } from '../kit/show';
import { Rests } from './guarantee_buy';
import { GUARANTEE_TONES, useCreatorNames } from './guarantees';
import { Card } from './order_cards';
import { guaranteeRoute } from './router';
import { Page, useMe } from './shell';

type Detail = Schemas['GuaranteeDetail'];

export function GuaranteePage() {
  const { id } = guaranteeRoute.useParams();
  const guarantee = useQuery({ ...offers.guarantee(id), refetchInterval: 15_000 });
  return (
    <Page title={app.guarantee.title} back="/guarantees">
      <Answered of={guarantee} waiting={<Waiting lines={5} height={80} />}>
        {(found) => (
          <div className="columns two">
            <div className="stack">
              <Standing of={found} />
              {found.progress ? <Progress of={found} progress={found.progress} /> : null}
            </div>
            <div className="stack">
              <Fee of={found} />
              <Card title={app.guarantee.restsOn(count(found.quoted_videos.length))}>
                <Rests videos={found.quoted_videos} />
              </Card>
              {found.decisions.length > 0 ? <Decisions of={found.decisions} /> : null}
            </div>
          </div>
        )}
      </Answered>
    </Page>
  );
}

function Standing({ of }: { of: Detail }) {
  const me = useMe();
  const names = useCreatorNames(me.actions.includes('guarantee.quote'));
  const name = of.creator_id === me.party ? me.display_name : (names.get(of.creator_id) ?? of.creator_id);
  const times: [string, string | null | undefined][] = [
    [app.guarantee.placedAt, of.placed_at],
    [app.guarantee.lapsesAt, of.state === 'waiting' ? of.lapses_at : null],
    [app.guarantee.publishedAt, of.published_at],
    [app.guarantee.endsAt, of.ends_at ?? of.ended_at],
  ];
  return (
    <section className="card stack">
      <div className="room-card">
        <Face name={name} round />
        <div className="grow stack tight">
          <Said className="strong cut">{name}</Said>
          <span className="small quiet">
            {app.guarantee.expected} {count(of.expected_plays)}
          </span>
        </div>
        <Tag tone={GUARANTEE_TONES[of.state] ?? 'calm'}>{wordFor(app.guarantee.state, of.state)}</Tag>
      </div>
      <p>{wordFor(app.guarantee.next, of.state)}</p>
      {of.frozen_because ? <p className="notice bad">{wordFor(app.guarantee.frozenBecause, of.frozen_because)}</p> : null}
      <dl className="facts">
        {times.map(([name, at]) =>
          at ? (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{name}</dt>
              <dd>
                <At at={at} />
              </dd>
            </div>
          ) : null,
        )}
        <dt>{app.guarantee.number}</dt>
        <dd>
          <Id of={of.id} />
        </dd>
      </dl>
    </section>
  );
}

function Progress({ of, progress }: { of: Detail; progress: Schemas['GuaranteeProgress'] }) {
  const { left_out: left, plays, expected_now: byNow, forecast } = progress;
  const outside = (Object.keys(app.guarantee.leftOutWhy) as (keyof typeof left)[]).filter((why) => left[why] > 0);
  const ended = of.plays !== null && of.plays !== undefined;
  const done = ended ? (of.plays ?? 0) : plays;
  const ahead = plays >= byNow;
  return (
    <Card
      title={app.guarantee.progress}
      aside={ended ? null : <Tag tone={ahead ? 'good' : 'wait'}>{ahead ? app.guarantee.ahead : app.guarantee.behind}</Tag>}
    >
      <div className="stack">
        <div className="split">
          <Figure name={app.guarantee.soFar}>
            <Count of={done} />
          </Figure>
          <Figure name={ended ? app.guarantee.expected : app.guarantee.byNow}>
            <Count of={ended ? of.expected_plays : byNow} />
          </Figure>
          {ended ? null : (
            <Figure name={app.guarantee.forecast}>{forecast === null || forecast === undefined ? '—' : <Count of={forecast} />}</Figure>
          )}
        </div>
        <Meter done={done} whole={of.expected_plays} label={`${app.guarantee.soFar} ${short(done)} / ${short(of.expected_plays)}`} />
        {progress.read_at ? (
          <p className="small quiet">
            {app.guarantee.readAt} <At at={progress.read_at} /> · {wordFor(app.guarantee.growth, progress.growth)}
          </p>
        ) : (
          <p className="small quiet">{app.guarantee.noReading}</p>
        )}
        {outside.length > 0 ? (
          <div>
            <h3 className="label">{app.guarantee.leftOut}</h3>
            <ul>
              {outside.map((why) => (
                <li key={why} className="line-item small">
                  <span>{app.guarantee.leftOutWhy[why]}</span>
                  <span className="numbers">{count(left[why])}</span>
                </li>
              ))}
            </ul>
          </div>
        ) : null}
        {of.help_plays > 0 ? (
          <p className="small row between">
            <span className="quiet">{app.guarantee.helped}</span>
            <span className="numbers">{count(of.help_plays)}</span>
          </p>
        ) : null}
      </div>
    </Card>
  );
}

function Fee({ of }: { of: Detail }) {
  const { refund } = of;
  const compensated = refund?.kind === 'compensation' && of.plays !== null && of.plays !== undefined;
  return (
    <Card title={app.guarantee.money} aside={<Money of={of.fee} />}>
      <div className="stack">
        <dl className="facts">
          <dt>{app.guarantee.fixedPrice}</dt>
          <dd>
            <Money of={of.fixed_price} />
          </dd>
          <dt>{app.guarantee.fee}</dt>
          <dd>{app.guarantee.premium(share(of.premium_permille))}</dd>
          {refund ? (
            <>
              <dt>{wordFor(app.guarantee.refundKind, refund.kind)}</dt>
              <dd className="strong">
                <Money of={refund.amount} />
              </dd>
              <dt>
                <Tag tone={refund.state === 'paid' ? 'good' : 'busy'}>{wordFor(app.guarantee.refundState, refund.state)}</Tag>
              </dt>
              <dd>
                {refund.paid_at ? (
                  <Link to="/wallet/$account" params={{ account: 'money' }}>
                    <At at={refund.paid_at} />
                  </Link>
                ) : (
                  app.guarantee.promisedBy(refund.promised_by)
                )}
                {refund.paid_at ? '' : wordFor(app.guarantee.calendar, refund.calendar)}
              </dd>
            </>
          ) : null}
        </dl>
        <details className="small" open={compensated}>
          <summary className="quiet">{app.guarantee.formula}</summary>
          <p className="quiet" style={{ marginTop: 6 }}>{app.guarantee.formulaText}</p>
          {compensated ? (
            <p className="numbers" style={{ marginTop: 6 }} data-testid="formula">
              {app.guarantee.formulaWith(count(of.expected_plays), count(of.plays ?? 0), money(of.fixed_price), money(of.fee))} ={' '}
              <span className="strong">{refund ? money(refund.amount) : ''}</span>
            </p>
          ) : null}
        </details>
      </div>
    </Card>
  );
}

function Decisions({ of }: { of: Schemas['GuaranteeDecision'][] }) {
  return (
    <Card title={app.guarantee.decisions}>
      <ol className="timeline">
        {of.map((decided) => (
          <li key={decided.at}>
            <div className="row between">
              <span>{wordFor(app.guarantee.decision, decided.decision)}</span>
              <span className="small quiet">
                <At at={decided.at} />
              </span>
            </div>
            <Said className="small quiet">{decided.reason}</Said>
          </li>
        ))}
      </ol>
    </Card>
  );
}
