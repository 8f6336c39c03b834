/** What an account owes of rewards that it used, and the measures that this came from; each can be appealed. */
import { useQuery } from '@tanstack/react-query';
import type { Schemas } from '../api/client';
import * as offers from '../api/offers';
import { app, words } from '../i18n';
import { count, moment } from '../kit/format';
import { Answered } from '../kit/say';
import { At, Said, Tag } from '../kit/show';
import { AppealCard } from './appeal_card';
import { Card } from './order_cards';

export function DebtCard({ party }: { party: string }) {
  const debt = useQuery(offers.debt(party));
  if (!debt.data || (debt.data.owed_points === 0 && debt.data.data.length === 0)) return null;
  return (
    <Card title={app.incentive.debt} aside={<span className="medium">{words.unit.points(count(debt.data.owed_points))}</span>}>
      <p className="hint">{app.incentive.debtWhy}</p>
      <ul>
        {debt.data.data.map((entry) => (
          <li key={entry.number} className="line-item small">
            <span>
              {app.incentive.debtKind[entry.kind]} <span className="quiet"><At at={entry.at} /></span>
            </span>
            <span className="numbers">{words.unit.points(count(entry.points))}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function Measures({ party }: { party: string }) {
  const measures = useQuery(offers.measures(party));
  if (!measures.data || measures.data.data.length === 0) return null;
  return (
    <Answered of={measures}>
      {({ data }) => (
        <div className="columns even">
          {data.map((measure) => (
            <MeasureCard key={measure.id} of={measure} />
          ))}
        </div>
      )}
    </Answered>
  );
}

function MeasureCard({ of }: { of: Schemas['IncentiveMeasure'] }) {
  const holds = of.state === 'in_force';
  return (
    <section className="card stack" aria-label={app.incentive.measures}>
      <div className="row between">
        <h2>{app.incentive.measureKind[of.kind]}</h2>
        <Tag tone={holds ? 'bad' : 'calm'}>{app.incentive.measureState[of.state]}</Tag>
      </div>
      <p>
        {app.incentive.reason[of.reason]}
        <span className="small quiet">
          {' '}
          <At at={of.at} />
          {of.until ? ` · ${app.incentive.measureUntil(moment(of.until))}` : ''}
        </span>
      </p>
      <p className="notice">
        <span className="strong">{app.incentive.evidence}</span> <Said>{of.evidence}</Said>
      </p>
      <p className="small quiet">
        {app.incentive.recalled(count(of.recalled_points))} · {app.incentive.owed(count(of.owed_points))}
      </p>
      {holds ? <AppealCard subject="incentive_measure" id={of.id} party={of.party_id} /> : null}
    </section>
  );
}
