/** Money: the ledger line by line, where each part came from, and what somebody must look at. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ask as send, type Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, desk, wordFor, words } from '../i18n';
import { count, money, shifted } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, Empty, ErrorState } from '../kit/say';
import { At, Figure, Id, Money, Said } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { MovementSheet } from './movement';
import { suspended } from './queries';
import { PartyName } from './order';
import { Page, useMay } from './shell';
import { useWay } from './way';

type Account = Schemas['WalletAccount'];
type Line = Schemas['StatementLine'];
type Suspended = Schemas['SuspendedMoney'];
const ACCOUNTS: Account[] = ['paid_beans', 'gift_beans', 'coupons', 'money'];

export function MoneyPage() {
  const way = useWay();
  const staff = useMay('ledger.audit');
  const party = way.text('party');
  const movement = way.text('movement');
  const account = ACCOUNTS.find((one) => one === way.text('account')) ?? 'paid_beans';
  return (
    <Page title={desk.money.title}>
      <Explorer party={party} account={account} />
      {party ? (
        <>
          <Lines party={party} account={account} />
          <Lots party={party} account={account} />
        </>
      ) : null}
      {movement ? <MovementSheet id={movement} onClose={() => way.ask({ movement: '' })} /> : null}
      {staff ? <AuditCard /> : null}
      {staff ? <SuspendedTable /> : null}
    </Page>
  );
}

function Explorer({ party, account }: { party: string; account: Account }) {
  const way = useWay();
  const [typed, setTyped] = useState(party);
  const show = (event: FormEvent) => {
    event.preventDefault();
    way.ask({ party: typed.trim(), account });
  };
  return (
    <form className="card stack" onSubmit={show} aria-label={desk.money.explore}>
      <div className="row between wrap">
        <h2 className="card-title">{desk.money.explore}</h2>
        {party ? <PartyName id={party} /> : null}
      </div>
      <p className="hint">{desk.money.exploreWhy}</p>
      <div className="row wrap">
        <label className="field grow" style={{ minWidth: 200 }}>
          <span className="only-read">{desk.money.party}</span>
          <input value={typed} placeholder="pt_…" onChange={(event) => setTyped(event.target.value)} />
        </label>
        <label className="field">
          <span className="only-read">{desk.money.account}</span>
          <select value={account} onChange={(event) => way.ask({ party: typed.trim(), account: event.target.value })}>
            {ACCOUNTS.map((one) => (
              <option key={one} value={one}>
                {words.account[one]}
              </option>
            ))}
          </select>
        </label>
        <Button kind="main" type="submit" disabled={!typed.trim()}>
          {desk.money.go}
        </Button>
      </div>
    </form>
  );
}

const lineColumns: () => Column<Line>[] = () => [
  { key: 'number', title: desk.money.number, right: true, text: (line) => String(line.number), show: (line) => count(line.number) },
  { key: 'at', title: desk.money.at, text: (line) => line.at, show: (line) => <At at={line.at} /> },
  { key: 'cause', title: desk.money.cause, text: (line) => wordFor(words.cause, line.cause), show: (line) => wordFor(words.cause, line.cause) },
  {
    key: 'change',
    title: desk.money.change,
    right: true,
    text: (line) => shifted(line.amount.amount, line.amount.currency === 'POINT' ? 0 : 2),
    show: (line) => (
      <span className={line.amount.amount > 0 ? 'plus' : ''}>
        {line.amount.amount > 0 ? '+' : ''}
        {money(line.amount)}
      </span>
    ),
  },
  {
    key: 'balance',
    title: desk.money.balance,
    right: true,
    text: (line) => shifted(line.balance.amount, line.balance.currency === 'POINT' ? 0 : 2),
    show: (line) => <Money of={line.balance} />,
  },
  { key: 'command', title: desk.money.command, text: (line) => line.command, show: (line) => <Id of={line.command} brief /> },
];

function Lines({ party, account }: { party: string; account: Account }) {
  const way = useWay();
  const drills = useMay('ledger.audit');
  const lines = useInfiniteQuery(ask.statement(party, account));
  const may = useMay('wallet.export_statement');
  const file = (format: string) => `/v1/wallets/${party}/statements/${account}/export?format=${format}`;
  return (
    <QueryTable
      name="statement"
      label={desk.parties.statement}
      of={rowsFrom(lines)}
      columns={lineColumns()}
      keyOf={(line) => String(line.number)}
      {...(drills ? { onOpen: (line: Line) => way.ask({ movement: line.command }) } : {})}
      empty={{ title: app.wallet.none }}
      filters={
        <>
          <h2 className="card-title">{desk.parties.statement}</h2>
          {may ? (
            <>
              <a className="button plain" href={file('csv')} download>
                CSV
              </a>
              <a className="button plain" href={file('xlsx')} download>
                Excel
              </a>
            </>
          ) : null}
        </>
      }
    />
  );
}

function Lots({ party, account }: { party: string; account: Account }) {
  const lots = useQuery(ask.lots(party, account));
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{desk.money.lots}</h2>
      </div>
      <Answered of={lots}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title={app.wallet.none} />
          ) : (
            <div className="table-scroll" tabIndex={0} role="region" aria-label={desk.money.lots}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{desk.money.origin}</th>
                    <th scope="col" className="right">{app.wallet.face}</th>
                    <th scope="col" className="right">{app.wallet.remaining}</th>
                    <th scope="col" className="right">{app.order.held}</th>
                    <th scope="col" className="right">{app.order.used}</th>
                    <th scope="col" className="right">{app.order.returned}</th>
                    <th scope="col">{desk.money.topUp}</th>
                  </tr>
                </thead>
                <tbody>
                  {data.map((lot) => (
                    <tr key={lot.id}>
                      <td>{words.origin[lot.origin]}</td>
                      <td className="right"><Money of={lot.face} /></td>
                      <td className="right"><Money of={lot.remaining} /></td>
                      <td className="right"><Money of={lot.held} /></td>
                      <td className="right"><Money of={lot.used} /></td>
                      <td className="right"><Money of={lot.returned} /></td>
                      <td><Id of={lot.payment ?? lot.parent ?? lot.id} brief /></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Answered>
    </section>
  );
}

/** Is the ledger whole? Asked for by a person, for it reads everything. */
function AuditCard() {
  const audit = useQuery({ queryKey: ['audit'], enabled: false, retry: false, gcTime: 0, queryFn: () => send(api.GET('/v1/audit')) });
  const found = audit.data;
  return (
    <section className="card stack">
      <div className="row between wrap">
        <h2 className="card-title">{desk.money.audit}</h2>
        <Button busy={audit.isFetching} onClick={() => void audit.refetch()}>
          {audit.isFetching ? desk.money.auditRuns : desk.money.auditDo}
        </Button>
      </div>
      <p className="hint">{desk.money.auditWhy}</p>
      {audit.error ? <ErrorState error={audit.error} /> : null}
      {found ? (
        <>
          <p className={`notice ${found.is_clean ? 'good' : 'bad'}`} role="status">
            <span className="strong">{found.is_clean ? desk.money.auditClean : desk.money.auditBroken}</span>{' '}
            {found.broken_invariant ? <Said>{found.broken_invariant}</Said> : null}
          </p>
          <div className="figures">
            <Figure name={desk.money.auditOrders}>{count(found.orders)}</Figure>
            <Figure name={desk.money.auditEntries}>{count(found.entries)}</Figure>
            <Figure name={desk.money.auditCharges}>{count(found.charges)}</Figure>
          </div>
          <p className="small quiet">
            <At at={found.as_of} />
          </p>
        </>
      ) : null}
    </section>
  );
}

const suspendedColumns: () => Column<Suspended>[] = () => [
  { key: 'at', title: desk.money.at, text: (row) => row.at, show: (row) => <At at={row.at} /> },
  { key: 'provider', title: desk.money.provider, text: (row) => row.provider, show: (row) => <Said>{row.provider}</Said> },
  {
    key: 'amount',
    title: desk.money.amount,
    right: true,
    text: (row) => `${shifted(row.amount, 2)} ${row.currency}`,
    show: (row) => <Said>{`${shifted(row.amount, 2)} ${row.currency}`}</Said>,
  },
  { key: 'reason', title: desk.money.reason, text: (row) => wordFor(desk.finance.mismatch, row.reason), show: (row) => wordFor(desk.finance.mismatch, row.reason) },
  { key: 'top_up', title: desk.money.topUp, text: (row) => row.top_up, show: (row) => <Id of={row.top_up} brief /> },
  { key: 'transaction', title: desk.money.transaction, text: (row) => row.transaction, show: (row) => <Said>{row.transaction}</Said> },
];

function SuspendedTable() {
  const rows = useInfiniteQuery(suspended);
  return (
    <QueryTable
      name="suspended"
      label={desk.money.suspended}
      of={rowsFrom(rows)}
      columns={suspendedColumns()}
      keyOf={(row) => `${row.top_up} ${row.transaction}`}
      empty={{ title: desk.money.none, why: desk.money.suspendedWhy }}
      filters={<h2 className="card-title">{desk.money.suspended}</h2>}
    />
  );
}
