/** The event debugger: what is reported just now, and what was refused. */
import { useQuery } from '@tanstack/react-query';
import { type Schemas } from '../api/client';
import { desk } from '../i18n';
import { TextField } from '../kit/input';
import { At, Said, Tag, type Tone } from '../kit/show';
import { type Column, QueryTable } from '../kit/table';
import { seenEvents } from './queries';
import { RefusedEvents } from './refused';
import { Page } from './shell';
import { useWay } from './way';

type Seen = Schemas['SeenEvent'];
const say = () => desk.developer.event;
const TONES: Record<string, Tone> = { taken: 'good', judged: 'busy', refused: 'bad' };

const fateOf = (event: Seen) => (say().fates as Record<string, string>)[event.fate] ?? event.fate;

const seenColumns: () => Column<Seen>[] = () => [
  { key: 'seen', title: say().seen, text: (event) => event.seen_at, show: (event) => <At at={event.seen_at} /> },
  { key: 'fate', title: say().fate, text: fateOf, show: (event) => <Tag tone={TONES[event.fate] ?? 'calm'}>{fateOf(event)}</Tag> },
  { key: 'type', title: say().type, text: (event) => event.type ?? '', show: (event) => <Said className="code">{event.type ?? '—'}</Said> },
  {
    key: 'why',
    title: say().reason,
    text: (event) => `${event.code ?? ''} ${event.detail ?? ''}`.trim(),
    show: (event) => <Said className="code">{event.code ? `${event.code}: ${event.detail ?? ''}` : '—'}</Said>,
  },
  { key: 'entity', title: say().entity, text: (event) => event.entity ?? '', show: (event) => <Said className="code">{event.entity ?? '—'}</Said> },
  {
    key: 'promoted',
    title: say().promoted,
    text: (event) => (event.promoted ? say().promoted : say().natural),
    show: (event) => (event.promoted ? say().promoted : say().natural),
  },
  { key: 'code', title: say().code, text: (event) => event.test_event_code ?? '', show: (event) => <Said>{event.test_event_code ?? '—'}</Said> },
  { key: 'occurred', title: say().occurred, text: (event) => event.occurred_at ?? '', show: (event) => <At at={event.occurred_at} /> },
  { key: 'id', title: say().id, text: (event) => event.event_id ?? '', show: (event) => <Said className="code">{event.event_id ?? '—'}</Said> },
];

export function EventsPage() {
  const way = useWay();
  const code = way.text('code');
  const seen = useQuery(seenEvents(code));
  const rows = {
    rows: seen.data?.data ?? [],
    error: seen.data ? null : seen.error,
    pending: seen.isPending,
    more: false,
    busy: false,
    fetchMore: () => undefined,
    retry: () => void seen.refetch(),
  };
  return (
    <Page title={desk.nav.events}>
      <p className="small quiet">{say().liveWhy}</p>
      <QueryTable
        name="seen-events"
        label={say().live}
        of={rows}
        columns={seenColumns()}
        keyOf={(event) => `${event.seen_at} ${event.event_id ?? ''} ${event.fate} ${rows.rows.indexOf(event)}`}
        narrowed={code ? way.clear : undefined}
        empty={{ title: say().none, why: say().noneWhy }}
        filters={
          <>
            <h2 className="card-title">{say().live}</h2>
            <TextField label={say().code} value={code} onChange={(value) => way.ask({ code: value })} maxLength={64} />
          </>
        }
      />
      <RefusedEvents />
    </Page>
  );
}
