/** Judging by keyboard: judge, take back within five seconds, the next is there already. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, freshKey, once, type Schemas } from '../../api/client';
import { subjectOf } from '../../api/subject';
import { app, desk, wordFor, words } from '../../i18n';
import { count, span } from '../../kit/format';
import { Button, Chips } from '../../kit/input';
import { useKeys } from '../../kit/keys';
import { At, Face, Id, Money, Said, SubjectTag, Tag, useNow } from '../../kit/show';
import { PartyName } from '../order';
import { useMay, useMe } from '../shell';
import { Go } from '../way';

type Word = Schemas['VerdictWord'];
type ReasonCode = 'misleading' | 'unfit' | 'infringing' | 'reviewer';

const REASONS: ReasonCode[] = ['misleading', 'unfit', 'infringing', 'reviewer'];
const UNDO_MS = 5000;
const SOON_MS = 10 * 60_000;
/** How long something is looked at before it is taken. */
const REST_MS = 800;

/** Something to be judged: an order that waits, or a verdict that is judged once more. */
export interface Judged {
  boost: Schemas['Boost'];
  content_version: number;
  room?: Schemas['Room'] | null;
  video?: Schemas['Video'] | null;
  task: Schemas['ReviewTask'];
  stage?: string;
  reviews?: Schemas['Review'][];
}

export interface Verdict {
  word: Word;
  reasons: Schemas['ReasonBody'][];
  /** Under which it is carried out once. */
  key: string;
}

interface Given<Row> extends Verdict {
  row: Row;
}

export interface Verdicts<Row> {
  given: Given<Row> | null;
  /** Tasks that were judged in this sitting. */
  sent: string[];
  error: unknown;
  give: (row: Row, word: Word, reasons: Schemas['ReasonBody'][]) => void;
  undo: () => void;
}

/** A verdict waits for five seconds, in which it can be taken back; then it is sent. */
export function useVerdicts<Row extends Judged>(name: string, tell: (row: Row, verdict: Verdict) => Promise<unknown>): Verdicts<Row> {
  const keeper = useQueryClient();
  const [given, setGiven] = useState<Given<Row> | null>(null);
  const [sent, setSent] = useState<string[]>([]);
  const [error, setError] = useState<unknown>(null);
  const waiting = useRef<{ given: Given<Row>; timer: ReturnType<typeof setTimeout> } | null>(null);
  const flush = useRef(async () => {
    const one = waiting.current;
    if (!one) return;
    clearTimeout(one.timer);
    waiting.current = null;
    setGiven(null);
    try {
      await tell(one.given.row, one.given);
    } catch (fault) {
      setError(fault);
      setSent((before) => before.filter((id) => id !== one.given.row.task.id));
    }
    await keeper.invalidateQueries({ queryKey: [name] });
  });
  useEffect(() => {
    const send = flush.current;
    return () => void send();
  }, []);
  const give = (row: Row, word: Word, reasons: Schemas['ReasonBody'][]) => {
    void flush.current();
    const next = { row, word, reasons, key: freshKey() };
    waiting.current = { given: next, timer: setTimeout(() => void flush.current(), UNDO_MS) };
    setError(null);
    setGiven(next);
    setSent((before) => [...before, row.task.id]);
  };
  const undo = () => {
    const one = waiting.current;
    if (!one) return;
    clearTimeout(one.timer);
    waiting.current = null;
    setGiven(null);
    setSent((before) => before.filter((id) => id !== one.given.row.task.id));
  };
  return { given, sent, error, give, undo };
}

/** Takes what is looked at, so that nobody else does the same work, and gives it back when it is left unjudged. */
function useClaim(pending: Judged | undefined, wanted: boolean): void {
  const keeper = useQueryClient();
  const id = pending?.boost.id;
  const free = pending?.task.claim === null || pending?.task.claim === undefined;
  useEffect(() => {
    if (!id || !wanted || !free) return;
    // Whoever walks through the queue takes nothing in passing.
    const timer = setTimeout(() => {
      const claim = api.POST('/v1/reviews/{boost}/claim', { params: { path: { boost: id }, ...once(freshKey()) }, body: {} });
      void claim.then(() => keeper.invalidateQueries({ queryKey: ['reviews'] }));
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [keeper, id, wanted, free]);
}

/** What waits on the left, what is looked at on the right; `claims` takes it while it is looked at. */
export function Bench<Row extends Judged>({ label, rows, verdicts, claims }: { label: string; rows: Row[]; verdicts: Verdicts<Row>; claims: boolean }) {
  const [chosen, setChosen] = useState('');
  const [rejecting, setRejecting] = useState(false);
  const me = useMe();
  const judges = useMay('review.judge');
  const at = Math.max(0, rows.findIndex((pending) => pending.task.id === chosen));
  const current = rows[at];
  useClaim(current, claims && judges);
  const holder = current?.task.claim?.reviewer_id;
  const others = holder !== undefined && holder !== me.party;
  const may = judges && !others;
  const go = (to: number) => {
    setChosen(rows[Math.min(rows.length - 1, Math.max(0, to))]?.task.id ?? '');
    setRejecting(false);
  };
  const judge = (word: Word, reasons: Schemas['ReasonBody'][] = []) => {
    if (!current || !may) return;
    setRejecting(false);
    setChosen(rows[at + 1]?.task.id ?? '');
    verdicts.give(current, word, reasons);
  };
  useKeys({
    j: () => go(at + 1),
    k: () => go(at - 1),
    a: () => judge('pass'),
    r: () => may && setRejecting(true),
    e: () => judge('escalate'),
    Escape: () => setRejecting(false),
  });
  if (!current) return null;
  return (
    <div className="bench">
      <ol className="card bench-list" aria-label={label}>
        {rows.map((pending, nth) => (
          <li key={pending.task.id}>
            <button type="button" className="line-item" aria-current={nth === at} onClick={() => go(nth)}>
              <span className="grow stack tight">
                <Said className="cut">{subjectOf(pending).title}</Said>
                <span className="small quiet">
                  <Waited since={pending.task.opened_at} />
                </span>
              </span>
              <Clock due={pending.task.due_at} />
              {pending.task.priority === 'urgent' ? <Tag tone="wait">{desk.reviews.urgent}</Tag> : null}
            </button>
          </li>
        ))}
      </ol>
      <div className="stack">
        <Content of={current} nth={at} all={rows.length} />
        {others && holder ? (
          <p className="notice wait">
            {desk.reviews.taken} <PartyName id={holder} />
          </p>
        ) : null}
        {may ? (
          <section className="card stack" aria-label={desk.keys.title}>
            {rejecting ? (
              <RejectForm onCancel={() => setRejecting(false)} onReject={(reason) => judge('reject', [reason])} />
            ) : (
              <div className="row wrap">
                <Button kind="main" aria-keyshortcuts="a" onClick={() => judge('pass')}>
                  {desk.reviews.passDo} <kbd aria-hidden="true">a</kbd>
                </Button>
                <Button kind="danger" aria-keyshortcuts="r" onClick={() => setRejecting(true)}>
                  {desk.reviews.rejectDo} <kbd aria-hidden="true">r</kbd>
                </Button>
                <Button aria-keyshortcuts="e" onClick={() => judge('escalate')}>
                  {desk.reviews.escalateDo} <kbd aria-hidden="true">e</kbd>
                </Button>
              </div>
            )}
          </section>
        ) : null}
        {current.reviews ? <History reviews={current.reviews} /> : null}
      </div>
    </div>
  );
}

/** How long there is until a verdict was promised, or how much too late it is (RV-02). */
export function Clock({ due }: { due: string }) {
  const now = useNow(15_000);
  const left = new Date(due).getTime() - now;
  if (left < 0) return <Tag tone="bad">{desk.work.overdueBy(span(-left))}</Tag>;
  return <Tag tone={left < SOON_MS ? 'wait' : 'calm'}>{desk.work.dueIn(span(left))}</Tag>;
}

function Waited({ since }: { since: string }) {
  const now = useNow(15_000);
  return <>{desk.reviews.waiting(span(now - new Date(since).getTime()))}</>;
}

function Content({ of: pending, nth, all }: { of: Judged; nth: number; all: number }) {
  const { boost } = pending;
  const subject = subjectOf(pending);
  return (
    <section className="card stack" aria-label={desk.reviews.content}>
      <div className="card-head" style={{ margin: 0 }}>
        <h2 className="card-title">{desk.reviews.content}</h2>
        <span className="small quiet">{desk.reviews.of(count(nth + 1), count(all))}</span>
      </div>
      <div className="room-card">
        <Face name={subject.title} />
        <div className="grow stack tight">
          <Said className="medium">{subject.title}</Said>
          <span className="row wrap small" style={{ gap: 6 }}>
            <SubjectTag kind={subject.kind} state={subject.state} />
            {pending.stage ? <Tag tone="wait">{wordFor(words.stage, pending.stage)}</Tag> : null}
            <Clock due={pending.task.due_at} />
          </span>
        </div>
      </div>
      <dl className="facts">
        <dt>{desk.reviews.due}</dt>
        <dd>
          <At at={pending.task.due_at} /> {pending.task.four_eyes ? <Tag tone="busy">{desk.reviews.fourEyes}</Tag> : null}
        </dd>
        <dt>{desk.reviews.category}</dt>
        <dd>{wordFor(words.category, subject.category)}</dd>
        <dt>{desk.reviews.visibility}</dt>
        <dd>{desk.reviews[subject.visibility]}</dd>
        <dt>{desk.reviews.cart}</dt>
        <dd>{subject.sells ? desk.reviews.hasCart : desk.reviews.noCart}</dd>
        <dt>{desk.reviews.version}</dt>
        <dd>{count(pending.content_version)}</dd>
        <dt>{desk.rooms.creator}</dt>
        <dd>
          <PartyName id={subject.creator} />
        </dd>
        <dt>{app.order.goal}</dt>
        <dd>
          {wordFor(words.goal, boost.goal)} · <Money of={boost.budget} />
        </dd>
        <dt>{desk.orders.id}</dt>
        <dd>
          <Go to={`/orders/${boost.id}`}>{words.do.detail}</Go> <Id of={boost.id} brief />
        </dd>
      </dl>
    </section>
  );
}

function RejectForm({ onReject, onCancel }: { onReject: (reason: Schemas['ReasonBody']) => void; onCancel: () => void }) {
  const [code, setCode] = useState<ReasonCode>('misleading');
  const [text, setText] = useState('');
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onReject({ code, text: text.trim() || desk.reviews.notes[code] });
      }}
    >
      <span className="label">{desk.reviews.why}</span>
      <Chips label={desk.reviews.why} value={code} onChange={setCode} columns={2} choices={REASONS.map((value) => ({ value, label: words.reason[value] }))} />
      <div className="row wrap" role="group" aria-label={desk.work.canned}>
        {desk.reviews.canned[code].map((ready) => (
          <button key={ready} type="button" className="canned" onClick={() => setText(ready)}>
            {ready}
          </button>
        ))}
      </div>
      <label>
        <span className="label">{desk.reviews.note}</span>
        <span className="field">
          <textarea rows={3} maxLength={500} autoFocus value={text} placeholder={desk.reviews.notes[code]} onChange={(event) => setText(event.target.value)} />
        </span>
      </label>
      <div className="pair">
        <Button onClick={onCancel}>{words.do.cancel}</Button>
        <Button kind="main" type="submit">
          {desk.reviews.rejectDo}
        </Button>
      </div>
    </form>
  );
}

function History({ reviews }: { reviews: Schemas['Review'][] }) {
  return (
    <section className="card" aria-label={desk.reviews.history}>
      <div className="card-head">
        <h2 className="card-title">{desk.reviews.history}</h2>
      </div>
      {reviews.length === 0 ? (
        <p className="quiet small">{desk.reviews.noHistory}</p>
      ) : (
        <ol className="timeline">
          {reviews.map((review) => (
            <li key={review.id} className={review.verdict === 'pass' ? 'good' : review.verdict === 'reject' ? 'bad' : 'wait'}>
              <div className="row between">
                <span>
                  {wordFor(words.verdict, review.verdict)} · {review.reviewer_id ? <PartyName id={review.reviewer_id} /> : desk.reviews.machine}
                </span>
                <span className="small quiet">
                  <At at={review.at} />
                </span>
              </div>
              {review.reasons.map((reason) => (
                <p key={reason.code + reason.text} className="small">
                  {wordFor(words.reason, reason.code)}: <Said>{reason.text}</Said>
                </p>
              ))}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
