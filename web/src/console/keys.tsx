/** API keys of the host: shown once, each for what it was made for. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, type Schemas } from '../api/client';
import { desk, words } from '../i18n';
import { moment } from '../kit/format';
import { Button, Chips, TextField } from '../kit/input';
import { Sheet } from '../kit/sheet';
import { At, Said, Tag } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { ActButton, ActSheet } from './act';
import { apiKeys } from './queries';
import { Page } from './shell';

type Key = Schemas['ApiKey'];
const SCOPES: Schemas['Scope'][] = [
  'boosts:read', 'boosts:write', 'coupons:read', 'coupons:write', 'decisions:read', 'events:write', 'parties:read', 'parties:write',
  'policies:read', 'policies:write', 'reviews:read', 'reviews:write', 'rooms:read', 'rooms:write', 'wallet:read', 'wallet:write',
  'guarantees:read', 'guarantees:write', 'incentives:read', 'incentives:write', 'webhooks:read', 'webhooks:write',
];

/** A key that is being replaced is good until its time. */
const isOver = (key: Key) => Boolean(key.revoked_at && new Date(key.revoked_at).getTime() <= Date.now());

const columns: (rotate: (key: Key) => void) => Column<Key>[] = (rotate) => [
  {
    key: 'name',
    title: desk.apiKeys.name,
    text: (key) => key.name,
    show: (key) => <Said className="strong">{key.name}</Said>,
  },
  { key: 'kind', title: desk.apiKeys.kind, text: (key) => key.kind, show: (key) => <Tag>{desk.apiKeys.kinds[key.kind]}</Tag> },
  { key: 'shown', title: desk.apiKeys.shown, text: (key) => key.shown, show: (key) => <Said className="code">{`${key.shown}…`}</Said> },
  {
    key: 'scopes',
    title: desk.apiKeys.scopes,
    text: (key) => key.scopes.join(' '),
    show: (key) => <Said className="code">{key.scopes.length > 4 ? `${key.scopes.slice(0, 3).join(' ')} +${key.scopes.length - 3}` : key.scopes.join(' ')}</Said>,
  },
  {
    key: 'used',
    title: desk.apiKeys.used,
    text: (key) => key.last_used_at ?? '',
    show: (key) => (key.last_used_at ? <At at={key.last_used_at} /> : <span className="quiet">{desk.apiKeys.never}</span>),
  },
  { key: 'created', title: desk.apiKeys.created, text: (key) => key.created_at, show: (key) => <At at={key.created_at} /> },
  {
    key: 'state',
    title: desk.apiKeys.state,
    text: (key) => (isOver(key) ? desk.apiKeys.revoked : desk.apiKeys.live),
    show: (key) =>
      isOver(key) ? (
        <Tag>{desk.apiKeys.revoked}</Tag>
      ) : (
        <span className="row">
          {key.revoked_at ? (
            <Tag tone="wait">{desk.apiKeys.until(moment(key.revoked_at))}</Tag>
          ) : (
            <Button onClick={() => rotate(key)}>{desk.apiKeys.rotate}</Button>
          )}
          <ActButton
            name={desk.apiKeys.revoke}
            sure={desk.apiKeys.revokeSure}
            kind="danger"
            run={() => send(api.DELETE('/v1/api_keys/{api_key}', { params: { path: { api_key: key.id } } }))}
          />
        </span>
      ),
  },
];

export function KeysPage() {
  const keys = useInfiniteQuery(apiKeys);
  const [adding, setAdding] = useState(false);
  const [rotated, setRotated] = useState<Key | null>(null);
  const [made, setMade] = useState('');
  return (
    <Page
      title={desk.nav.keys}
      aside={
        <Button kind="main" onClick={() => setAdding(true)}>
          {desk.apiKeys.add}
        </Button>
      }
    >
      <QueryTable
        name="keys"
        label={desk.nav.keys}
        of={rowsFrom(keys)}
        columns={columns(setRotated)}
        keyOf={(key) => key.id}
        empty={{ title: desk.apiKeys.none, why: desk.apiKeys.noneWhy }}
      />
      {adding ? <Adding onClose={() => setAdding(false)} onMade={setMade} /> : null}
      {rotated ? <Rotating of={rotated} onClose={() => setRotated(null)} onMade={setMade} /> : null}
      <MadeSheet secret={made} onClose={() => setMade('')} />
    </Page>
  );
}

/** Replaces a key: the new one is shown once, the old one is good for a while. */
function Rotating({ of, onClose, onMade }: { of: Key; onClose: () => void; onMade: (secret: string) => void }) {
  const [hours, setHours] = useState('24');
  const run = async () => {
    const body = { overlap_hours: Number(hours) };
    const created = await send(api.POST('/v1/api_keys/{api_key}/rotate', { params: { path: { api_key: of.id } }, body }));
    onMade(created.secret);
  };
  return (
    <ActSheet title={desk.apiKeys.rotate} doing={desk.apiKeys.rotate} ready={/^\d{1,3}$/.test(hours)} run={run} onClose={onClose}>
      <p className="small quiet">{desk.apiKeys.rotateWhy}</p>
      <TextField label={desk.apiKeys.overlap} value={hours} onChange={setHours} inputMode="numeric" maxLength={3} />
    </ActSheet>
  );
}

/** A new key, the one time that it can be seen. */
function MadeSheet({ secret, onClose }: { secret: string; onClose: () => void }) {
  const keeper = useQueryClient();
  const close = () => {
    onClose();
    void keeper.invalidateQueries({ queryKey: ['api keys'] });
  };
  return (
    <Sheet title={desk.apiKeys.shown} open={secret !== ''} onClose={close}>
      <div className="stack">
        <p className="notice wait">{desk.apiKeys.once}</p>
        <p className="secret" data-said>
          {secret}
        </p>
        <Button onClick={() => void navigator.clipboard?.writeText(secret)}>{words.do.copy}</Button>
      </div>
    </Sheet>
  );
}

function Adding({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Schemas['ApiKeyKind']>('sk_live');
  const [scopes, setScopes] = useState<Schemas['Scope'][]>(['decisions:read', 'events:write', 'rooms:write']);
  const allowed = kind === 'pk' ? (['events:write'] as Schemas['Scope'][]) : SCOPES;
  const chosen = scopes.filter((scope) => allowed.includes(scope));
  const toggle = (scope: Schemas['Scope']) => setScopes(scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope]);
  const run = async () => {
    const created = await send(api.POST('/v1/api_keys', { body: { name, kind, scopes: chosen } }));
    onMade(created.secret);
  };
  return (
    <ActSheet title={desk.apiKeys.add} doing={desk.apiKeys.add} ready={name !== '' && chosen.length > 0} run={run} onClose={onClose}>
      <TextField label={desk.apiKeys.name} value={name} onChange={setName} required autoFocus maxLength={100} />
      <Chips
        label={desk.apiKeys.kind}
        value={kind}
        columns={3}
        onChange={setKind}
        choices={(['sk_live', 'sk_test', 'pk'] as const).map((value) => ({ value, label: desk.apiKeys.kinds[value] }))}
      />
      <fieldset className="chips" style={{ gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' }}>
        <legend className="label">{desk.apiKeys.scopes}</legend>
        {allowed.map((scope) => (
          <label key={scope} className="chip">
            <input type="checkbox" checked={chosen.includes(scope)} onChange={() => toggle(scope)} />
            <Said className="code">{scope}</Said>
          </label>
        ))}
      </fieldset>
    </ActSheet>
  );
}
