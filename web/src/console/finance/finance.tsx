/** Money that goes out, and money that comes by bank: withdrawals to approve, lines of the bank statement to match. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../../api/client';
import { desk, wordFor } from '../../i18n';
import { money, shifted } from '../../kit/format';
import { Button, TextField } from '../../kit/input';
import { Answered, Waiting } from '../../kit/say';
import { Sheet } from '../../kit/sheet';
import { At, Id, Money, Said, Tag, type Tone } from '../../kit/show';
import { type Column, QueryTable, rowsFrom } from '../../kit/table';
import { ActSheet } from '../act';
import { PartyName } from '../order';
import { Page, useMay, useMe } from '../shell';
import { Tabs } from '../tabs';
import { useWay } from '../way';
import { BankLines } from './bank';
import { cursorOf, next, StateFilter } from './list';

type Withdrawal = Schemas['Withdrawal'];
const say = () => desk.finance;
const STATES: Schemas['WithdrawalState'][] = ['requested', 'approved', 'paying', 'paid', 'refused', 'failed'];
const TONES: Record<Schemas['WithdrawalState'], Tone> = { requested: 'wait', approved: 'busy', paying: 'busy', paid: 'good', refused: 'calm', failed: 'bad' };

export function FinancePage() {
  const way = useWay();
  const matches = useMay('wallet.match_bank_transfer');
  const tabs = [{ key: '', name: say().withdrawals }, ...(matches ? [{ key: 'bank', name: say().bank }] : [])];
  const at = tabs.find((tab) => tab.key === way.text('tab'))?.key ?? '';
  return (
    <Page title={desk.nav.finance}>
      <Tabs label={desk.nav.finance} tabs={tabs} at={at} />
      {at === '' ? <Withdrawals /> : <BankLines />}
    </Page>
  );
}

const columns: () => Column<Withdrawal>[] = () => [
  { key: 'party', title: say().whose, text: (row) => row.party, show: (row) => <PartyName id={row.party} /> },
  { key: 'amount', title: desk.money.amount, right: true, text: (row) => shifted(row.amount.amount, 2), show: (row) => <Money of={row.amount} /> },
  {
    key: 'state',
    title: desk.orders.state,
    text: (row) => say().state[row.state],
    show: (row) => <Tag tone={TONES[row.state]}>{say().state[row.state]}</Tag>,
  },
  {
    key: 'approvals',
    title: say().approvals,
    text: (row) => `${row.approvals.length}/${row.approvals_needed}`,
    show: (row) => <span className="numbers">{`${row.approvals.length} / ${row.approvals_needed}`}</span>,
  },
  {
    key: 'account',
    title: say().account,
    text: (row) => `${row.payout_account.bank} ${row.payout_account.number}`,
    show: (row) => <Said>{`${row.payout_account.bank} ${row.payout_account.number}`}</Said>,
  },
  { key: 'promised', title: desk.reviews.due, text: (row) => row.promised_by, show: (row) => <span className="numbers nowrap">{row.promised_by}</span> },
  { key: 'created', title: say().asked, text: (row) => row.created_at, show: (row) => <At at={row.created_at} /> },
  { key: 'id', title: desk.guarantee.service, text: (row) => row.id, show: (row) => <Id of={row.id} brief /> },
];

function Withdrawals() {
  const way = useWay();
  const state = STATES.find((one) => one === way.text('state'));
  const found = useInfiniteQuery({
    queryKey: ['withdrawals', state],
    queryFn: ({ pageParam }) => send(api.GET('/v1/withdrawals', { params: { query: { limit: 50, ...(state ? { state } : {}), ...cursorOf(pageParam) } } })),
    ...next,
  });
  const open = way.text('open');
  const file = (format: string) => `/v1/withdrawals/export?${new URLSearchParams({ format, ...(state ? { state } : {}) })}`;
  return (
    <>
      <QueryTable
        name="withdrawals"
        label={say().withdrawals}
        of={rowsFrom(found)}
        columns={columns()}
        keyOf={(row) => row.id}
        onOpen={(row) => way.ask({ open: row.id })}
        narrowed={state ? () => way.ask({ state: '' }) : undefined}
        empty={{ title: say().none, why: say().noneWhy }}
        filters={
          <>
            <StateFilter value={state} all={STATES} nameOf={(one) => say().state[one]} />
            <a className="button plain" href={file('csv')} download>
              CSV
            </a>
            <a className="button plain" href={file('xlsx')} download>
              Excel
            </a>
          </>
        }
      />
      {open ? <WithdrawalSheet id={open} onClose={() => way.ask({ open: '' })} /> : null}
    </>
  );
}

function WithdrawalSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const me = useMe();
  const decides = useMay('wallet.decide_withdrawal');
  const [doing, setDoing] = useState<'' | 'approve' | 'refuse'>('');
  const [reason, setReason] = useState('');
  const [key] = useState(freshKey);
  const withdrawal = useQuery({
    queryKey: ['withdrawal', id],
    queryFn: () => send(api.GET('/v1/withdrawals/{withdrawal}', { params: { path: { withdrawal: id } } })),
  });
  const path = { path: { withdrawal: id } };
  if (doing === 'approve') {
    return (
      <ActSheet
        title={say().approve}
        doing={say().approve}
        run={() => send(api.POST('/v1/withdrawals/{withdrawal}/approve', { params: { ...path, ...once(`${key}a`) }, body: {} }))}
        onClose={() => setDoing('')}
      >
        <p>{say().approveWhy}</p>
        {withdrawal.data ? <p className="big">{money(withdrawal.data.amount)}</p> : null}
      </ActSheet>
    );
  }
  if (doing === 'refuse') {
    return (
      <ActSheet
        title={say().refuse}
        doing={say().refuse}
        ready={reason.trim() !== ''}
        run={() => send(api.POST('/v1/withdrawals/{withdrawal}/refuse', { params: { ...path, ...once(`${key}r`) }, body: { reason } }))}
        onClose={() => setDoing('')}
      >
        <p>{say().refuseWhy}</p>
        <TextField label={desk.money.reason} value={reason} onChange={setReason} required maxLength={500} />
      </ActSheet>
    );
  }
  return (
    <Sheet title={say().one} open onClose={onClose} size={520}>
      <Answered of={withdrawal} waiting={<Waiting lines={6} />}>
        {(found) => (
          <div className="stack">
            <div className="row between">
              <span className="big">{money(found.amount)}</span>
              <Tag tone={TONES[found.state]}>{say().state[found.state]}</Tag>
            </div>
            <dl className="facts">
              <dt>{say().whose}</dt>
              <dd>
                <PartyName id={found.party} />
              </dd>
              <dt>{say().account}</dt>
              <dd>
                <Said>{`${found.payout_account.holder} · ${found.payout_account.bank} ${found.payout_account.number}`}</Said>
              </dd>
              <dt>{desk.reviews.due}</dt>
              <dd className="numbers">{found.promised_by}</dd>
              <dt>{say().approvals}</dt>
              <dd>
                {`${found.approvals.length} / ${found.approvals_needed}`}{' '}
                {found.approvals.map((one) => (
                  <PartyName key={one.by} id={one.by} />
                ))}
              </dd>
              {found.reason ? (
                <>
                  <dt>{desk.money.reason}</dt>
                  <dd>
                    <Said>{found.reason}</Said>
                  </dd>
                </>
              ) : null}
              {found.transaction ? (
                <>
                  <dt>{desk.money.transaction}</dt>
                  <dd>
                    <Said className="code">{found.transaction}</Said>
                  </dd>
                </>
              ) : null}
            </dl>
            <ol className="timeline">
              {(found.timeline ?? []).map((step) => (
                <li key={`${step.what} ${step.at}`} className={step.what === 'contradicted' || step.what === 'failed' ? 'bad' : ''}>
                  <div className="row between">
                    <span>
                      {wordFor(say().step, step.what)} {step.by ? <PartyName id={step.by} /> : null}
                    </span>
                    <span className="small quiet">
                      <At at={step.at} />
                    </span>
                  </div>
                  {step.note ? <Said className="small">{step.note}</Said> : null}
                </li>
              ))}
            </ol>
            {decides && found.state === 'requested' ? (
              <>
                {found.approvals.some((one) => one.by === me.party) ? <p className="notice wait">{say().another}</p> : null}
                <div className="pair">
                  <Button kind="danger" onClick={() => setDoing('refuse')}>
                    {say().refuse}
                  </Button>
                  <Button kind="main" disabled={found.approvals.some((one) => one.by === me.party)} onClick={() => setDoing('approve')}>
                    {say().approve}
                  </Button>
                </div>
              </>
            ) : null}
          </div>
        )}
      </Answered>
    </Sheet>
  );
}
