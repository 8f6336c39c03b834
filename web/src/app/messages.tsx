/** What the platform told this account; each message leads to what it is about. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import * as offers from '../api/offers';
import { rowsOf } from '../api/queries';
import { app, wordFor, words } from '../i18n';
import { count, moment } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, Empty, ErrorState, Waiting } from '../kit/say';
import { Said, TimeAgo } from '../kit/show';
import { Page, useMe } from './shell';

type Message = Schemas['Message'];
/** What messages say, as far as this page knows it. */
interface Data {
  title?: string;
  reason?: string;
  state?: string;
  answer?: string;
  promised_at?: string;
  points?: number;
  kind?: string;
  evidence?: string;
  subject?: string;
  subject_id?: string;
  coupons?: { coupon: string }[];
}

export function Messages() {
  const me = useMe();
  const keeper = useQueryClient();
  const messages = useInfiniteQuery({ ...offers.messages, refetchInterval: 30_000 });
  const unread = useQuery(offers.unread);
  const newest = rowsOf(messages.data)[0];
  const reading = useMutation({
    mutationFn: (last: string) => send(api.POST('/v1/messages/read', { params: once(freshKey()), body: { last } })),
    onSuccess: () => keeper.invalidateQueries({ queryKey: ['messages'] }),
  });
  const marks = me.actions.includes('message.mark') && newest && (unread.data?.unread ?? 0) > 0;
  return (
    <Page
      title={app.message.title}
      aside={
        marks ? (
          <Button kind="plain" busy={reading.isPending} onClick={() => reading.mutate(newest.id)}>
            {app.message.readAll}
          </Button>
        ) : null
      }
    >
      {reading.error ? <ErrorState error={reading.error} stake="changing" /> : null}
      <Answered of={messages} waiting={<Waiting lines={4} height={72} />}>
        {(pages) => {
          const rows = rowsOf(pages);
          if (rows.length === 0) {
            return (
              <div className="card">
                <Empty title={app.message.none} why={app.message.noneWhy} />
              </div>
            );
          }
          return (
            <section className="card" aria-label={app.message.title}>
              <ul>
                {rows.map((message) => (
                  <li key={message.id}>
                    <Row message={message} />
                  </li>
                ))}
              </ul>
              {messages.hasNextPage ? (
                <Button kind="wide" busy={messages.isFetchingNextPage} onClick={() => void messages.fetchNextPage()}>
                  {words.do.more}
                </Button>
              ) : null}
            </section>
          );
        }}
      </Answered>
    </Page>
  );
}

/** What is said beyond the topic. */
function Particulars({ message }: { message: Message }) {
  const data = message.data as Data;
  const said: ReactNode[] = [];
  if (data.title) said.push(<Said key="title">{data.title}</Said>);
  if (message.topic === 'application_decided') said.push(wordFor(app.incentive.applicationState, data.state));
  if (message.topic === 'appeal_decided') said.push(wordFor(words.appealState, data.state));
  if (data.promised_at) said.push(app.message.promised(moment(data.promised_at)));
  if (data.points) said.push(app.message.points(count(data.points)));
  if (message.topic.startsWith('measure')) said.push(wordFor(app.incentive.measureKind, data.kind), wordFor(app.incentive.reason, data.reason));
  const written = data.answer ?? data.evidence ?? (message.topic === 'application_decided' ? data.reason : '');
  return (
    <span className="small quiet stack tight" style={{ gap: 0 }}>
      <span>
        {said.filter(Boolean).map((part, nth) => (
          <span key={nth}>
            {nth > 0 ? ' · ' : ''}
            {part}
          </span>
        ))}
      </span>
      {written ? <Said>{written}</Said> : null}
    </span>
  );
}

function Row({ message }: { message: Message }) {
  const me = useMe();
  const keeper = useQueryClient();
  const reading = useMutation({
    mutationFn: () =>
      send(api.POST('/v1/messages/{message}/read', { params: { path: { message: message.id }, ...once(freshKey()) }, body: {} })),
    onSuccess: () => keeper.invalidateQueries({ queryKey: ['messages'] }),
  });
  const data = message.data as Data;
  const unread = !message.read_at;
  const open = () => {
    if (unread && me.actions.includes('message.mark')) reading.mutate();
  };
  const inside = (
    <>
      <span className={`dot ${unread ? 'on' : ''}`} aria-hidden="true" />
      <span className="grow stack tight" style={{ gap: 2 }}>
        <span className={unread ? 'strong' : ''}>
          {wordFor(app.message.topic, message.topic)}
          {unread ? <span className="only-read"> {app.message.unread('1')}</span> : null}
        </span>
        <Particulars message={message} />
      </span>
      <span className="small quiet">
        <TimeAgo at={message.created_at} />
      </span>
    </>
  );
  const coupon = data.coupons?.[0]?.coupon;
  if (message.topic === 'appeal_decided' && data.subject === 'rejected_order' && data.subject_id) {
    return (
      <Link to="/orders/$id" params={{ id: data.subject_id }} className="line-item" onClick={open}>
        {inside}
      </Link>
    );
  }
  if (message.topic === 'reward_issued' && coupon) {
    return (
      <Link to="/coupons/$id" params={{ id: coupon }} className="line-item" onClick={open}>
        {inside}
      </Link>
    );
  }
  return (
    <Link to="/incentives" className="line-item" onClick={open}>
      {inside}
    </Link>
  );
}
