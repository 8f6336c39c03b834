/** Who did what: the log of what people changed, whole or of one thing (AC-03). */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, ask as send, type Schemas } from '../api/client';
import { desk, wordFor } from '../i18n';
import { count } from '../kit/format';
import { Button } from '../kit/input';
import { ErrorState } from '../kit/say';
import { At, Id, Said } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { PartyName } from './order';
import { Page, useMay } from './shell';
import { useWay } from './way';

type Entry = Schemas['AuditEntry'];
const say = () => desk.audit;

/** What was done, in words where there are some for it. */
const deed = (action: string) => wordFor(say().action, action);
const known = (action: string) => action in say().action;

const columns: () => Column<Entry>[] = () => [
  { key: 'number', title: desk.money.number, right: true, text: (row) => String(row.number), show: (row) => count(row.number) },
  { key: 'at', title: desk.money.at, text: (row) => row.at, show: (row) => <At at={row.at} /> },
  { key: 'who', title: say().who, text: (row) => row.party_id, show: (row) => <PartyName id={row.party_id} /> },
  {
    key: 'what',
    title: say().what,
    text: (row) => row.action,
    show: (row) => (known(row.action) ? deed(row.action) : <Said className="code">{row.action}</Said>),
  },
  { key: 'subject', title: say().subject, text: (row) => row.subject, show: (row) => (row.subject ? <Id of={row.subject} brief /> : '—') },
  { key: 'content', title: say().content, text: (row) => row.content, show: (row) => <Said className="code clip">{row.content === '{}' ? '' : row.content}</Said> },
  { key: 'request', title: say().request, text: (row) => row.request_id, show: (row) => <Id of={row.request_id} brief /> },
];

function Log({ subject, party, title }: { subject?: string; party?: string; title?: string }) {
  const way = useWay();
  const found = useInfiniteQuery({
    queryKey: ['audit log', subject ?? '', party ?? ''],
    initialPageParam: '',
    getNextPageParam: (page: Schemas['AuditEntryList']) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam }) =>
      send(
        api.GET('/v1/audit-log', {
          params: { query: { limit: 50, ...(subject ? { subject } : {}), ...(party ? { party } : {}), ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
  });
  return (
    <QueryTable
      name="audit"
      label={title ?? desk.nav.audit}
      of={rowsFrom(found)}
      columns={columns().filter((column) => !title || column.key !== 'subject')}
      keyOf={(row) => String(row.number)}
      narrowed={!title && (subject || party) ? way.clear : undefined}
      empty={{ title: say().none, why: say().noneWhy }}
      filters={
        title ? (
          <h2 className="card-title">{title}</h2>
        ) : (
          <label className="field">
            <span className="only-read">{say().subject}</span>
            <input type="search" placeholder={say().find} value={way.text('subject')} onChange={(event) => way.ask({ subject: event.target.value.trim() })} />
          </label>
        )
      }
    />
  );
}

/** What people did to one thing, for those who may know. */
export function AuditCard({ subject }: { subject: string }) {
  return useMay('audit_log.read') ? <Log subject={subject} title={say().of} /> : null;
}

export function AuditPage() {
  const way = useWay();
  const check = useQuery({ queryKey: ['audit check'], enabled: false, retry: false, gcTime: 0, queryFn: () => send(api.GET('/v1/audit-log/check')) });
  return (
    <Page
      title={desk.nav.audit}
      aside={
        <Button busy={check.isFetching} onClick={() => void check.refetch()}>
          {say().check}
        </Button>
      }
    >
      {check.error ? <ErrorState error={check.error} /> : null}
      {check.data ? (
        <p className={`notice ${check.data.is_whole ? 'good' : 'bad'}`} role="status">
          {check.data.is_whole ? say().whole(count(check.data.entries)) : say().broken(count(check.data.broken_at ?? 0))}
        </p>
      ) : null}
      <Log subject={way.text('subject')} party={way.text('party')} />
    </Page>
  );
}
