/** Measures against abuse: each with a reason, evidence, who took it, and an appeal (IN-12). */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../../api/client';
import { desk } from '../../i18n';
import { count } from '../../kit/format';
import { Button, Chips, TextField } from '../../kit/input';
import { At, Id, Said, Tag } from '../../kit/show';
import { type Column, QueryTable, rowsFrom } from '../../kit/table';
import { ActSheet } from '../act';
import { PartyName } from '../order';
import { useMay } from '../shell';
import { useWay } from '../way';
import { cursorOf, next } from './page';
import { MEASURE_TONES } from './tones';

type Measure = Schemas['IncentiveMeasure'];
const say = () => desk.incentive;
const REASONS: Schemas['AbuseReason'][] = [
  'refund_rate', 'complaints', 'shop_score', 'credit_score', 'counterfeit_goods', 'shop_closed', 'content_violation', 'fake_orders',
  'fake_followers', 'unofficial_client', 'emulator', 'script', 'mass_registration', 'tampered_device', 'double_dipping',
];

const measureColumns: () => Column<Measure>[] = () => [
  { key: 'party', title: say().who, text: (row) => row.party_id, show: (row) => <PartyName id={row.party_id} /> },
  { key: 'kind', title: say().measureKind, text: (row) => say().measure[row.kind], show: (row) => say().measure[row.kind] },
  { key: 'reason', title: desk.money.reason, text: (row) => say().abuse[row.reason], show: (row) => say().abuse[row.reason] },
  {
    key: 'state',
    title: desk.orders.state,
    text: (row) => say().measureState[row.state],
    show: (row) => <Tag tone={MEASURE_TONES[row.state]}>{say().measureState[row.state]}</Tag>,
  },
  { key: 'evidence', title: say().evidence, text: (row) => row.evidence, show: (row) => <Said>{row.evidence}</Said> },
  { key: 'recalled', title: say().recalled, right: true, text: (row) => String(row.recalled_points), show: (row) => count(row.recalled_points) },
  { key: 'owed', title: say().owed, right: true, text: (row) => String(row.owed_points), show: (row) => count(row.owed_points) },
  { key: 'until', title: desk.coupons.until, text: (row) => row.until ?? '', show: (row) => <At at={row.until} /> },
  { key: 'operator', title: say().operator, text: (row) => row.operator_id, show: (row) => <Id of={row.operator_id} brief /> },
  { key: 'at', title: desk.money.at, text: (row) => row.at, show: (row) => <At at={row.at} /> },
];

export function Measures() {
  const way = useWay();
  const takes = useMay('incentive.take_measure');
  const party = way.text('party');
  const [taking, setTaking] = useState(false);
  const found = useInfiniteQuery({
    queryKey: ['measures', party],
    queryFn: ({ pageParam }) =>
      send(api.GET('/v1/incentive-measures', { params: { query: { limit: 50, ...(party ? { party } : {}), ...cursorOf(pageParam) } } })),
    ...next,
  });
  return (
    <>
      <QueryTable
        name="measures"
        label={say().measures}
        of={rowsFrom(found)}
        columns={measureColumns()}
        keyOf={(row) => row.id}
        narrowed={party ? () => way.ask({ party: '' }) : undefined}
        empty={{ title: say().noMeasures, why: say().noMeasuresWhy }}
        filters={
          takes ? (
            <Button kind="main" onClick={() => setTaking(true)}>
              {say().take}
            </Button>
          ) : null
        }
      />
      {taking ? <Taking party={party} onClose={() => setTaking(false)} /> : null}
    </>
  );
}

function Taking({ party, onClose }: { party: string; onClose: () => void }) {
  const [whom, setWhom] = useState(party);
  const [kind, setKind] = useState<Schemas['IncentiveMeasureKind']>('limit');
  const [reason, setReason] = useState<Schemas['AbuseReason']>('fake_orders');
  const [evidence, setEvidence] = useState('');
  const [until, setUntil] = useState('');
  const [key] = useState(freshKey);
  const run = () =>
    send(
      api.POST('/v1/incentive-measures', {
        params: once(key),
        body: {
          party_id: whom.trim(),
          kind,
          reason,
          evidence,
          ...(kind === 'limit' && until ? { until: new Date(`${until}T00:00:00`).toISOString() } : {}),
        },
      }),
    );
  return (
    <ActSheet title={say().take} doing={say().take} ready={whom.trim() !== '' && evidence.trim() !== ''} run={run} onClose={onClose}>
      <p className="hint">{say().takeWhy}</p>
      <TextField label={desk.money.party} value={whom} onChange={setWhom} required autoFocus />
      <Chips
        label={say().measureKind}
        value={kind}
        columns={2}
        onChange={setKind}
        choices={(['limit', 'end'] as const).map((value) => ({ value, label: say().measure[value] }))}
      />
      <label>
        <span className="label">{desk.money.reason}</span>
        <span className="field">
          <select value={reason} onChange={(event) => setReason(REASONS.find((one) => one === event.target.value) ?? reason)}>
            {REASONS.map((one) => (
              <option key={one} value={one}>
                {say().abuse[one]}
              </option>
            ))}
          </select>
        </span>
      </label>
      <label>
        <span className="label">{say().evidence}</span>
        <span className="field">
          <textarea rows={3} value={evidence} onChange={(event) => setEvidence(event.target.value)} />
        </span>
      </label>
      {kind === 'limit' ? <TextField label={desk.coupons.until} type="date" value={until} onChange={setUntil} /> : null}
    </ActSheet>
  );
}
