/** Who acts and owns. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, type Schemas } from '../api/client';
import { desk, words } from '../i18n';
import { count } from '../kit/format';
import { Button, TextField } from '../kit/input';
import { At, Id, Said, Tag } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { ActSheet } from './act';
import { parties } from './queries';
import { Page, useMay } from './shell';
import { Views } from './views';
import { Go, useWay } from './way';

type Party = Schemas['Party'];
const ROLES: Schemas['Role'][] = [
  'creator', 'merchant', 'advertiser', 'agency', 'operator', 'reviewer', 'finance', 'support_agent',
];

const columns: () => Column<Party>[] = () => [
  {
    key: 'name',
    title: desk.parties.name,
    text: (party) => party.display_name,
    show: (party) => (
      <Go to={`/parties/${party.id}`} className="strong">
        <Said>{party.display_name}</Said>
      </Go>
    ),
  },
  { key: 'kind', title: desk.parties.kind, text: (party) => words.role[party.kind], show: (party) => words.role[party.kind] },
  { key: 'credit', title: desk.parties.credit, right: true, text: (party) => String(party.credit_score), show: (party) => count(party.credit_score) },
  {
    key: 'state',
    title: desk.parties.state,
    text: (party) => (party.banned ? desk.parties.banned : desk.parties.active),
    show: (party) => (party.banned ? <Tag tone="bad">{desk.parties.banned}</Tag> : <Tag tone="good">{desk.parties.active}</Tag>),
  },
  {
    key: 'external',
    title: desk.parties.external,
    text: (party) => party.external_ref ?? '',
    show: (party) => <Said>{party.external_ref ?? '—'}</Said>,
  },
  { key: 'created', title: desk.parties.created, text: (party) => party.created_at, show: (party) => <At at={party.created_at} /> },
  { key: 'id', title: desk.money.party, text: (party) => party.id, show: (party) => <Id of={party.id} brief /> },
];

export function Parties() {
  const way = useWay();
  const may = useMay('party.register');
  const [adding, setAdding] = useState(false);
  const found = useInfiniteQuery(parties);
  const kind = way.text('kind');
  const find = way.text('find').toLowerCase();
  const rows = rowsFrom(found);
  const fits = (party: Party) =>
    (!kind || party.kind === kind) && (!find || `${party.display_name} ${party.external_ref ?? ''} ${party.id}`.toLowerCase().includes(find));
  return (
    <Page
      title={desk.nav.parties}
      aside={
        may ? (
          <Button kind="main" onClick={() => setAdding(true)}>
            {desk.parties.add}
          </Button>
        ) : null
      }
    >
      <QueryTable
        name="parties"
        label={desk.nav.parties}
        of={{ ...rows, rows: rows.rows.filter(fits) }}
        columns={columns()}
        keyOf={(party) => party.id}
        onOpen={(party) => way.open(`/parties/${party.id}`)}
        narrowed={kind || find ? way.clear : undefined}
        empty={{ title: desk.parties.none, why: desk.parties.noneWhy }}
        filters={
          <>
            <label className="field">
              <span className="only-read">{words.do.search}</span>
              <input type="search" placeholder={words.do.search} value={way.text('find')} onChange={(event) => way.ask({ find: event.target.value })} />
            </label>
            <label className="field">
              <span className="only-read">{desk.parties.kind}</span>
              <select value={kind} onChange={(event) => way.ask({ kind: event.target.value })}>
                <option value="">{words.do.all}</option>
                {ROLES.map((role) => (
                  <option key={role} value={role}>
                    {words.role[role]}
                  </option>
                ))}
              </select>
            </label>
            <Views />
          </>
        }
      />
      {adding ? <Adding onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}

function Adding({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Schemas['Role']>('creator');
  const [external, setExternal] = useState('');
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const run = () => {
    const body: Schemas['RegisterPartyBody'] = {
      display_name: name,
      kind,
      ...(external ? { external_ref: external } : {}),
      ...(login ? { login: { name: login, password, roles: [kind] } } : {}),
    };
    return send(api.POST('/v1/parties', { body }));
  };
  return (
    <ActSheet title={desk.parties.add} doing={desk.parties.add} ready={name !== '' && (!login || password.length >= 10)} run={run} onClose={onClose}>
      <TextField label={desk.parties.name} value={name} onChange={setName} required autoFocus />
      <label>
        <span className="label">{desk.parties.kind}</span>
        <span className="field">
          <select value={kind} onChange={(event) => setKind(event.target.value as Schemas['Role'])}>
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {words.role[role]}
              </option>
            ))}
          </select>
        </span>
      </label>
      <TextField label={desk.parties.external} value={external} onChange={setExternal} />
      <h3>{desk.parties.withLogin}</h3>
      <TextField label={desk.parties.login} value={login} onChange={setLogin} />
      <TextField label={desk.parties.password} type="password" autoComplete="new-password" value={password} onChange={setPassword} />
    </ActSheet>
  );
}
