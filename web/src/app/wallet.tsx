/** What there is, by account; each leads to where it came from. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import * as offers from '../api/offers';
import * as ask from '../api/queries';
import { app, wordFor, words } from '../i18n';
import { count, money } from '../kit/format';
import { Button, Chips, MoneyInput } from '../kit/input';
import { Answered, Empty, ErrorState, Waiting } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { At, Id, Money, Tag, type Tone } from '../kit/show';
import { Card } from './order_cards';
import { walletRoute } from './router';
import { Page, useMe } from './shell';

export function WalletPage() {
  const me = useMe();
  const wallet = useQuery(ask.wallet(me.party));
  const { sheet } = walletRoute.useSearch();
  const navigate = useNavigate();
  const open = (next?: string) => void navigate({ to: '/wallet', search: next ? { sheet: next } : {}, replace: !next });
  return (
    <Page title={app.wallet.title}>
      <Answered of={wallet} waiting={<Waiting lines={4} height={80} />}>
        {(found) => (
          <>
            <section className="card hero row between wrap" aria-label={app.wallet.total}>
              <div className="stack tight">
                <span className="quiet small">{app.wallet.total}</span>
                <span className="big">{words.unit.beans(count(found.spendable_beans))}</span>
                {found.fraction.amount > 0 ? <span className="quiet small">{app.wallet.fraction}</span> : null}
              </div>
              <Link to="/wallet/top_up" className="button">
                {app.wallet.topUp}
              </Link>
            </section>
            {found.frozen ? <p className="notice bad">{app.wallet.walletFrozen}</p> : null}
            <div className="columns two">
              <Card title={app.wallet.statement}>
                {found.accounts.map((account) => (
                  <Link key={account.account} to="/wallet/$account" params={{ account: account.account }} className="line-item">
                    <span className="stack tight">
                      <span className="strong">{words.account[account.account]}</span>
                      <span className="small quiet">
                        {app.wallet.spendable} {money(account.spendable)}
                        {account.held.amount > 0 ? ` · ${app.wallet.frozen} ${money(account.held)}` : ''}
                      </span>
                    </span>
                    <span className="row" style={{ gap: 4 }}>
                      <Money of={account.posted} />
                      <i className="chevron" />
                    </span>
                  </Link>
                ))}
              </Card>
              <div className="stack">
                <TopUps party={me.party} onRefund={() => open('refund')} />
                <Refunds party={me.party} />
                {me.actions.includes('wallet.withdraw') ? (
                  <section className="card">
                    <Link to="/wallet/cash" className="line-item">
                      <span className="strong">{app.cash.title}</span>
                      <i className="chevron" />
                    </Link>
                  </section>
                ) : null}
                <Invoices party={me.party} />
              </div>
            </div>
          </>
        )}
      </Answered>
      {sheet === 'refund' ? <RefundSheet party={me.party} onClose={() => open()} /> : null}
    </Page>
  );
}

const PAYMENT: Record<string, Tone> = { pending: 'wait', paid: 'good', failed: 'bad', expired: 'calm', suspended: 'wait' };
const REFUND: Record<string, Tone> = { requested: 'busy', succeeded: 'good', failed: 'bad' };

function TopUps({ party, onRefund }: { party: string; onRefund: () => void }) {
  const me = useMe();
  const topUps = useInfiniteQuery(ask.topUps(party));
  const may = me.actions.includes('wallet.refund');
  return (
    <Card
      title={app.wallet.topUps}
      aside={
        may ? (
          <button type="button" className="button plain" onClick={onRefund}>
            {app.wallet.refund}
          </button>
        ) : null
      }
    >
      <Answered of={topUps}>
        {(pages) => {
          const rows = ask.rowsOf(pages);
          if (rows.length === 0) return <Empty title={app.wallet.none} />;
          return (
            <>
              <ul>
                {rows.map((topUp) => (
                  <li key={topUp.id} className="line-item">
                    <span className="stack tight">
                      <span>
                        <Money of={topUp.price} /> → <Money of={topUp.bought} />
                      </span>
                      <span className="small quiet">
                        <At at={topUp.created_at} /> · {words.channel[topUp.channel]}
                      </span>
                    </span>
                    <Tag tone={PAYMENT[topUp.state] ?? 'calm'}>{words.payment[topUp.state]}</Tag>
                  </li>
                ))}
              </ul>
              {topUps.hasNextPage ? (
                <Button kind="wide" onClick={() => void topUps.fetchNextPage()}>
                  {words.do.more}
                </Button>
              ) : null}
            </>
          );
        }}
      </Answered>
    </Card>
  );
}

function Refunds({ party }: { party: string }) {
  const refunds = useQuery(ask.refunds(party));
  if (!refunds.data?.data.length) return null;
  return (
    <Card title={app.wallet.refunds}>
      <ul>
        {refunds.data.data.map((refund) => (
          <li key={refund.id} className="line-item">
            <span className="stack tight">
              <Money of={refund.refunded} />
              <span className="small quiet">
                <At at={refund.created_at} />
                {refund.state === 'requested' ? ` · ${app.wallet.refundDays}` : ''}
              </span>
              <span className="small quiet">
                {app.wallet.channelNumber} <Id of={refund.payment} brief />
              </span>
            </span>
            <Tag tone={REFUND[refund.state] ?? 'calm'}>{wordFor(words.refund, refund.state)}</Tag>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** From the first instant of this month on. */
function thisMonth(): [string, string] {
  const now = new Date();
  const from = new Date(now.getFullYear(), now.getMonth(), 1);
  return [from.toISOString(), new Date(now.getFullYear(), now.getMonth() + 1, 1).toISOString()];
}

function Invoices({ party }: { party: string }) {
  const [[from, to]] = useState(thisMonth);
  const figures = useQuery(offers.invoiceFigures(party, from, to));
  return (
    <Card title={app.wallet.invoiceTitle}>
      <Answered of={figures}>
        {({ spent, eligible }) => (
          <div className="stack tight">
            <dl className="facts">
              <dt>{app.wallet.invoiceSpent}</dt>
              <dd>
                <Money of={spent} />
              </dd>
              <dt>{app.wallet.invoiceEligible}</dt>
              <dd className="strong">
                <Money of={eligible} />
              </dd>
            </dl>
            <p className="hint">{app.wallet.invoiceWhy}</p>
          </div>
        )}
      </Answered>
    </Card>
  );
}

type Refundable = 'BEAN' | 'CNY';
const REFUNDABLE: { value: Refundable; account: Schemas['WalletAccount'] }[] = [
  { value: 'BEAN', account: 'paid_beans' },
  { value: 'CNY', account: 'money' },
];

function RefundSheet({ party, onClose }: { party: string; onClose: () => void }) {
  const keeper = useQueryClient();
  const wallet = useQuery(ask.wallet(party));
  const [wanted, setWanted] = useState<{ of: Refundable; amount: number; key: string }>({ of: 'BEAN', amount: 0, key: freshKey() });
  const account = REFUNDABLE.find((one) => one.value === wanted.of)?.account;
  const spendable = wallet.data?.accounts.find((one) => one.account === account)?.spendable.amount ?? 0;
  const most = wanted.of === 'BEAN' ? spendable - (spendable % 100) : spendable;
  const amount = wanted.amount || most;
  const refunding = useMutation({
    mutationFn: () => {
      const body: Schemas['RefundTopUpsBody'] = { amount: { amount, currency: wanted.of } };
      return send(api.POST('/v1/wallets/{party}/refunds', { params: { path: { party }, ...once(wanted.key) }, body }));
    },
    onSuccess: () => keeper.invalidateQueries(),
  });
  return (
    <Sheet
      title={app.wallet.refundTitle}
      open
      onClose={onClose}
      footer={
        <Button
          kind="main large wide"
          busy={refunding.isPending}
          disabled={refunding.isSuccess || most === 0}
          onClick={() => refunding.mutate()}
        >
          {refunding.isSuccess ? app.wallet.refundAsked : app.wallet.refundDo}
        </Button>
      }
    >
      <div className="stack">
        <p className="hint">{app.wallet.refundHelp}</p>
        <Chips
          label={app.wallet.refundAmount}
          value={wanted.of}
          columns={2}
          onChange={(of) => setWanted({ of, amount: 0, key: freshKey() })}
          choices={REFUNDABLE.map((one) => ({ value: one.value, label: words.account[one.account] }))}
        />
        {most === 0 ? (
          <p className="notice">{app.wallet.refundNone}</p>
        ) : (
          <MoneyInput
            key={wanted.of}
            label={app.wallet.refundAmount}
            unit={wanted.of === 'CNY' ? words.unit.yuan : words.unit.beans('').trim()}
            currency={wanted.of}
            value={amount}
            places={wanted.of === 'CNY' ? 2 : 0}
            limits={{ min: wanted.of === 'CNY' ? 1 : 100, max: most }}
            onChange={(next) => setWanted({ of: wanted.of, amount: next, key: freshKey() })}
            hint={wanted.of === 'CNY' ? app.form.yuanBidHint : app.form.budgetHint}
          />
        )}
        {refunding.isSuccess ? <p className="notice good">{app.wallet.refundAsked}</p> : null}
        {refunding.error ? <ErrorState error={refunding.error} stake="paying" retry={() => refunding.mutate()} /> : null}
      </div>
    </Sheet>
  );
}
