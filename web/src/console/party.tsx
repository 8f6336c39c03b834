/** One party: standing, wallet, coupons, orders. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, desk, wordFor, words } from '../i18n';
import { Button, MoneyInput, TextField } from '../kit/input';
import { Answered, Empty, Waiting } from '../kit/say';
import { At, Id, Money, Tag } from '../kit/show';
import { ActButton, ActSheet } from './act';
import { AuditCard } from './audit';
import { CouponTable } from './coupons';
import { OrdersTable } from './orders';
import { partyToChange } from './queries';
import { Page, useMay } from './shell';
import { Go, useSubject } from './way';

export function PartyPage() {
  const id = useSubject();
  const party = useQuery(partyToChange(id));
  const mayMoney = useMay('wallet.read');
  const mayCoupons = useMay('coupon.read');
  return (
    <Page title={party.data?.content.display_name ?? desk.nav.parties} said={party.data !== undefined}>
      <Answered of={party} waiting={<Waiting lines={5} height={60} />}>
        {({ content, tag }) => (
          <>
            <div className="columns two">
              {mayMoney ? <WalletCard party={content.id} /> : null}
              <Standing party={content} tag={tag} />
            </div>
            {mayCoupons ? <CouponTable owner={content.id} title={desk.parties.coupons} /> : null}
            <OrdersTable title={desk.parties.orders} payer={content.id} />
            <AuditCard subject={content.id} />
          </>
        )}
      </Answered>
    </Page>
  );
}

function Standing({ party, tag }: { party: Schemas['Party']; tag: string }) {
  const may = useMay('party.register');
  const [score, setScore] = useState(String(party.credit_score));
  const change = (body: Schemas['ChangePartyBody']) =>
    send(api.PATCH('/v1/parties/{party}', { params: { path: { party: party.id }, header: { 'If-Match': tag } }, body }));
  return (
    <section className="card stack" aria-label={desk.parties.state}>
      <div className="row wrap">
        <Tag>{words.role[party.kind]}</Tag>
        {party.banned ? <Tag tone="bad">{desk.parties.banned}</Tag> : <Tag tone="good">{desk.parties.active}</Tag>}
      </div>
      <dl className="facts">
        <dt>{desk.parties.credit}</dt>
        <dd className="numbers">{party.credit_score}</dd>
        <dt>{desk.parties.external}</dt>
        <dd data-said>{party.external_ref ?? '—'}</dd>
        <dt>{desk.parties.created}</dt>
        <dd>
          <At at={party.created_at} />
        </dd>
        <dt>{desk.money.party}</dt>
        <dd>
          <Id of={party.id} />
        </dd>
      </dl>
      {may ? (
        <>
          <div className="row top">
            <div className="grow">
              <TextField label={desk.parties.credit} inputMode="numeric" value={score} onChange={(text) => setScore(text.replaceAll(/\D/g, ''))} />
            </div>
          </div>
          <div className="row wrap">
            <ActButton name={desk.parties.saveCredit} sure={`${party.credit_score} → ${score}`} run={() => change({ credit_score: Number(score) })} />
            <ActButton
              name={party.banned ? desk.parties.unban : desk.parties.ban}
              kind={party.banned ? '' : 'danger'}
              sure={desk.reasonSure}
              run={() => change({ banned: !party.banned })}
            />
          </div>
        </>
      ) : null}
    </section>
  );
}

function WalletCard({ party }: { party: string }) {
  const wallet = useQuery(ask.wallet(party));
  const mayFreeze = useMay('wallet.freeze');
  const mayGive = useMay('wallet.give_beans');
  const mayRefund = useMay('wallet.refund');
  const [open, setOpen] = useState<'' | 'gift' | 'refund'>('');
  return (
    <section className="card stack">
      <div className="card-head" style={{ margin: 0 }}>
        <h2 className="card-title">{desk.parties.wallet}</h2>
        {wallet.data?.frozen ? <Tag tone="bad">{desk.parties.frozen}</Tag> : null}
      </div>
      <Answered of={wallet}>
        {(found) => (
          <>
            <div className="table-scroll" tabIndex={0} role="region" aria-label={desk.parties.wallet}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{desk.money.account}</th>
                    <th scope="col" className="right">{desk.parties.posted}</th>
                    <th scope="col" className="right">{desk.parties.held}</th>
                    <th scope="col" className="right">{desk.parties.spendable}</th>
                  </tr>
                </thead>
                <tbody>
                  {found.accounts.map((account) => (
                    <tr key={account.account}>
                      <td>
                        <Go to={`/money?party=${party}&account=${account.account}`}>{words.account[account.account]}</Go>
                      </td>
                      <td className="right"><Money of={account.posted} /></td>
                      <td className="right"><Money of={account.held} /></td>
                      <td className="right strong"><Money of={account.spendable} /></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <div className="row wrap">
              {mayGive ? <Button onClick={() => setOpen('gift')}>{desk.parties.gift}</Button> : null}
              {mayRefund ? <Button onClick={() => setOpen('refund')}>{desk.parties.refund}</Button> : null}
              {mayFreeze ? (
                <ActButton
                  name={found.frozen ? desk.parties.unfreeze : desk.parties.freeze}
                  kind={found.frozen ? '' : 'danger'}
                  sure={desk.reasonSure}
                  run={() => send(api.PUT('/v1/wallets/{party}/frozen', { params: { path: { party } }, body: { frozen: !found.frozen } }))}
                />
              ) : null}
            </div>
          </>
        )}
      </Answered>
      <MoneyHistory party={party} />
      {open === 'gift' ? <GiftSheet party={party} onClose={() => setOpen('')} /> : null}
      {open === 'refund' ? <RefundSheet party={party} onClose={() => setOpen('')} /> : null}
    </section>
  );
}

/** Top-ups and refunds, newest first. */
function MoneyHistory({ party }: { party: string }) {
  const topUps = useInfiniteQuery(ask.topUps(party));
  const refunds = useQuery(ask.refunds(party));
  const rows = ask.rowsOf(topUps.data).slice(0, 5);
  return (
    <>
      <h3>{app.wallet.topUps}</h3>
      {rows.length === 0 ? <Empty title={words.list.empty} /> : null}
      <ul>
        {rows.map((topUp) => (
          <li key={topUp.id} className="line-item">
            <span>
              <Money of={topUp.price} /> → <Money of={topUp.bought} /> <Id of={topUp.id} brief />
            </span>
            <span className="small quiet">
              {words.payment[topUp.state]} · <At at={topUp.created_at} />
            </span>
          </li>
        ))}
      </ul>
      {refunds.data?.data.length ? <h3>{desk.parties.refunds}</h3> : null}
      <ul>
        {(refunds.data?.data ?? []).map((refund) => (
          <li key={refund.id} className="line-item">
            <span>
              <Money of={refund.refunded} /> <Id of={refund.id} brief />
            </span>
            <span className="small quiet">
              {wordFor(words.refund, refund.state)} · <At at={refund.created_at} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

const BEANS = { min: 100, max: 100_000_000 };

function GiftSheet({ party, onClose }: { party: string; onClose: () => void }) {
  const [amount, setAmount] = useState(10_000);
  const [note, setNote] = useState('');
  const [key] = useState(freshKey);
  const run = () =>
    send(
      api.POST('/v1/wallets/{party}/gifts', {
        params: { path: { party }, ...once(key) },
        body: { beans: { amount, currency: 'BEAN' }, note },
      }),
    );
  return (
    <ActSheet title={desk.parties.gift} doing={desk.parties.gift} ready={note !== ''} run={run} onClose={onClose}>
      <span className="label">{desk.parties.giftBeans}</span>
      <MoneyInput label={desk.parties.giftBeans} unit={words.unit.beans('').trim()} value={amount} limits={BEANS} onChange={setAmount} hint={app.form.budgetHint} />
      <TextField label={desk.parties.giftNote} value={note} onChange={setNote} required />
    </ActSheet>
  );
}

function RefundSheet({ party, onClose }: { party: string; onClose: () => void }) {
  const [amount, setAmount] = useState(10_000);
  const [key] = useState(freshKey);
  const run = () =>
    send(
      api.POST('/v1/wallets/{party}/refunds', {
        params: { path: { party }, ...once(key) },
        body: { amount: { amount, currency: 'BEAN' } },
      }),
    );
  return (
    <ActSheet title={desk.parties.refund} doing={desk.parties.refund} run={run} onClose={onClose}>
      <p className="hint">{app.wallet.refundHelp}</p>
      <span className="label">{desk.parties.refundBeans}</span>
      <MoneyInput label={desk.parties.refundBeans} unit={words.unit.beans('').trim()} value={amount} limits={BEANS} onChange={setAmount} hint={app.form.budgetHint} />
    </ActSheet>
  );
}
