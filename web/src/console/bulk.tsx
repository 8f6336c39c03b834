/** The same thing done to many rows: seen before it is done, with what became of each. */
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { desk, words } from '../i18n';
import { count } from '../kit/format';
import { Button } from '../kit/input';
import { ErrorState, titleOf } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { Tag } from '../kit/show';
import { type Choosing } from '../kit/table';
import { isProofWanted, useProof } from './act';

const say = () => desk.work;

/** Rows that were chosen on a page, for its table. */
export function useChosen(): Choosing {
  const [chosen, set] = useState<string[]>([]);
  return { chosen, set, one: say().choose, all: say().chooseAll };
}

export interface Bulk<Row> {
  name: string;
  sure: (number: string) => string;
  /** Whether it makes sense for this row. */
  fits: (row: Row) => boolean;
  show: (row: Row) => ReactNode;
  keyOf: (row: Row) => string;
  /** Does it; answers what became of it where there is more to say than that it was done. */
  run: (row: Row) => Promise<string | undefined>;
}

/** How many are chosen, and what can be done with them. */
export function BulkBar<Row>({ rows, choosing, bulk }: { rows: Row[]; choosing: Choosing; bulk: Bulk<Row> }) {
  const [open, setOpen] = useState(false);
  const chosen = rows.filter((row) => choosing.chosen.includes(bulk.keyOf(row)));
  if (chosen.length === 0) return null;
  return (
    <span className="row wrap">
      <span className="small strong" role="status">
        {say().chosen(count(chosen.length))}
      </span>
      <Button onClick={() => setOpen(true)}>{bulk.name}</Button>
      {open ? <BulkSheet rows={chosen} bulk={bulk} onClose={() => setOpen(false)} onDone={() => choosing.set([])} /> : null}
    </span>
  );
}

/** The same for rows that need no choosing. */
export function BulkButton<Row>({ rows, bulk }: { rows: Row[]; bulk: Bulk<Row> }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        {bulk.name} ({count(rows.length)})
      </Button>
      {open ? <BulkSheet rows={rows} bulk={bulk} onClose={() => setOpen(false)} onDone={() => undefined} /> : null}
    </>
  );
}

type Result = { row: string; okay: boolean; said: string };

function BulkSheet<Row>({ rows, bulk, onClose, onDone }: { rows: Row[]; bulk: Bulk<Row>; onClose: () => void; onDone: () => void }) {
  const keeper = useQueryClient();
  const fitting = useRef(rows.filter(bulk.fits)).current;
  const left = rows.length - fitting.length;
  const [results, setResults] = useState<Result[]>([]);
  const [state, setState] = useState<'before' | 'running' | 'after'>('before');
  const proof = useProof();
  const over = state === 'after';
  const start = async () => {
    setState('running');
    const done: Result[] = [];
    for (const row of fitting) {
      const key = bulk.keyOf(row);
      try {
        done.push({ row: key, okay: true, said: (await bulk.run(row)) ?? say().okay });
      } catch (error) {
        if (done.length === 0 && isProofWanted(error)) {
          proof.want();
          setState('before');
          return;
        }
        done.push({ row: key, okay: false, said: titleOf(error) });
      }
      setResults([...done]);
    }
    setState('after');
    await keeper.invalidateQueries();
  };
  const close = () => {
    if (over) onDone();
    onClose();
  };
  return (
    <Sheet title={bulk.name} open onClose={close} size={560}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void proof.given().then((fine) => (fine ? start() : undefined));
        }}
      >
        <p>{bulk.sure(count(fitting.length))}</p>
        {left > 0 ? <p className="hint">{say().skipped(count(left))}</p> : null}
        <h3>{state === 'before' ? say().preview : say().results}</h3>
        {state === 'before' ? null : <p role="status">{say().done(count(results.length), count(fitting.length))}</p>}
        <ul className="scroll" tabIndex={0} aria-label={state === 'before' ? say().preview : say().results}>
          {fitting.map((row) => {
            const result = results.find((one) => one.row === bulk.keyOf(row));
            return (
              <li key={bulk.keyOf(row)} className="line-item">
                <span className="grow cut">{bulk.show(row)}</span>
                {result ? <Tag tone={result.okay ? 'good' : 'bad'}>{result.said}</Tag> : null}
              </li>
            );
          })}
        </ul>
        {proof.field}
        {proof.error ? <ErrorState error={proof.error} stake="changing" /> : null}
        <div className="pair">
          <Button onClick={close}>{over ? words.do.close : words.do.cancel}</Button>
          {over ? null : (
            <Button kind="main" type="submit" busy={state === 'running'} disabled={fitting.length === 0 || proof.missing}>
              {say().start}
            </Button>
          )}
        </div>
      </form>
    </Sheet>
  );
}
