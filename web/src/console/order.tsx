/** One order, as its buyer sees it, with what staff may do. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, ask as send, freshKey, once } from '../api/client';
import * as ask from '../api/queries';
import { type Subject, subjectOf } from '../api/subject';
import { LiftCard } from '../app/lift_card';
import { DiagnosisCard } from '../app/diagnosis_card';
import { LedgerCard, MoneyCard, SettingsCard, TimelineCard } from '../app/order_cards';
import { ReportCards } from '../app/order_report';
import { app, desk, wordFor, words } from '../i18n';
import { Answered, Waiting } from '../kit/say';
import { Id, Said, StatusTag, SubjectTag } from '../kit/show';
import { ActButton } from './act';
import { AuditCard } from './audit';
import { markSeen } from './orders';
import { Page, useMay } from './shell';
import { Go, useSubject } from './way';

const MOVING = ['in_review', 'reserved', 'running', 'paused', 'settling', 'pending_payment'];
const RAN = ['running', 'paused', 'settling', 'completed', 'room_ended', 'stopped', 'rejected'];

export function OrderPage() {
  const id = useSubject();
  const [key] = useState(freshKey);
  const order = useQuery({ ...ask.boost(id), refetchInterval: (query) => (query.state.data && MOVING.includes(query.state.data.state) ? 8000 : false) });
  const state = order.data?.state ?? '';
  const ran = RAN.includes(state);
  const report = useQuery({ ...ask.report(id), enabled: ran, refetchInterval: MOVING.includes(state) ? 5000 : false });
  const mayStop = useMay('order.stop');
  const mayCancel = useMay('order.cancel');
  const mayItems = useMay('order.read_delivery_ledger');
  useEffect(() => markSeen(id), [id]);
  const path = { path: { boost: id } };
  const stops = ['running', 'paused', 'reserved', 'in_review'].includes(state);
  return (
    <Page
      title={order.data ? subjectOf(order.data).title : app.order.title}
      said={order.data !== undefined}
      aside={
        <>
          {order.data ? <StatusTag state={state} /> : null}
          {mayStop && stops ? (
            <ActButton
              name={desk.orders.stop}
              sure={desk.orders.stopSure}
              kind="danger"
              run={() => send(api.POST('/v1/boosts/{boost}/stop', { params: { ...path, ...once(`${key}s`) }, body: {} }))}
            />
          ) : null}
          {mayCancel && state === 'pending_payment' ? (
            <ActButton
              name={desk.orders.cancel}
              sure={desk.reasonSure}
              kind="danger"
              run={() => send(api.POST('/v1/boosts/{boost}/cancel', { params: { ...path, ...once(`${key}c`) }, body: {} }))}
            />
          ) : null}
        </>
      }
    >
      <Answered of={order} waiting={<Waiting lines={6} height={60} />}>
        {(found) => (
          <div className="columns two">
            <div className="stack">
              {ran ? (
                <Answered of={report} waiting={<Waiting lines={3} height={90} />}>
                  {(reported) => <ReportCards report={reported} />}
                </Answered>
              ) : (
                <section className="card">
                  <p>{(app.order.next as Record<string, string>)[found.state]}</p>
                </section>
              )}
              {ran ? <LiftCard id={id} moving={MOVING.includes(state)} /> : null}
              {found.state === 'running' || found.state === 'paused' ? <DiagnosisCard order={found} /> : null}
              {ran && mayItems ? <LedgerCard id={id} /> : null}
              <AuditCard subject={id} />
            </div>
            <div className="stack">
              <section className="card">
                <dl className="facts">
                  <dt>{desk.orders.id}</dt>
                  <dd>
                    <Id of={found.id} />
                  </dd>
                  <dt>{desk.orders.room}</dt>
                  <dd>
                    <SubjectLink of={subjectOf(found)} />
                  </dd>
                  <dt>{desk.orders.payer}</dt>
                  <dd>
                    <PartyName id={found.payer_id} />
                  </dd>
                  <dt>{words.role.creator}</dt>
                  <dd>
                    <PartyName id={found.creator_id} />
                  </dd>
                  {found.state_detail.by ? (
                    <>
                      <dt>{app.order.endedBy}</dt>
                      <dd>{wordFor(words.by, found.state_detail.by)}</dd>
                    </>
                  ) : null}
                </dl>
              </section>
              <MoneyCard order={found} report={report.data} />
              <TimelineCard id={id} moving={MOVING.includes(state)} />
              <SettingsCard order={found} />
            </div>
          </div>
        )}
      </Answered>
    </Page>
  );
}

/** What is promoted, with a way to it where there is a page. */
function SubjectLink({ of }: { of: Subject }) {
  const title = <Said>{of.title}</Said>;
  return (
    <>
      {of.kind === 'room' ? <Go to={`/rooms/${of.id}`}>{title}</Go> : title} <SubjectTag kind={of.kind} state={of.state} />
    </>
  );
}

/** A party by name, with a way to it. */
export function PartyName({ id }: { id: string }) {
  const party = useQuery(ask.party(id));
  return (
    <Go to={`/parties/${id}`}>
      <Said>{party.data?.display_name ?? id}</Said>
    </Go>
  );
}
