/** Lines of the platform's bank statement: entered, matched with what was announced, put aside, sent back. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../../api/client';
import { desk, wordFor, words } from '../../i18n';
import { shifted } from '../../kit/format';
import { Button, TextField } from '../../kit/input';
import { Sheet } from '../../kit/sheet';
import { Money, Said, Tag, type Tone } from '../../kit/show';
import { type Column, QueryTable, rowsFrom } from '../../kit/table';
import { ActSheet } from '../act';
import { useWay } from '../way';
import { cursorOf, next, StateFilter } from './list';

type Line = Schemas['BankLine'];
const say = () => desk.finance;
const LINE_STATES: Schemas['BankLineState'][] = ['open', 'suspended', 'matched', 'returned'];
const LINE_TONES: Record<Schemas['BankLineState'], Tone> = { open: 'wait', suspended: 'bad', matched: 'good', returned: 'calm' };

const lineColumns: () => Column<Line>[] = () => [
  { key: 'payer', title: say().payer, text: (row) => row.payer_name, show: (row) => <Said className="strong">{row.payer_name}</Said> },
  { key: 'amount', title: desk.money.amount, right: true, text: (row) => shifted(row.amount.amount, 2), show: (row) => <Money of={row.amount} /> },
  {
    key: 'state',
    title: desk.orders.state,
    text: (row) => say().line[row.state],
    show: (row) => <Tag tone={LINE_TONES[row.state]}>{say().line[row.state]}</Tag>,
  },
  {
    key: 'suggestion',
    title: say().suggestion,
    text: (row) => row.suggestion?.top_up ?? '',
    show: (row) =>
      row.suggestion ? (
        <Tag tone={row.suggestion.mismatch ? 'wait' : 'good'}>{row.suggestion.mismatch ? wordFor(say().mismatch, row.suggestion.mismatch) : say().fits}</Tag>
      ) : (
        '—'
      ),
  },
  { key: 'remittance', title: say().remittance, text: (row) => row.remittance, show: (row) => <Said>{row.remittance}</Said> },
  { key: 'booked', title: say().booked, text: (row) => row.booked_on, show: (row) => <span className="numbers nowrap">{row.booked_on}</span> },
  { key: 'reference', title: say().reference, text: (row) => row.reference, show: (row) => <Said className="code">{row.reference}</Said> },
];

export function BankLines() {
  const way = useWay();
  const [adding, setAdding] = useState(false);
  const state = LINE_STATES.find((one) => one === way.text('state'));
  const found = useInfiniteQuery({
    queryKey: ['bank lines', state],
    queryFn: ({ pageParam }) => send(api.GET('/v1/bank_lines', { params: { query: { limit: 50, ...(state ? { state } : {}), ...cursorOf(pageParam) } } })),
    ...next,
  });
  const rows = rowsFrom(found);
  const line = rows.rows.find((row) => row.id === way.text('open'));
  return (
    <>
      <QueryTable
        name="bank"
        label={say().bank}
        of={rows}
        columns={lineColumns()}
        keyOf={(row) => row.id}
        onOpen={(row) => way.ask({ open: row.id })}
        narrowed={state ? () => way.ask({ state: '' }) : undefined}
        empty={{ title: say().noLines, why: say().noLinesWhy }}
        filters={
          <>
            <StateFilter value={state} all={LINE_STATES} nameOf={(one) => say().line[one]} />
            <Button kind="main" onClick={() => setAdding(true)}>
              {say().enter}
            </Button>
          </>
        }
      />
      {adding ? <Entering onClose={() => setAdding(false)} /> : null}
      {line ? <LineSheet line={line} onClose={() => way.ask({ open: '' })} /> : null}
    </>
  );
}

/** Lines of the statement as the bank gives them. */
function Entering({ onClose }: { onClose: () => void }) {
  const [csv, setCsv] = useState('');
  const [key] = useState(freshKey);
  const [told, setTold] = useState<Schemas['EnteredBankLines'] | null>(null);
  const run = async () => setTold(await send(api.POST('/v1/bank_lines', { params: once(key + csv.length), body: { csv } })));
  if (told) {
    return (
      <Sheet title={say().enter} open onClose={onClose}>
        <div className="stack" role="status">
          <p>{say().entered(String(told.added.length), String(told.known))}</p>
          <ul>
            {told.refused.map((line) => (
              <li key={line.line} className="notice bad">
                {say().lineNumber(String(line.line))} <Said>{line.reason}</Said>
              </li>
            ))}
          </ul>
          <Button onClick={onClose}>{words.do.close}</Button>
        </div>
      </Sheet>
    );
  }
  return (
    <ActSheet title={say().enter} doing={say().enter} ready={csv.trim() !== ''} run={run} onClose={onClose} stays>
      <p className="hint">{say().enterWhy}</p>
      <label>
        <span className="label">CSV</span>
        <span className="field">
          <textarea rows={8} className="code" value={csv} placeholder="reference,amount,payer_name,remittance,booked_on" data-said onChange={(event) => setCsv(event.target.value)} />
        </span>
      </label>
    </ActSheet>
  );
}

function LineSheet({ line, onClose }: { line: Line; onClose: () => void }) {
  const [doing, setDoing] = useState<'match' | 'suspend' | 'back'>('match');
  const [topUp, setTopUp] = useState(line.suggestion?.top_up ?? '');
  const [note, setNote] = useState('');
  const [key] = useState(freshKey);
  const open = line.state === 'open' || line.state === 'suspended';
  const path = { path: { bank_line: line.id }, ...once(key + doing) };
  const run = () => {
    if (doing === 'match') return send(api.POST('/v1/bank_lines/{bank_line}/match', { params: path, body: { top_up: topUp.trim() } }));
    if (doing === 'suspend') return send(api.POST('/v1/bank_lines/{bank_line}/suspend', { params: path, body: {} }));
    return send(api.POST('/v1/bank_lines/{bank_line}/send_back', { params: path, body: { note } }));
  };
  const facts = (
    <dl className="facts">
      <dt>{say().payer}</dt>
      <dd>
        <Said>{line.payer_name}</Said>
      </dd>
      <dt>{desk.money.amount}</dt>
      <dd>
        <Money of={line.amount} />
      </dd>
      <dt>{say().remittance}</dt>
      <dd>
        <Said>{line.remittance || '—'}</Said>
      </dd>
      <dt>{say().booked}</dt>
      <dd className="numbers">{line.booked_on}</dd>
      {line.reason ? (
        <>
          <dt>{desk.money.reason}</dt>
          <dd>{wordFor(say().mismatch, line.reason)}</dd>
        </>
      ) : null}
      {line.note ? (
        <>
          <dt>{say().note}</dt>
          <dd>
            <Said>{line.note}</Said>
          </dd>
        </>
      ) : null}
    </dl>
  );
  if (!open) {
    return (
      <Sheet title={say().lineOne} open onClose={onClose}>
        {facts}
      </Sheet>
    );
  }
  const choices = (line.state === 'open' ? (['match', 'suspend'] as const) : (['match', 'back'] as const)).map((value) => ({ value, label: say().doing[value] }));
  return (
    <ActSheet
      title={say().lineOne}
      doing={say().doing[doing]}
      ready={doing === 'match' ? topUp.trim() !== '' : doing === 'suspend' || note.trim() !== ''}
      run={run}
      onClose={onClose}
    >
      {facts}
      {line.suggestion ? (
        <p className={`notice ${line.suggestion.mismatch ? 'wait' : 'good'}`}>
          {line.suggestion.mismatch ? wordFor(say().mismatch, line.suggestion.mismatch) : say().fits}
        </p>
      ) : null}
      <div className="row wrap" role="group" aria-label={say().lineOne}>
        {choices.map((choice) => (
          <button key={choice.value} type="button" className="tab" aria-pressed={choice.value === doing} onClick={() => setDoing(choice.value)}>
            {choice.label}
          </button>
        ))}
      </div>
      <p className="hint">{say().doingWhy[doing]}</p>
      {doing === 'match' ? <TextField label={desk.money.topUp} value={topUp} onChange={setTopUp} required /> : null}
      {doing === 'back' ? <TextField label={say().note} value={note} onChange={setNote} required maxLength={500} /> : null}
    </ActSheet>
  );
}
