/** Endpoints: servers of the host that are told what happens. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, type Schemas } from '../api/client';
import { desk, words } from '../i18n';
import { count, moment } from '../kit/format';
import { Button, TextField } from '../kit/input';
import { Answered } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { At, Said, Tag } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { ActSheet } from './act';
import { endpoints, eventTypes } from './queries';
import { Page, useMay } from './shell';
import { Go, useWay } from './way';

export type Endpoint = Schemas['WebhookEndpoint'];
type EventType = Schemas['WebhookEventType'];

const dev = () => desk.developer;
export const typesOf = (endpoint: Endpoint) =>
  endpoint.event_types.length === 0 ? dev().everything : dev().some(count(endpoint.event_types.length));

/** Whether it is well: a badge, and why. */
export function EndpointTag({ of }: { of: Endpoint }) {
  if (!of.enabled) return <Tag>{of.disabled_by ? dev().offBy[of.disabled_by] : dev().off}</Tag>;
  if (of.failing_since) {
    return (
      <span title={dev().failingWhy(moment(of.failing_since))}>
        <Tag tone="bad">{dev().failing}</Tag>
      </span>
    );
  }
  return <Tag tone="good">{dev().on}</Tag>;
}

const columns: () => Column<Endpoint>[] = () => [
  {
    key: 'url',
    title: dev().url,
    text: (endpoint) => endpoint.url,
    show: (endpoint) => (
      <Go to={`/webhooks/${endpoint.id}`} className="strong">
        <Said>{endpoint.url}</Said>
      </Go>
    ),
  },
  { key: 'state', title: dev().state, text: (endpoint) => (endpoint.enabled ? dev().on : dev().off), show: (endpoint) => <EndpointTag of={endpoint} /> },
  { key: 'types', title: dev().types, text: (endpoint) => endpoint.event_types.join(' '), show: typesOf },
  { key: 'description', title: dev().description, text: (endpoint) => endpoint.description, show: (endpoint) => <Said>{endpoint.description}</Said> },
  { key: 'created', title: dev().created, text: (endpoint) => endpoint.created_at, show: (endpoint) => <At at={endpoint.created_at} /> },
];

export function WebhooksPage() {
  const found = useInfiniteQuery(endpoints);
  const way = useWay();
  const may = useMay('webhook.manage');
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState('');
  return (
    <Page
      title={desk.nav.webhooks}
      aside={
        may ? (
          <Button kind="main" onClick={() => setAdding(true)}>
            {dev().add}
          </Button>
        ) : null
      }
    >
      <QueryTable
        name="webhooks"
        label={desk.nav.webhooks}
        of={rowsFrom(found)}
        columns={columns()}
        keyOf={(endpoint) => endpoint.id}
        onOpen={(endpoint) => way.open(`/webhooks/${endpoint.id}`)}
        empty={{ title: dev().none, why: dev().noneWhy }}
      />
      {adding ? <Adding onClose={() => setAdding(false)} onMade={setSecret} /> : null}
      <SecretSheet secret={secret} onClose={() => setSecret('')} />
    </Page>
  );
}

/** A secret, the one time that it can be seen. */
export function SecretSheet({ secret, onClose }: { secret: string; onClose: () => void }) {
  const keeper = useQueryClient();
  const close = () => {
    onClose();
    void keeper.invalidateQueries();
  };
  return (
    <Sheet title={dev().secret} open={secret !== ''} onClose={close}>
      <div className="stack">
        <p className="notice wait">{dev().secretOnce}</p>
        <p className="secret" data-said>
          {secret}
        </p>
        <Button onClick={() => void navigator.clipboard?.writeText(secret)}>{words.do.copy}</Button>
        <p className="small quiet">{dev().verify}</p>
      </div>
    </Sheet>
  );
}

/** What an endpoint wants to know. */
export function TypeChoice({ chosen, onChange }: { chosen: EventType[]; onChange: (chosen: EventType[]) => void }) {
  const types = useQuery(eventTypes);
  const toggle = (type: EventType) => onChange(chosen.includes(type) ? chosen.filter((one) => one !== type) : [...chosen, type]);
  return (
    <Answered of={types}>
      {({ data }) => (
        <fieldset className="stack tight">
          <legend className="label">{dev().types}</legend>
          {data.map(({ type, about }) => (
            <label key={type} className="check">
              <input type="checkbox" checked={chosen.includes(type)} onChange={() => toggle(type)} />
              <span className="stack tight">
                <Said className="code">{type}</Said>
                <Said className="small quiet">{about}</Said>
              </span>
            </label>
          ))}
        </fieldset>
      )}
    </Answered>
  );
}

function Adding({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const [url, setUrl] = useState('');
  const [description, setDescription] = useState('');
  const [types, setTypes] = useState<EventType[]>([]);
  const run = async () => {
    const created = await send(api.POST('/v1/webhook_endpoints', { body: { url, description, event_types: types } }));
    onMade(created.secret);
  };
  return (
    <ActSheet title={dev().add} doing={dev().add} ready={url !== ''} run={run} onClose={onClose}>
      <p className="small quiet">{dev().addWhy}</p>
      <TextField label={dev().url} value={url} onChange={setUrl} required autoFocus maxLength={2048} />
      <TextField label={dev().description} value={description} onChange={setDescription} maxLength={200} />
      <TypeChoice chosen={types} onChange={setTypes} />
    </ActSheet>
  );
}
