/** A list of rows: what is shown is chosen and remembered, more comes by cursor, rows are walked through by keys. */
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { words } from '../i18n';
import { count } from './format';
import { Button } from './input';
import { useKeys } from './keys';
import { Empty, ErrorState, Waiting } from './say';

export interface Column<Row> {
  key: string;
  title: string;
  show: (row: Row) => ReactNode;
  /** For the exported file. */
  text: (row: Row) => string;
  right?: boolean;
}

/** Rows that were chosen, by key; and what the boxes are called. */
export interface Choosing {
  chosen: string[];
  set: (chosen: string[]) => void;
  one: string;
  all: string;
}

export interface Rows<Row> {
  rows: Row[];
  error: unknown;
  pending: boolean;
  more: boolean;
  busy: boolean;
  fetchMore: () => void;
  retry: () => void;
}

/** What an infinite query has, as a table takes it. */
export function rowsFrom<Row>(query: {
  data: { pages: { data: Row[] }[] } | undefined;
  error: unknown;
  isPending: boolean;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
}): Rows<Row> {
  return {
    rows: query.data?.pages.flatMap((page) => page.data) ?? [],
    error: query.data ? null : query.error,
    pending: query.isPending,
    more: query.hasNextPage,
    busy: query.isFetchingNextPage,
    fetchMore: () => void query.fetchNextPage(),
    retry: () => void query.refetch(),
  };
}

function useHidden(name: string): [string[], (hidden: string[]) => void] {
  const place = `tuiliu.columns.${name}`;
  const [hidden, setHidden] = useState<string[]>(() => (localStorage.getItem(place) ?? '').split(' ').filter(Boolean));
  const keep = (next: string[]) => {
    localStorage.setItem(place, next.join(' '));
    setHidden(next);
  };
  return [hidden, keep];
}

const quoted = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
/** A cell that a spreadsheet would take for a formula is told to be text. */
const cell = (text: string) => quoted(/^[=+\-@\t]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text);

function save<Row>(name: string, columns: Column<Row>[], rows: Row[]): void {
  const lines = [columns.map((column) => cell(column.title)), ...rows.map((row) => columns.map((column) => cell(column.text(row))))];
  const file = new Blob(['\uFEFF', lines.map((line) => line.join(',')).join('\r\n')], { type: 'text/csv' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `${name}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

export function QueryTable<Row>({
  name,
  label,
  of,
  columns,
  keyOf,
  onOpen,
  filters,
  empty,
  narrowed,
  choosing,
}: {
  /** Under which the choice of columns is kept. */
  name: string;
  label: string;
  of: Rows<Row>;
  columns: Column<Row>[];
  keyOf: (row: Row) => string;
  onOpen?: (row: Row) => void;
  filters?: ReactNode;
  empty: { title: string; why?: string };
  /** What shows everything again, when something is filtered out. */
  narrowed?: (() => void) | undefined;
  choosing?: Choosing | undefined;
}) {
  const [hidden, hide] = useHidden(name);
  const [at, setAt] = useState(-1);
  const body = useRef<HTMLTableSectionElement>(null);
  const shown = useMemo(() => columns.filter((column) => !hidden.includes(column.key)), [columns, hidden]);
  const { rows } = of;
  useKeys(
    {
      j: () => setAt((now) => Math.min(rows.length - 1, now + 1)),
      k: () => setAt((now) => Math.max(0, now - 1)),
      Enter: () => {
        const row = rows[at];
        if (row && onOpen) onOpen(row);
      },
    },
    onOpen !== undefined,
  );
  useEffect(() => {
    body.current?.querySelector('[data-at]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  const toggle = (key: string) => hide(hidden.includes(key) ? hidden.filter((one) => one !== key) : [...hidden, key]);
  return (
    <div className="card">
      <div className="row wrap between table-tools">
        <div className="row wrap grow">{filters}</div>
        <div className="row" style={{ gap: 4 }}>
          <details className="columns-choice">
            <summary className="button plain">{words.list.columns}</summary>
            <div className="card">
              {columns.map((column) => (
                <label key={column.key} className="check">
                  <input type="checkbox" checked={!hidden.includes(column.key)} onChange={() => toggle(column.key)} />
                  {column.title}
                </label>
              ))}
            </div>
          </details>
          <Button kind="plain" disabled={rows.length === 0} onClick={() => save(name, shown, rows)}>
            {words.list.export}
          </Button>
        </div>
      </div>
      {of.error ? (
        <ErrorState error={of.error} retry={of.retry} />
      ) : of.pending ? (
        <Waiting lines={6} height={36} />
      ) : rows.length === 0 ? (
        narrowed ? (
          <Empty title={words.list.filtered}>
            <Button onClick={narrowed}>{words.list.clear}</Button>
          </Empty>
        ) : (
          <Empty {...empty} />
        )
      ) : (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
          <table>
            <thead>
              <tr>
                {choosing ? (
                  <th scope="col">
                    <Choice
                      label={choosing.all}
                      on={choosing.chosen.length > 0 && rows.every((row) => choosing.chosen.includes(keyOf(row)))}
                      set={(on) => choosing.set(on ? rows.map(keyOf) : [])}
                    />
                  </th>
                ) : null}
                {shown.map((column) => (
                  <th key={column.key} scope="col" className={column.right ? 'right' : ''}>
                    {column.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody ref={body}>
              {rows.map((row, nth) => (
                <tr key={keyOf(row)} data-at={nth === at ? '' : undefined} className={onOpen ? 'opens' : ''} onClick={() => onOpen?.(row)}>
                  {choosing ? (
                    <td onClick={(event) => event.stopPropagation()}>
                      <Choice
                        label={choosing.one}
                        on={choosing.chosen.includes(keyOf(row))}
                        set={(on) => choosing.set(on ? [...choosing.chosen, keyOf(row)] : choosing.chosen.filter((key) => key !== keyOf(row)))}
                      />
                    </td>
                  ) : null}
                  {shown.map((column) => (
                    <td key={column.key} className={column.right ? 'right numbers' : ''}>
                      {column.show(row)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div className="row between wrap" style={{ marginTop: 8 }}>
        <span className="small quiet">{rows.length > 0 ? words.list.from(count(rows.length)) : ''}</span>
        {of.more ? (
          <Button busy={of.busy} onClick={of.fetchMore}>
            {words.do.more}
          </Button>
        ) : null}
      </div>
    </div>
  );
}

function Choice({ label, on, set }: { label: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <label className="choice">
      <span className="only-read">{label}</span>
      <input type="checkbox" checked={on} onChange={(event) => set(event.target.checked)} />
    </label>
  );
}
