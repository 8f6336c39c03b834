/** Money that leaves by bank and transfers that come by it: asked for at a desk, followed anywhere (QB-16). */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import * as offers from '../api/offers';
import * as ask from '../api/queries';
import { app, wordFor, words } from '../i18n';
import { count, money } from '../kit/format';
import { Button, Chips, MoneyInput, TextField } from '../kit/input';
import { Answered, Empty } from '../kit/say';
import { useWide } from '../kit/sheet';
import { At, Id, Money, Said, Tag, type Tone } from '../kit/show';
import { ProvedForm } from './proved_form';
import { Card } from './order_cards';
import { Page, useMe } from './shell';

const WITHDRAWAL: Record<string, Tone> = { requested: 'wait', approved: 'busy', paying: 'busy', paid: 'good', refused: 'bad', failed: 'bad' };
const TRANSFER: Record<string, Tone> = { pending: 'wait', paid: 'good', failed: 'bad', expired: 'calm', suspended: 'wait' };
const TRANSFER_MOST = 10_000_000_000;

export function CashPage() {
  const me = useMe();
  const wide = useWide();
  const wallet = useQuery(ask.wallet(me.party));
  const accounts = useQuery(offers.payoutAccounts(me.party));
  const spendable = wallet.data?.accounts.find((account) => account.account === 'money')?.spendable;
  const may = wide && me.actions.includes('wallet.withdraw');
  return (
    <Page title={app.cash.title} back="/wallet">
      {wide ? null : <p className="notice">{app.cash.onDesk}</p>}
      <div className="columns two">
        <div className="stack">
          <Card title={app.cash.withdraw} aside={spendable ? <span className="small quiet">{app.cash.available} {money(spendable)}</span> : null}>
            {may && spendable && accounts.data ? (
              <Withdraw party={me.party} most={spendable.amount} accounts={accounts.data.data} />
            ) : (
              <p className="hint">{app.cash.withdrawHelp}</p>
            )}
          </Card>
          <Withdrawals party={me.party} />
        </div>
        <div className="stack">
          <Accounts party={me.party} may={may} />
          <Transfers party={me.party} may={wide && me.actions.includes('wallet.top_up')} />
        </div>
      </div>
    </Page>
  );
}

function Withdraw({ party, most, accounts }: { party: string; most: number; accounts: Schemas['PayoutAccount'][] }) {
  const [wish, setWish] = useState({ amount: 0, account: accounts[0]?.id ?? '', key: freshKey() });
  const account = accounts.some((one) => one.id === wish.account) ? wish.account : (accounts[0]?.id ?? '');
  const amount = wish.amount || most;
  const set = (part: Partial<typeof wish>) => setWish({ ...wish, ...part, key: freshKey() });
  const run = () =>
    send(
      api.POST('/v1/wallets/{party}/withdrawals', {
        params: { path: { party }, ...once(wish.key) },
        body: { amount: { amount, currency: 'CNY' }, payout_account: account, desk: 'express' },
      }),
    );
  if (accounts.length === 0) return <Empty title={app.cash.accountsNone} why={app.cash.accountsWhy} />;
  return (
    <ProvedForm doing={app.cash.withdrawDo} ready={most > 0} run={run} onDone={() => set({ amount: 0 })}>
      <p className="hint">{app.cash.withdrawHelp}</p>
      <span className="label">{app.cash.amount}</span>
      <MoneyInput
        label={app.cash.amount}
        unit={words.unit.yuan}
        currency="CNY"
        value={amount}
        places={2}
        limits={{ min: 1, max: Math.max(1, most) }}
        onChange={(next) => set({ amount: next })}
        hint={app.form.yuanBidHint}
      />
      <span className="label">{app.cash.to}</span>
      <Chips
        label={app.cash.to}
        value={account}
        columns={1}
        onChange={(next) => set({ account: next })}
        choices={accounts.map((one) => ({
          value: one.id,
          label: (
            <>
              <Said>{one.bank}</Said> {app.cash.ending(one.number)}
            </>
          ),
        }))}
      />
    </ProvedForm>
  );
}

function Withdrawals({ party }: { party: string }) {
  const withdrawals = useInfiniteQuery({ ...offers.withdrawals(party), refetchInterval: 15_000 });
  return (
    <Card title={app.cash.withdrawals}>
      <Answered of={withdrawals}>
        {(pages) => {
          const rows = ask.rowsOf(pages);
          if (rows.length === 0) return <Empty title={app.cash.withdrawalsNone} />;
          return (
            <>
              <ul>
                {rows.map((one) => (
                  <li key={one.id} className="line-item">
                    <span className="stack tight">
                      <Money of={one.amount} />
                      <span className="small quiet">
                        <At at={one.created_at} /> · <Said>{one.payout_account.bank}</Said> {app.cash.ending(one.payout_account.number)}
                      </span>
                      <span className="small quiet">
                        {one.state === 'requested' ? `${app.cash.approvals(count(one.approvals.length), count(one.approvals_needed))} · ` : ''}
                        {['requested', 'approved', 'paying'].includes(one.state) ? app.cash.promised(one.promised_by) : ''}
                        {one.transaction ? (
                          <>
                            {app.cash.transaction} <Id of={one.transaction} />
                          </>
                        ) : null}
                      </span>
                      {one.reason ? <Said className="small">{one.reason}</Said> : null}
                    </span>
                    <Tag tone={WITHDRAWAL[one.state] ?? 'calm'}>{wordFor(app.cash.state, one.state)}</Tag>
                  </li>
                ))}
              </ul>
              {withdrawals.hasNextPage ? (
                <Button kind="wide" busy={withdrawals.isFetchingNextPage} onClick={() => void withdrawals.fetchNextPage()}>
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

function Accounts({ party, may }: { party: string; may: boolean }) {
  const accounts = useQuery(offers.payoutAccounts(party));
  const [wish, setWish] = useState({ holder: '', bank: '', number: '', key: freshKey() });
  const set = (part: Partial<typeof wish>) => setWish({ ...wish, ...part, key: freshKey() });
  const add = () => {
    const { holder, bank, number, key } = wish;
    return send(api.POST('/v1/wallets/{party}/payout_accounts', { params: { path: { party }, ...once(key) }, body: { holder, bank, number } }));
  };
  return (
    <Card title={app.cash.accounts}>
      <Answered of={accounts}>
        {({ data }) => (
          <ul>
            {data.length === 0 ? <li className="hint">{app.cash.accountsNone}</li> : null}
            {data.map((one) => (
              <li key={one.id} className="line-item">
                <span className="stack tight" style={{ gap: 0 }}>
                  <Said className="strong">{one.holder}</Said>
                  <span className="small quiet">
                    <Said>{one.bank}</Said> {app.cash.ending(one.number)}
                  </span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </Answered>
      {may ? (
        <details>
          <summary className="label">{app.cash.addAccount}</summary>
          <ProvedForm
            doing={app.cash.add}
            ready={Boolean(wish.holder.trim() && wish.bank.trim() && /\d{8}/.test(wish.number.replaceAll(' ', '')))}
            run={add}
            onDone={() => set({ holder: '', bank: '', number: '' })}
          >
            <TextField label={app.cash.holder} value={wish.holder} maxLength={80} onChange={(holder) => set({ holder })} />
            <TextField label={app.cash.bank} value={wish.bank} maxLength={80} onChange={(bank) => set({ bank })} />
            <TextField label={app.cash.number} inputMode="numeric" value={wish.number} maxLength={48} onChange={(number) => set({ number })} />
          </ProvedForm>
        </details>
      ) : null}
    </Card>
  );
}

function Transfers({ party, may }: { party: string; may: boolean }) {
  const transfers = useInfiniteQuery({ ...offers.bankTransfers(party), refetchInterval: 30_000 });
  const [wish, setWish] = useState({ amount: 100_000, payer: '', key: freshKey() });
  const set = (part: Partial<typeof wish>) => setWish({ ...wish, ...part, key: freshKey() });
  const announce = () =>
    send(
      api.POST('/v1/wallets/{party}/bank_transfers', {
        params: { path: { party }, ...once(wish.key) },
        body: { amount: { amount: wish.amount, currency: 'CNY' }, payer_name: wish.payer, desk: 'express' },
      }),
    );
  return (
    <Card title={app.cash.transfers}>
      <div className="stack">
        <p className="hint">{app.cash.transfersHelp}</p>
        {may ? (
          <ProvedForm doing={app.cash.announce} ready={wish.payer.trim() !== ''} run={announce} onDone={() => set({ payer: '' })}>
            <TextField label={app.cash.payer} value={wish.payer} maxLength={120} onChange={(payer) => set({ payer })} />
            <span className="label">{app.cash.transferAmount}</span>
            <MoneyInput
              label={app.cash.transferAmount}
              unit={words.unit.yuan}
              currency="CNY"
              value={wish.amount}
              places={2}
              limits={{ min: 1, max: TRANSFER_MOST }}
              onChange={(amount) => set({ amount })}
              hint={app.form.yuanBidHint}
            />
          </ProvedForm>
        ) : null}
        <Answered of={transfers}>
          {(pages) => {
            const rows = ask.rowsOf(pages);
            if (rows.length === 0) return <Empty title={app.cash.transfersNone} />;
            return (
              <ul>
                {rows.map((one) => (
                  <li key={one.top_up.id} className="line-item">
                    <span className="stack tight">
                      <Money of={one.top_up.price} />
                      <Said className="small">{one.payer_name}</Said>
                      <span className="small quiet">
                        {app.cash.code} <Id of={one.remittance_code} />
                      </span>
                    </span>
                    <Tag tone={TRANSFER[one.top_up.state] ?? 'calm'}>{words.payment[one.top_up.state]}</Tag>
                  </li>
                ))}
              </ul>
            );
          }}
        </Answered>
      </div>
    </Card>
  );
}
