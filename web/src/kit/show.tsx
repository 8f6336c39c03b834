/** Small things that are shown everywhere: amounts, states, faces, times, ids. */
import { type ReactNode, useEffect, useState } from 'react';
import type { Amount, Cost } from '../api/client';
import { wordFor, words } from '../i18n';
import { ago, cost, count, exact, moment, money, short } from './format';

export type Tone = 'calm' | 'good' | 'wait' | 'busy' | 'bad';

export const STATE_TONES: Record<string, Tone> = {
  pending_payment: 'wait',
  closed: 'calm',
  canceled: 'calm',
  in_review: 'wait',
  rejected: 'bad',
  reserved: 'busy',
  reservation_expired: 'calm',
  reservation_invalid: 'bad',
  running: 'good',
  paused: 'wait',
  settling: 'busy',
  completed: 'calm',
  room_ended: 'calm',
  stopped: 'calm',
};

export function Money({ of }: { of: Amount }) {
  return <span className="numbers nowrap">{money(of)}</span>;
}

export function Spent({ of }: { of: Cost }) {
  return <span className="numbers nowrap">{cost(of)}</span>;
}

/** A count, shortened when it is long; the whole number when pointed at or tapped. */
export function Count({ of }: { of: number }) {
  const [whole, setWhole] = useState(false);
  const brief = short(of);
  if (brief === count(of)) return <span className="numbers">{brief}</span>;
  return (
    <button type="button" className="count" title={count(of)} onClick={() => setWhole(!whole)}>
      {whole ? count(of) : brief}
    </button>
  );
}

export function Tag({ tone = 'calm', children }: { tone?: Tone | 'live'; children: ReactNode }) {
  return <span className={`tag ${tone}`}>{children}</span>;
}

export function StatusTag({ state }: { state: string }) {
  return <Tag tone={STATE_TONES[state] ?? 'calm'}>{wordFor(words.state, state)}</Tag>;
}

/** The state of what is promoted. */
export function SubjectTag({ kind, state }: { kind: 'room' | 'video'; state: string }) {
  if (kind === 'room') return <RoomTag state={state} />;
  return <Tag tone={state === 'published' ? 'good' : 'calm'}>{wordFor(words.videoState, state)}</Tag>;
}

export function RoomTag({ state }: { state: string }) {
  if (state === 'live') return <Tag tone="live">{words.live}</Tag>;
  const tone = state === 'interrupted' ? 'wait' : 'calm';
  return <Tag tone={tone}>{wordFor(words.roomState, state)}</Tag>;
}

/** What somebody else wrote: a title, a name, a note. It is not ours to translate. */
export function Said({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <bdi data-said className={className}>
      {children}
    </bdi>
  );
}

const FACES = ['', 'b', 'c', 'd'];

/** A picture for what has none: the first letter of its name on a colour that follows from it. */
export function Face({ name, round }: { name: string; round?: boolean }) {
  const letter = [...name.trim()].find((character) => /[\p{L}\p{N}]/u.test(character)) ?? '·';
  const sum = [...name].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  return (
    <span className={`face ${FACES[sum % FACES.length]} ${round ? 'round' : ''}`} aria-hidden="true" data-said>
      {letter.toUpperCase()}
    </span>
  );
}

/** The time, anew every so often. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function TimeAgo({ at }: { at: string }) {
  const now = useNow(15_000);
  return (
    <time dateTime={at} title={exact(at)} className="nowrap">
      {ago(at, now)}
    </time>
  );
}

export function At({ at }: { at: string | null | undefined }) {
  if (!at) return <span>—</span>;
  return (
    <time dateTime={at} title={exact(at)} className="nowrap numbers">
      {moment(at)}
    </time>
  );
}

/** An id that is copied when it is pressed. */
export function Id({ of, brief = false }: { of: string; brief?: boolean }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard?.writeText(of).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    });
  };
  const shown = brief ? `${of.split('_')[0]}_…${of.slice(-6)}` : of;
  return (
    <button type="button" className="copy" onClick={copy} title={words.do.copy} data-said>
      {copied ? words.do.copied : shown}
    </button>
  );
}

export function Meter({ done, whole, label }: { done: number; whole: number; label: string }) {
  const part = whole > 0 ? Math.min(1, Math.max(0, done / whole)) : 0;
  return (
    <div className="meter" role="img" aria-label={label}>
      <i style={{ width: `${(part * 100).toFixed(1)}%` }} />
    </div>
  );
}

export function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <div className="figure-name">{name}</div>
      <div className="medium">{children}</div>
    </div>
  );
}
