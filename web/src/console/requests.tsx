/** The log of requests: what keys asked lately, what was answered, and how to ask it again. */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Schemas } from '../api/client';
import { desk, words } from '../i18n';
import { count } from '../kit/format';
import { Button } from '../kit/input';
import { Sheet } from '../kit/sheet';
import { At, Figure, Id, Said, Tag, type Tone } from '../kit/show';
import { type Column, QueryTable, rowsFrom } from '../kit/table';
import { apiKeys, requestLog } from './queries';
import { Page, useMay } from './shell';
import { useWay } from './way';

type Logged = Schemas['LoggedRequest'];
const say = () => desk.developer.request;
const STATUSES = ['2xx', '4xx', '5xx'] as const;

const tone = (status: number): Tone => (status < 400 ? 'good' : status < 500 ? 'wait' : 'bad');
const took = (request: Logged) => `${(request.duration_us / 1000).toFixed(1)} ms`;
/** As text between single quotes of a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The command that asks the same again. */
export function curlOf(request: Logged, origin: string): string {
  const parts = [`curl -X ${request.method} ${quoted(origin + request.path)}`, '-H "Authorization: Bearer $TUILIU_KEY"'];
  if (request.method !== 'GET') parts.push('-H "Idempotency-Key: $(uuidgen)"');
  if (request.body) parts.push("-H 'Content-Type: application/json'", `-d ${quoted(request.body)}`);
  return parts.join(' \\\n  ');
}

const columns: () => Column<Logged>[] = () => [
  { key: 'at', title: say().at, text: (one) => one.at, show: (one) => <At at={one.at} /> },
  { key: 'status', title: say().status, text: (one) => String(one.status), show: (one) => <Tag tone={tone(one.status)}>{one.status}</Tag> },
  { key: 'method', title: say().method, text: (one) => one.method, show: (one) => <Said className="code">{one.method}</Said> },
  { key: 'path', title: say().path, text: (one) => one.path, show: (one) => <Said className="code">{one.path}</Said> },
  { key: 'code', title: say().code, text: (one) => one.code ?? '', show: (one) => <Said className="code">{one.code ?? '—'}</Said> },
  { key: 'took', title: say().latency, right: true, text: took, show: (one) => <Said>{took(one)}</Said> },
  { key: 'key', title: say().key, text: (one) => one.key_id, show: (one) => <Id of={one.key_id} brief /> },
  { key: 'id', title: say().id, text: (one) => one.request_id, show: (one) => <Said className="code">{one.request_id}</Said> },
];

export function RequestsPage() {
  const way = useWay();
  const [key, open] = [way.text('key'), way.text('open')];
  const status = STATUSES.find((one) => one === way.text('status')) ?? '';
  const found = useInfiniteQuery(requestLog({ key, status }));
  const keys = useInfiniteQuery({ ...apiKeys, enabled: useMay('api_key.manage') });
  const rows = rowsFrom(found);
  const opened = rows.rows.find((one) => one.id === open);
  const names: Record<(typeof STATUSES)[number], string> = { '2xx': say().well, '4xx': say().refused, '5xx': say().failed };
  return (
    <Page title={desk.nav.requests}>
      <QueryTable
        name="requests"
        label={desk.nav.requests}
        of={rows}
        columns={columns()}
        keyOf={(one) => one.id}
        onOpen={(one) => way.ask({ open: one.id })}
        narrowed={status || key ? way.clear : undefined}
        empty={{ title: say().none, why: say().noneWhy }}
        filters={
          <>
            <label className="field">
              <span className="only-read">{say().status}</span>
              <select value={status} onChange={(event) => way.ask({ status: event.target.value })}>
                <option value="">{say().anyStatus}</option>
                {STATUSES.map((one) => (
                  <option key={one} value={one}>
                    {names[one]}
                  </option>
                ))}
              </select>
            </label>
            <label className="field">
              <span className="only-read">{say().key}</span>
              <select data-said value={key} onChange={(event) => way.ask({ key: event.target.value })}>
                <option value="">{say().anyKey}</option>
                {rowsFrom(keys).rows.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.name}
                  </option>
                ))}
              </select>
            </label>
          </>
        }
      />
      {opened ? <RequestSheet request={opened} onClose={() => way.ask({ open: '' })} /> : null}
    </Page>
  );
}

function RequestSheet({ request, onClose }: { request: Logged; onClose: () => void }) {
  const curl = curlOf(request, location.origin);
  return (
    <Sheet title={`${request.method} ${request.route}`} open onClose={onClose} size={640}>
      <div className="stack loose">
        <div className="figures">
          <Figure name={say().status}>
            <Tag tone={tone(request.status)}>{request.status}</Tag>
          </Figure>
          <Figure name={say().latency}>
            <Said>{took(request)}</Said>
          </Figure>
          <Figure name={say().size}>{`${count(request.request_bytes)} / ${count(request.answer_bytes)}`}</Figure>
        </div>
        <div className="row wrap between">
          <At at={request.at} />
          <Said className="code">{request.code ?? ''}</Said>
        </div>
        <div>
          <span className="label">{say().id}</span>
          <Id of={request.request_id} />
        </div>
        {request.body ? (
          <div>
            <h3 className="label">{say().body}</h3>
            <p className="secret" data-said>
              {request.body}
            </p>
          </div>
        ) : null}
        <div className="stack tight">
          <h3 className="label">{say().curl}</h3>
          <pre className="secret" data-said style={{ whiteSpace: 'pre-wrap', margin: 0 }}>
            {curl}
          </pre>
          <span className="small quiet">{say().curlWhy}</span>
          <Button onClick={() => void navigator.clipboard?.writeText(curl)}>{words.do.copy}</Button>
        </div>
      </div>
    </Sheet>
  );
}
