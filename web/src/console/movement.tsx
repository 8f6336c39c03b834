/** What moved an amount: the ledger's command, step by step, with ways to the order, the coupon and the top-up behind it. */
import { useQuery } from '@tanstack/react-query';
import { api, ask as send, type Schemas } from '../api/client';
import { app, desk, wordFor, words } from '../i18n';
import { Answered, Waiting } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { At, Id, Money, Said } from '../kit/show';
import { PartyName } from './order';
import { Go } from './way';

type Step = Schemas['MovementStep'];
const say = () => desk.money;

export function MovementSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const movement = useQuery({
    queryKey: ['movement', id],
    queryFn: () => send(api.GET('/v1/ledger-commands/{command}', { params: { path: { command: id } } })),
  });
  return (
    <Sheet title={say().movement} open onClose={onClose} size={520}>
      <Answered of={movement} waiting={<Waiting lines={5} />}>
        {(found) => (
          <div className="stack">
            <dl className="facts">
              <dt>{say().at}</dt>
              <dd>
                <At at={found.at} />
              </dd>
              <dt>{say().command}</dt>
              <dd>
                <Id of={found.id} brief />
              </dd>
            </dl>
            {found.refusal ? (
              <p className="notice bad">
                {say().refusedBy} <Said>{found.refusal}</Said>
              </p>
            ) : null}
            <h2 className="card-title">{say().steps}</h2>
            <ol className="timeline">
              {found.steps.map((step, nth) => (
                <li key={nth}>
                  <StepOf step={step} />
                </li>
              ))}
            </ol>
          </div>
        )}
      </Answered>
    </Sheet>
  );
}

function StepOf({ step }: { step: Step }) {
  return (
    <div className="stack tight">
      <div className="row between">
        <span className="strong">{wordFor(say().step, step.what)}</span>
        {step.amount ? <Money of={step.amount} /> : null}
      </div>
      <dl className="facts small">
        {step.from ? (
          <>
            <dt>{say().from}</dt>
            <dd>
              <AccountOf account={step.from} />
            </dd>
          </>
        ) : null}
        {step.to ? (
          <>
            <dt>{say().to}</dt>
            <dd>
              <AccountOf account={step.to} />
            </dd>
          </>
        ) : null}
        {step.origin ? (
          <>
            <dt>{say().origin}</dt>
            <dd>
              {words.origin[step.origin]} {step.top_up_id ? <Id of={step.top_up_id} brief /> : null}
            </dd>
          </>
        ) : null}
        {step.lot_id ? (
          <>
            <dt>{say().lots}</dt>
            <dd>
              {step.from?.kind === 'coupon' || step.to?.kind === 'coupon' ? <Go to={`/coupons?open=${step.lot_id}`}>{desk.nav.coupons}</Go> : <Id of={step.lot_id} brief />}
            </dd>
          </>
        ) : null}
        {step.boost_id ? (
          <>
            <dt>{app.order.title}</dt>
            <dd>
              <Go to={`/orders/${step.boost_id}`}>{words.do.detail}</Go>
              {step.what === 'report_spent' ? <div className="quiet">{say().eventsOf}</div> : null}
            </dd>
          </>
        ) : null}
        {step.reversed_id ? (
          <>
            <dt>{say().reversed}</dt>
            <dd>
              <Go to={`/money?movement=${step.reversed_id}`}>{words.do.detail}</Go>
            </dd>
          </>
        ) : null}
      </dl>
    </div>
  );
}

function AccountOf({ account }: { account: Schemas['MovementAccount'] }) {
  return (
    <>
      {wordFor(say().ledgerAccount, account.kind)} {account.party_id ? <PartyName id={account.party_id} /> : null}
    </>
  );
}
