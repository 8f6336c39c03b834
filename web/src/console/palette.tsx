/** Everything within a few keys: pages, and whatever the platform finds by name or by a pasted id. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Modal } from 'antd';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useState } from 'react';
import { api, ask as send, type Schemas } from '../api/client';
import { desk, wordFor, words } from '../i18n';
import { Sheet } from '../kit/sheet';
import { Said, StatusTag, SubjectTag } from '../kit/show';
import type { PageLink } from './shell';
import { useWay } from './way';

interface Hit {
  key: string;
  group: string;
  to: string;
  name: ReactNode;
  more?: ReactNode;
}

/** Where what was found is shown; nothing where it has no page. */
export function placeOf({ kind, id, title }: Schemas['Found']): string | null {
  switch (kind) {
    case 'boost':
      return `/orders/${id}`;
    case 'party':
      return `/parties/${id}`;
    case 'room':
      return `/rooms/${id}`;
    case 'coupon':
      return `/coupons?open=${id}`;
    case 'guarantee':
      return `/guarantees/${id}`;
    case 'programme':
      return `/incentives/${id}`;
    case 'movement':
      return `/money?movement=${id}`;
    case 'top_up':
      return `/money?party=${title}&account=paid_beans`;
    case 'video':
      return `/orders?video=${id}`;
  }
}

/** What stands beside the name: its state, or what it is. */
function about({ kind, state }: Schemas['Found']): ReactNode {
  if (kind === 'boost') return <StatusTag state={state} />;
  if (kind === 'party') return wordFor(words.role, state);
  if (kind === 'room') return <SubjectTag kind="room" state={state} />;
  if (kind === 'video') return <SubjectTag kind="video" state={state} />;
  if (kind === 'guarantee') return wordFor(desk.guarantee.state, state);
  return desk.search.kind[kind];
}

/** What is asked is what was typed a moment ago. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 120);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function useHits(text: string, pages: PageLink[]): Hit[] {
  const wanted = text.trim();
  const settled = useSettled(wanted);
  const found = useQuery({
    queryKey: ['search', settled],
    enabled: settled !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => send(api.GET('/v1/search', { params: { query: { text: settled } }, signal })),
  });
  return useMemo(() => {
    const fits = (...texts: string[]) => texts.some((one) => one.toLowerCase().includes(wanted.toLowerCase()));
    const hits: Hit[] = pages
      .filter((page) => !wanted || fits(desk.nav[page.name], page.name))
      .map((page) => ({ key: page.to, group: desk.search.pages, to: page.to === '/' ? '' : page.to, name: desk.nav[page.name] }));
    if (!wanted) return hits;
    for (const one of found.data?.data ?? []) {
      const to = placeOf(one);
      if (to === null) continue;
      const name = one.title && one.kind !== 'top_up' ? <Said>{one.title}</Said> : <Said className="code">{one.id}</Said>;
      hits.push({ key: one.id, group: desk.search.kind[one.kind], to, name, more: about(one) });
    }
    return hits;
  }, [wanted, pages, found.data]);
}

export function Palette({ pages, onClose }: { pages: PageLink[]; onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const way = useWay();
  const hits = useHits(text, pages);
  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    way.open(hit.to);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt((now) => Math.min(hits.length - 1, now + 1));
    else if (event.key === 'ArrowUp') setAt((now) => Math.max(0, now - 1));
    else if (event.key === 'Enter') go(hits[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal open onCancel={onClose} footer={null} closable={false} title={<span className="only-read">{desk.search.open}</span>} style={{ top: 72 }} width={560} className="palette">
      <label className="field">
        <span className="only-read">{desk.search.hint}</span>
        <input
          autoFocus
          type="search"
          role="combobox"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={hits[at] ? `${list}-${at}` : undefined}
          value={text}
          placeholder={desk.search.hint}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={press}
        />
      </label>
      {hits.length === 0 ? <p className="quiet" style={{ padding: 12 }}>{desk.search.none}</p> : null}
      <div id={list} role="listbox" aria-label={desk.search.open} className="palette-list">
        {hits.map((hit, nth) => (
          <div
            key={hit.key}
            id={`${list}-${nth}`}
            role="option"
            aria-selected={nth === at}
            className="palette-hit"
            onClick={() => go(hit)}
          >
            <span className="cut">{hit.name}</span>
            <span className="small quiet">{hit.more ?? hit.group}</span>
          </div>
        ))}
      </div>
    </Modal>
  );
}

export function HelpSheet({ pages, onClose }: { pages: PageLink[]; onClose: () => void }) {
  const rows: [string, string][] = [
    ['⌘K  /', desk.keys.palette],
    ['?', desk.keys.help],
    ['j  k', `${desk.keys.next} · ${desk.keys.previous}`],
    ['Enter', desk.keys.open],
    ['a', desk.keys.pass],
    ['r', desk.keys.reject],
    ['e', desk.keys.escalate],
    ['u', desk.keys.undo],
    ...pages.map((page): [string, string] => [`g ${page.key}`, desk.keys.go(desk.nav[page.name])]),
  ];
  return (
    <Sheet title={desk.keys.title} open onClose={onClose}>
      <ul>
        {rows.map(([key, what]) => (
          <li key={key} className="line-item">
            <span>{what}</span>
            <kbd data-said>{key}</kbd>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
