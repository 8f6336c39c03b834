/** Applications for programmes: the queue, what there is to know of an applicant, and the answer (IN-03). */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../../api/client';
import { desk } from '../../i18n';
import { money, moment, span } from '../../kit/format';
import { Chips } from '../../kit/input';
import { Answered, Waiting } from '../../kit/say';
import { Sheet } from '../../kit/sheet';
import { At, Id, Said, Tag } from '../../kit/show';
import { type Column, QueryTable, rowsFrom } from '../../kit/table';
import { ActSheet } from '../act';
import { PartyName } from '../order';
import { useMay } from '../shell';
import { Go, useWay } from '../way';
import { Figures, FragmentOfFacts } from './figures';
import { LinksOf } from './links';
import { cursorOf, next } from './page';
import { APPLICATION_TONES } from './tones';

type Application = Schemas['IncentiveApplication'];
const say = () => desk.incentive;

const applicationColumns: () => Column<Application>[] = () => [
  { key: 'party', title: say().who, text: (row) => row.party_id, show: (row) => <PartyName id={row.party_id} /> },
  {
    key: 'state',
    title: desk.orders.state,
    text: (row) => say().applicationState[row.state],
    show: (row) => <Tag tone={APPLICATION_TONES[row.state]}>{say().applicationState[row.state]}</Tag>,
  },
  { key: 'goods', title: say().goods, text: (row) => row.goods, show: (row) => <Said>{row.goods}</Said> },
  {
    key: 'first',
    title: say().firstBroadcast,
    text: (row) => row.broadcasts[0]?.starts_at ?? '',
    show: (row) => <At at={row.broadcasts[0]?.starts_at} />,
  },
  { key: 'promised', title: desk.reviews.due, text: (row) => row.promised_at, show: (row) => <At at={row.promised_at} /> },
  { key: 'created', title: say().appliedAt, text: (row) => row.created_at, show: (row) => <At at={row.created_at} /> },
  { key: 'id', title: say().application, text: (row) => row.id, show: (row) => <Id of={row.id} brief /> },
];

export function Applications() {
  const way = useWay();
  const all = way.text('all') === '1';
  const found = useInfiniteQuery({
    queryKey: ['applications', all],
    queryFn: ({ pageParam }) =>
      send(api.GET('/v1/incentive-applications', { params: { query: { limit: 50, ...(all ? {} : { waiting: true }), ...cursorOf(pageParam) } } })),
    ...next,
  });
  const open = way.text('open');
  return (
    <>
      <QueryTable
        name="applications"
        label={say().applications}
        of={rowsFrom(found)}
        columns={applicationColumns()}
        keyOf={(row) => row.id}
        onOpen={(row) => way.ask({ open: row.id })}
        empty={{ title: say().noApplications, why: say().noApplicationsWhy }}
        filters={
          <label className="check">
            <input type="checkbox" checked={all} onChange={(event) => way.ask({ all: event.target.checked ? '1' : '' })} />
            {desk.appeals.all}
          </label>
        }
      />
      {open ? <ApplicationSheet id={open} onClose={() => way.ask({ open: '' })} /> : null}
    </>
  );
}

function ApplicationSheet({ id, onClose }: { id: string; onClose: () => void }) {
  const judges = useMay('incentive.review_application');
  const application = useQuery({
    queryKey: ['application', id],
    queryFn: () => send(api.GET('/v1/incentive-applications/{application}', { params: { path: { application: id } } })),
  });
  const found = application.data;
  if (found && found.state === 'submitted' && judges) return <Answering found={found} onClose={onClose} />;
  return (
    <Sheet title={say().application} open onClose={onClose} size={560}>
      <Answered of={application} waiting={<Waiting lines={6} />}>
        {(seen) => <Evidence of={seen} />}
      </Answered>
    </Sheet>
  );
}

function Answering({ found, onClose }: { found: Application; onClose: () => void }) {
  const [verdict, setVerdict] = useState('');
  const [reason, setReason] = useState('');
  const [key] = useState(freshKey);
  const run = () =>
    send(
      api.POST('/v1/incentive-applications/{application}/verdict', {
        params: { path: { application: found.id }, ...once(key + verdict) },
        body: { approve: verdict === 'yes', reason },
      }),
    );
  return (
    <ActSheet title={say().application} doing={say().answer} ready={verdict === 'yes' || (verdict === 'no' && reason.trim() !== '')} run={run} onClose={onClose} size={560}>
      <Evidence of={found} />
      <Chips
        label={say().answer}
        value={verdict}
        columns={2}
        onChange={setVerdict}
        choices={[
          { value: 'yes', label: say().approve },
          { value: 'no', label: say().reject },
        ]}
      />
      <label>
        <span className="label">{say().answerText}</span>
        <span className="field">
          <textarea rows={3} value={reason} onChange={(event) => setReason(event.target.value)} />
        </span>
      </label>
    </ActSheet>
  );
}

/** What an applicant says, what is known of the account, and which accounts belong to it. */
function Evidence({ of }: { of: Application }) {
  const linkage = useMay('incentive.read_linkage');
  const standing = useQuery({
    queryKey: ['standing', of.party_id],
    queryFn: () => send(api.GET('/v1/account-standings/{party}', { params: { path: { party: of.party_id } } })),
  });
  return (
    <div className="stack">
      <dl className="facts">
        <dt>{say().who}</dt>
        <dd>
          <PartyName id={of.party_id} />
        </dd>
        <dt>{say().programme}</dt>
        <dd>
          <Go to={`/incentives/${of.programme_id}`}>{say().edition(String(of.edition))}</Go>
        </dd>
        <dt>{say().goods}</dt>
        <dd>
          <Said>{of.goods}</Said>
        </dd>
        {of.broadcasts.map((planned) => (
          <FragmentOfFacts key={planned.starts_at} name={say().plannedBroadcast} value={`${moment(planned.starts_at)} · ${span(planned.length_ms)}`} />
        ))}
        {of.target_gmv_fen ? <FragmentOfFacts name={say().target} value={money({ amount: of.target_gmv_fen, currency: 'CNY' })} /> : null}
        {of.contact_note ? <FragmentOfFacts name={say().contact} value={of.contact_note} said /> : null}
        <dt>{desk.reviews.due}</dt>
        <dd>
          <At at={of.promised_at} />
        </dd>
        {of.decided_at ? (
          <>
            <dt>{say().answer}</dt>
            <dd>
              {say().applicationState[of.state]} · <At at={of.decided_at} /> {of.reviewer_id ? <PartyName id={of.reviewer_id} /> : null}
              {of.reason ? (
                <div>
                  <Said>{of.reason}</Said>
                </div>
              ) : null}
            </dd>
          </>
        ) : null}
      </dl>
      <h2 className="card-title">{say().known}</h2>
      <Answered of={standing}>{(found) => <Figures of={found.figures} />}</Answered>
      {linkage ? (
        <>
          <h2 className="card-title">{say().links}</h2>
          <LinksOf party={of.party_id} />
        </>
      ) : null}
    </div>
  );
}
