/** What there is, by account; each leads to where it came from. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, wordFor, words } from '../i18n';
import { count, money } from '../kit/format';
import { Button, MoneyInput } from '../kit/input';
import { Answered, Empty, ErrorState, Waiting } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { At, Money, Tag, type Tone } from '../kit/show';
import { Card } from './order_cards';
import { Page, useMe } from './shell';

export function WalletPage() {
  const me = useMe();
  const wallet = useQuery(ask.wallet(me.party));
  const [refunding, setRefunding] = useState(false);
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
                <TopUps party={me.party} onRefund={() => setRefunding(true)} />
                <Refunds party={me.party} />
              </div>
            </div>
          </>
        )}
      </Answered>
      {refunding ? <RefundSheet party={me.party} onClose={() => setRefunding(false)} /> : null}
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
              </span>
            </span>
            <Tag tone={REFUND[refund.state] ?? 'calm'}>{wordFor(words.refund, refund.state)}</Tag>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function RefundSheet({ party, onClose }: { party: string; onClose: () => void }) {
  const keeper = useQueryClient();
  const wallet = useQuery(ask.wallet(party));
  const [wanted, setWanted] = useState({ amount: 0, key: freshKey() });
  const paid = wallet.data?.accounts.find((account) => account.account === 'paid_beans')?.spendable.amount ?? 0;
  const most = paid - (paid % 100);
  const refunding = useMutation({
    mutationFn: () => {
      const body: Schemas['RefundTopUpsBody'] = { amount: { amount: wanted.amount || most, currency: 'BEAN' } };
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
        <span className="label">{app.wallet.refundAmount}</span>
        <MoneyInput
          label={app.wallet.refundAmount}
          unit={words.unit.beans('').trim()}
          value={wanted.amount || most}
          limits={{ min: 100, max: Math.max(100, most) }}
          onChange={(amount) => setWanted({ amount, key: freshKey() })}
          hint={app.form.budgetHint}
        />
        {refunding.isSuccess ? <p className="notice good">{app.wallet.refundAsked}</p> : null}
        {refunding.error ? <ErrorState error={refunding.error} stake="paying" retry={() => refunding.mutate()} /> : null}
      </div>
    </Sheet>
  );
}
