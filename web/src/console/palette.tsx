/** Everything within a few keys: pages, orders, parties, rooms, or a pasted id. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Modal } from 'antd';
import { type KeyboardEvent, type ReactNode, useId, useMemo, useState } from 'react';
import * as ask from '../api/queries';
import { subjectOf } from '../api/subject';
import { desk, words } from '../i18n';
import { Sheet } from '../kit/sheet';
import { Said, StatusTag } from '../kit/show';
import { parties } from './queries';
import type { PageLink } from './shell';
import { useWay } from './way';

interface Hit {
  key: string;
  group: string;
  to: string;
  name: ReactNode;
  more?: ReactNode;
}

/** Where an id leads. */
export function placeOf(id: string): string | null {
  const kind = /^([a-z]+)_[0-9a-z]{26}$/.exec(id.trim())?.[1];
  const places: Record<string, string> = { po: '/orders/', pt: '/parties/', room: '/rooms/' };
  const place = kind ? places[kind] : undefined;
  if (kind === 'lot') return `/coupons?open=${id.trim()}`;
  return place ? place + id.trim() : null;
}

function useHits(text: string, pages: PageLink[]): Hit[] {
  const wanted = text.trim().toLowerCase();
  const orders = useInfiniteQuery(ask.boosts({}, 100));
  const known = useInfiniteQuery(parties);
  const rooms = useQuery(ask.rooms());
  return useMemo(() => {
    const place = placeOf(wanted);
    const hits: Hit[] = place ? [{ key: 'jump', group: '', to: place, name: desk.search.jump(wanted) }] : [];
    const fits = (...texts: (string | null | undefined)[]) => texts.some((one) => one?.toLowerCase().includes(wanted));
    for (const page of pages) {
      const name = desk.nav[page.name];
      if (!wanted || fits(name, page.name)) {
        hits.push({ key: page.to, group: desk.search.pages, to: page.to === '/' ? '' : page.to, name });
      }
    }
    if (!wanted) return hits;
    for (const order of ask.rowsOf(orders.data).filter((one) => fits(one.id, subjectOf(one).title)).slice(0, 6)) {
      const name = <Said>{subjectOf(order).title}</Said>;
      hits.push({ key: order.id, group: desk.search.orders, to: `/orders/${order.id}`, name, more: <StatusTag state={order.state} /> });
    }
    for (const party of ask.rowsOf(known.data).filter((one) => fits(one.id, one.display_name, one.external_ref)).slice(0, 6)) {
      const name = <Said>{party.display_name}</Said>;
      hits.push({ key: party.id, group: desk.search.parties, to: `/parties/${party.id}`, name, more: words.role[party.kind] });
    }
    for (const room of (rooms.data?.data ?? []).filter((one) => fits(one.id, one.content.title, one.external_id)).slice(0, 6)) {
      hits.push({ key: room.id, group: desk.search.rooms, to: `/rooms/${room.id}`, name: <Said>{room.content.title}</Said> });
    }
    return hits;
  }, [wanted, pages, orders.data, known.data, rooms.data]);
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
