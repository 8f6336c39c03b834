/** One endpoint: what was sent to it, what it answered, and sending it again. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import { desk, words } from '../i18n';
import { count, moment } from '../kit/format';
import { Button, TextField } from '../kit/input';
import { Answered, ErrorState, Waiting } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { At, Figure, Id, Said, Tag, type Tone } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { ActButton, ActSheet } from './act';
import { deliveries, delivery, endpointToChange, eventTypes } from './queries';
import { Page, useMay } from './shell';
import { useSubject, useWay } from './way';
import { type Endpoint, EndpointTag, SecretSheet, TypeChoice, typesOf } from './webhooks';

type Delivery = Schemas['WebhookDelivery'];
type State = Schemas['WebhookDeliveryState'];
const STATES: State[] = ['pending', 'delivered', 'failed'];
const TONES: Record<State, Tone> = { pending: 'wait', delivered: 'good', failed: 'bad' };
const dev = () => desk.developer;

export function WebhookPage() {
  const found = useQuery(endpointToChange(useSubject()));
  return (
    <Answered of={found} waiting={<Waiting lines={6} />}>
      {({ content, tag }) => <One endpoint={content} tag={tag} />}
    </Answered>
  );
}

function One({ endpoint, tag }: { endpoint: Endpoint; tag: string }) {
  const way = useWay();
  const open = way.text('open');
  return (
    <Page title={endpoint.url} said aside={<EndpointTag of={endpoint} />}>
      {endpoint.failing_since ? <p className="notice bad">{dev().failingWhy(moment(endpoint.failing_since))}</p> : null}
      <section className="card stack" aria-label={dev().description}>
        <div className="figures">
          <Figure name={dev().types}>{typesOf(endpoint)}</Figure>
          <Figure name={dev().description}>
            <Said>{endpoint.description || '—'}</Said>
          </Figure>
          <Figure name={dev().created}>
            <At at={endpoint.created_at} />
          </Figure>
        </div>
        <Actions endpoint={endpoint} tag={tag} />
      </section>
      <Deliveries endpoint={endpoint.id} />
      {open ? <DeliverySheet id={open} onClose={() => way.ask({ open: '' })} /> : null}
    </Page>
  );
}

type Doing = '' | 'change' | 'rotate' | 'test' | 'replay';

function Actions({ endpoint, tag }: { endpoint: Endpoint; tag: string }) {
  const way = useWay();
  const [doing, setDoing] = useState<Doing>('');
  const [secret, setSecret] = useState('');
  const [manage, replay] = [useMay('webhook.manage'), useMay('webhook.replay')];
  const path = { endpoint: endpoint.id };
  const patch = (body: Schemas['ChangeEndpointBody']) =>
    send(api.PATCH('/v1/webhook_endpoints/{endpoint}', { params: { path, header: { 'If-Match': tag } }, body }));
  const remove = async () => {
    await send(api.DELETE('/v1/webhook_endpoints/{endpoint}', { params: { path } }));
    way.open('/webhooks');
  };
  const close = () => setDoing('');
  return (
    <div className="row wrap">
      {replay && endpoint.enabled ? (
        <>
          <Button kind="main" onClick={() => setDoing('test')}>
            {dev().test}
          </Button>
          <Button onClick={() => setDoing('replay')}>{dev().replay}</Button>
        </>
      ) : null}
      {manage ? (
        <>
          <Button onClick={() => setDoing('change')}>{dev().change}</Button>
          <Button onClick={() => setDoing('rotate')}>{dev().rotate}</Button>
          {endpoint.enabled ? (
            <ActButton name={dev().switchOff} sure={dev().switchOffSure} run={() => patch({ enabled: false })} />
          ) : (
            <ActButton name={dev().switchOn} sure={desk.reasonSure} kind="main" run={() => patch({ enabled: true })} />
          )}
          <ActButton name={dev().remove} sure={dev().removeSure} kind="danger" run={remove} />
        </>
      ) : null}
      {doing === 'change' ? <Changing endpoint={endpoint} patch={patch} onClose={close} /> : null}
      {doing === 'rotate' ? <Rotating endpoint={endpoint.id} onClose={close} onMade={setSecret} /> : null}
      {doing === 'test' ? <Testing endpoint={endpoint.id} onClose={close} /> : null}
      {doing === 'replay' ? <Replaying endpoint={endpoint.id} onClose={close} /> : null}
      <SecretSheet secret={secret} onClose={() => setSecret('')} />
    </div>
  );
}

function Changing({ endpoint, patch, onClose }: {
  endpoint: Endpoint;
  patch: (body: Schemas['ChangeEndpointBody']) => Promise<unknown>;
  onClose: () => void;
}) {
  const [url, setUrl] = useState(endpoint.url);
  const [description, setDescription] = useState(endpoint.description);
  const [types, setTypes] = useState(endpoint.event_types);
  const run = () => patch({ url, description, event_types: types });
  return (
    <ActSheet title={dev().change} doing={words.do.save} ready={url !== ''} run={run} onClose={onClose}>
      <TextField label={dev().url} value={url} onChange={setUrl} required maxLength={2048} />
      <TextField label={dev().description} value={description} onChange={setDescription} maxLength={200} />
      <TypeChoice chosen={types} onChange={setTypes} />
    </ActSheet>
  );
}

function Rotating({ endpoint, onClose, onMade }: { endpoint: string; onClose: () => void; onMade: (secret: string) => void }) {
  const [hours, setHours] = useState('24');
  const run = async () => {
    const body = { overlap_hours: Number(hours) };
    const rotated = await send(api.POST('/v1/webhook_endpoints/{endpoint}/rotate_secret', { params: { path: { endpoint } }, body }));
    onMade(rotated.secret);
  };
  return (
    <ActSheet title={dev().rotate} doing={dev().rotate} ready={/^\d{1,3}$/.test(hours)} run={run} onClose={onClose}>
      <p className="small quiet">{dev().rotateWhy}</p>
      <TextField label={desk.apiKeys.overlap} value={hours} onChange={setHours} inputMode="numeric" maxLength={3} />
    </ActSheet>
  );
}

function Testing({ endpoint, onClose }: { endpoint: string; onClose: () => void }) {
  const types = useQuery(eventTypes);
  const [type, setType] = useState<Schemas['WebhookEventType']>('boost.settled');
  const [key] = useState(freshKey);
  const run = () => send(api.POST('/v1/webhook_endpoints/{endpoint}/test', { params: { path: { endpoint }, ...once(key) }, body: { type } }));
  return (
    <ActSheet title={dev().test} doing={dev().test} run={run} onClose={onClose}>
      <label>
        <span className="label">{dev().testType}</span>
        <span className="field">
          <select data-said value={type} onChange={(event) => setType(event.target.value as Schemas['WebhookEventType'])}>
            {(types.data?.data ?? [{ type, about: '' }]).map((one) => (
              <option key={one.type} value={one.type}>
                {one.type}
              </option>
            ))}
          </select>
        </span>
      </label>
    </ActSheet>
  );
}

function Replaying({ endpoint, onClose }: { endpoint: string; onClose: () => void }) {
  const [since, setSince] = useState('');
  const [key] = useState(freshKey);
  const run = () => {
    const body = { since: new Date(since).toISOString() };
    return send(api.POST('/v1/webhook_endpoints/{endpoint}/replay', { params: { path: { endpoint }, ...once(key) }, body }));
  };
  return (
    <ActSheet title={dev().replay} doing={dev().replay} ready={since !== ''} run={run} onClose={onClose}>
      <p className="small quiet">{dev().replayWhy}</p>
      <TextField label={dev().since} type="datetime-local" value={since} onChange={setSince} required />
    </ActSheet>
  );
}

const columns: () => Column<Delivery>[] = () => [
  { key: 'type', title: dev().types, text: (one) => one.event_type, show: (one) => <Said className="code">{one.event_type}</Said> },
  {
    key: 'state',
    title: dev().state,
    text: (one) => dev().deliveryState[one.state],
    show: (one) => <Tag tone={TONES[one.state]}>{dev().deliveryState[one.state]}</Tag>,
  },
  { key: 'attempts', title: dev().attempts, right: true, text: (one) => String(one.attempts), show: (one) => count(one.attempts) },
  { key: 'next', title: dev().next, text: (one) => one.next_attempt_at ?? '', show: (one) => <At at={one.next_attempt_at} /> },
  { key: 'created', title: dev().created, text: (one) => one.created_at, show: (one) => <At at={one.created_at} /> },
  { key: 'id', title: dev().delivery, text: (one) => one.id, show: (one) => <Id of={one.id} brief /> },
];

function Deliveries({ endpoint }: { endpoint: string }) {
  const way = useWay();
  const state = STATES.find((one) => one === way.text('state'));
  const found = useInfiniteQuery(deliveries(endpoint, state));
  return (
    <QueryTable
      name="webhook-deliveries"
      label={dev().deliveries}
      of={rowsFrom(found)}
      columns={columns()}
      keyOf={(one) => one.id}
      onOpen={(one) => way.ask({ open: one.id })}
      narrowed={state ? () => way.ask({ state: '' }) : undefined}
      empty={{ title: dev().deliveryNone, why: dev().deliveryNoneWhy }}
      filters={
        <>
          <h2 className="card-title">{dev().deliveries}</h2>
          <label className="field">
            <span className="only-read">{dev().state}</span>
            <select value={state ?? ''} onChange={(event) => way.ask({ state: event.target.value })}>
              <option value="">{words.do.all}</option>
              {STATES.map((one) => (
                <option key={one} value={one}>
                  {dev().deliveryState[one]}
                </option>
              ))}
            </select>
          </label>
        </>
      }
    />
  );
}

function DeliverySheet({ id, onClose }: { id: string; onClose: () => void }) {
  const found = useQuery(delivery(id));
  return (
    <Sheet title={dev().delivery} open onClose={onClose} size={640}>
      <Answered of={found}>{(detail) => <Detail detail={detail} />}</Answered>
    </Sheet>
  );
}

function Detail({ detail }: { detail: Schemas['WebhookDeliveryDetail'] }) {
  const keeper = useQueryClient();
  const mayReplay = useMay('webhook.replay');
  const resending = useMutation({
    mutationFn: () =>
      send(api.POST('/v1/webhook_deliveries/{delivery}/replay', { params: { path: { delivery: detail.id }, ...once(freshKey()) } })),
    onSuccess: () => keeper.invalidateQueries(),
  });
  return (
    <div className="stack loose">
      <div className="row wrap between">
        <Tag tone={TONES[detail.state]}>{dev().deliveryState[detail.state]}</Tag>
        <Id of={detail.id} />
        {mayReplay ? (
          <Button busy={resending.isPending} onClick={() => resending.mutate()}>
            {dev().resend}
          </Button>
        ) : null}
      </div>
      {resending.isSuccess ? (
        <p className="small quiet" role="status">
          {dev().resent}
        </p>
      ) : null}
      {resending.error ? <ErrorState error={resending.error} stake="changing" /> : null}
      <div>
        <h3 className="label">{dev().body}</h3>
        <p className="secret" data-said>
          {detail.body}
        </p>
      </div>
      <section className="stack" aria-label={dev().log}>
        <h3 className="label">{dev().log}</h3>
        {detail.attempt_log.length === 0 ? <p className="quiet">{dev().noAttempts}</p> : null}
        {detail.attempt_log.map((attempt) => (
          <Attempt key={attempt.id} of={attempt} />
        ))}
      </section>
      <p className="small quiet">{dev().verify}</p>
    </div>
  );
}

function Attempt({ of }: { of: Schemas['WebhookAttempt'] }) {
  const good = of.status !== null && of.status !== undefined && of.status >= 200 && of.status < 300;
  return (
    <div className="card stack tight">
      <div className="row wrap between">
        <Tag tone={good ? 'good' : 'bad'}>{of.status ? <Said>{of.status}</Said> : dev().noAnswer}</Tag>
        <At at={of.at} />
        <Said className="numbers">{`${count(of.duration_ms)} ms`}</Said>
      </div>
      <span className="small">
        {dev().timestamp} <Said className="code">{of.timestamp}</Said>
      </span>
      <span className="small">
        {dev().signature} <Said className="code">{of.signature}</Said>
      </span>
      {of.answer || of.fault ? (
        <span className="small">
          {dev().answer} <Said className="code">{of.fault ?? of.answer}</Said>
        </span>
      ) : null}
    </div>
  );
}
