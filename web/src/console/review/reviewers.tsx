/** How the desk and each reviewer did in the last 30 days. */
import { useQuery } from '@tanstack/react-query';
import { api, ask as send, type Schemas } from '../../api/client';
import { desk } from '../../i18n';
import { count, share } from '../../kit/format';
import { Answered, Waiting } from '../../kit/say';
import { Tag } from '../../kit/show';
import { type Column, QueryTable } from '../../kit/table';
import { PartyName } from '../order';

type Report = Schemas['ReviewerReport'];
const say = () => desk.work;

const agreement = (row: Report) => (row.sampled > 0 ? share(Math.round((row.agreed * 1000) / row.sampled)) : '—');

const columns: () => Column<Report>[] = () => [
  { key: 'reviewer', title: say().reviewer, text: (row) => row.reviewer_id, show: (row) => <PartyName id={row.reviewer_id} /> },
  { key: 'passed', title: say().passed, right: true, text: (row) => String(row.passed), show: (row) => count(row.passed) },
  { key: 'rejected', title: say().rejected, right: true, text: (row) => String(row.rejected), show: (row) => count(row.rejected) },
  { key: 'escalated', title: say().escalated, right: true, text: (row) => String(row.escalated), show: (row) => count(row.escalated) },
  { key: 'sampled', title: say().sampled, right: true, text: (row) => String(row.sampled), show: (row) => count(row.sampled) },
  { key: 'agreed', title: say().agreed, right: true, text: (row) => String(row.agreed), show: (row) => count(row.agreed) },
  { key: 'agreement', title: say().agreement, right: true, text: agreement, show: agreement },
];

export function Reviewers() {
  const report = useQuery({ queryKey: ['desk report'], queryFn: () => send(api.GET('/v1/reviews/report')) });
  return (
    <Answered of={report} waiting={<Waiting lines={4} height={60} />}>
      {(found) => (
        <>
          <div className="stats">
            <Load name={say().load.judgements} of={found.judgements} />
            <Load name={say().load.samples} of={found.samples} />
            <Load name={say().load.checks} of={found.checks} />
          </div>
          <p className="hint">{say().reviewersWhy}</p>
          <QueryTable
            name="reviewers"
            label={say().reviewers}
            of={{ rows: found.reviewers, error: null, pending: false, more: false, busy: false, fetchMore: () => undefined, retry: () => void report.refetch() }}
            columns={columns()}
            keyOf={(row) => row.reviewer_id}
            empty={{ title: say().noReviewers }}
            filters={<h2 className="card-title">{say().reviewers}</h2>}
          />
        </>
      )}
    </Answered>
  );
}

function Load({ name, of }: { name: string; of: Schemas['DeskLoad'] }) {
  return (
    <div className="card stat">
      <span className="quiet">{name}</span>
      <span className="big">{count(of.open)}</span>
      {of.overdue > 0 ? <Tag tone="bad">{say().late(count(of.overdue))}</Tag> : null}
    </div>
  );
}
