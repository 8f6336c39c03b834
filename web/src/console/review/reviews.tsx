/** The review desk: the queue, verdicts that are judged once more, and how reviewers do. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../../api/client';
import { subjectOf } from '../../api/subject';
import { desk, words } from '../../i18n';
import { count } from '../../kit/format';
import { Button } from '../../kit/input';
import { useKeys } from '../../kit/keys';
import { Answered, Empty, ErrorState, Waiting } from '../../kit/say';
import { Said, Tag } from '../../kit/show';
import { type Bulk, BulkButton } from '../bulk';
import { reviews } from '../queries';
import { Page, useMay, useMe } from '../shell';
import { Tabs } from '../tabs';
import { useWay } from '../way';
import { Bench, type Judged, useVerdicts, type Verdicts } from './bench';
import { Reviewers } from './reviewers';

type Pending = Schemas['PendingReview'];
type Sample = Schemas['ReviewSample'];

export function Reviews() {
  const way = useWay();
  const judges = useMay('review.judge');
  const tabs = [
    { key: '', name: desk.work.queue },
    ...(judges ? [{ key: 'samples', name: desk.work.samples }] : []),
    { key: 'reviewers', name: desk.work.reviewers },
  ];
  const at = tabs.find((tab) => tab.key === way.text('tab'))?.key ?? '';
  return (
    <Page title={desk.reviews.title} aside={<DeskLoad />}>
      <Tabs label={desk.reviews.title} tabs={tabs} at={at} />
      {at === '' ? <Queue /> : null}
      {at === 'samples' ? <Samples /> : null}
      {at === 'reviewers' ? <Reviewers /> : null}
    </Page>
  );
}

/** What waits, and what waits too long. */
function DeskLoad() {
  const report = useQuery({
    queryKey: ['desk report'],
    refetchInterval: 15_000,
    queryFn: () => send(api.GET('/v1/reviews/report')),
  });
  if (!report.data) return null;
  const { open, overdue } = report.data.judgements;
  return (
    <>
      <Tag>{desk.reviews.open(count(open))}</Tag>
      {overdue > 0 ? <Tag tone="bad">{desk.reviews.late(count(overdue))}</Tag> : null}
    </>
  );
}

/** The verdict that can still be taken back, and what went wrong with the one before. */
function Told<Row extends Judged>({ verdicts }: { verdicts: Verdicts<Row> }) {
  // Here and not at the bench: what was judged last leaves none behind.
  useKeys({ u: verdicts.undo });
  return (
    <>
      {verdicts.given ? (
        <div className="notice busy row between" role="status">
          <span>{desk.reviews.given(words.verdict[verdicts.given.word])}</span>
          <Button kind="plain" onClick={verdicts.undo}>
            {words.do.undo}
          </Button>
        </div>
      ) : null}
      {verdicts.error ? <ErrorState error={verdicts.error} stake="changing" /> : null}
    </>
  );
}

/** Gives back what was taken, for others. */
const release: () => Bulk<Pending> = () => ({
  name: desk.work.release,
  sure: desk.work.releaseSure,
  fits: () => true,
  show: (pending) => <Said>{subjectOf(pending).title}</Said>,
  keyOf: (pending) => pending.task.id,
  run: async (pending) => {
    await send(api.POST('/v1/reviews/{boost}/release', { params: { path: { boost: pending.boost.id }, ...once(freshKey()) }, body: {} }));
    return undefined;
  },
});

function Queue() {
  const me = useMe();
  const queue = useInfiniteQuery({ ...reviews, refetchInterval: 10_000 });
  const verdicts = useVerdicts<Pending>('reviews', (pending, { word, reasons, key }) =>
    send(
      api.POST('/v1/reviews/{boost}/verdict', {
        params: { path: { boost: pending.boost.id }, ...once(key) },
        body: { verdict: word, content_version: pending.content_version, reasons },
      }),
    ),
  );
  const rows = useMemo(() => queue.data?.pages.flatMap((page) => page.data) ?? [], [queue.data]);
  const left = rows.filter((pending) => !verdicts.sent.includes(pending.task.id));
  const mine = left.filter((pending) => pending.task.claim?.reviewer_id === me.party);
  const done = verdicts.sent.length;
  return (
    <>
      <Told verdicts={verdicts} />
      {done > 0 || mine.length > 0 ? (
        <div className="row wrap">
          {done > 0 ? <Tag tone="good">{desk.reviews.sent(count(done))}</Tag> : null}
          {mine.length > 0 ? <BulkButton rows={mine} bulk={release()} /> : null}
        </div>
      ) : null}
      <Answered of={queue} waiting={<Waiting lines={5} height={60} />}>
        {() =>
          left.length === 0 ? (
            <Empty title={desk.reviews.none} why={desk.reviews.noneWhy} />
          ) : (
            <Bench label={desk.reviews.title} rows={left} verdicts={verdicts} claims />
          )
        }
      </Answered>
    </>
  );
}

/** Verdicts drawn to be judged once more, by somebody else (RV-02). */
function Samples() {
  const samples = useInfiniteQuery({
    queryKey: ['samples'],
    refetchInterval: 15_000,
    initialPageParam: '',
    getNextPageParam: (page: Schemas['ReviewSampleList']) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam }) => send(api.GET('/v1/review-samples', { params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } } })),
  });
  const verdicts = useVerdicts<Sample>('samples', (sample, { word, reasons, key }) =>
    send(
      api.POST('/v1/review-samples/{task}/verdict', {
        params: { path: { task: sample.task.id }, ...once(key) },
        body: { verdict: word, reasons },
      }),
    ),
  );
  const rows = useMemo(() => samples.data?.pages.flatMap((page) => page.data) ?? [], [samples.data]);
  const left = rows.filter((sample) => !verdicts.sent.includes(sample.task.id));
  return (
    <>
      <Told verdicts={verdicts} />
      <p className="hint">{desk.work.samplesWhy}</p>
      <Answered of={samples} waiting={<Waiting lines={5} height={60} />}>
        {() =>
          left.length === 0 ? (
            <Empty title={desk.work.noSamples} why={desk.work.noSamplesWhy} />
          ) : (
            <Bench label={desk.work.samples} rows={left} verdicts={verdicts} claims={false} />
          )
        }
      </Answered>
    </>
  );
}
