/** The first steps of a fresh installation: each says whether it is done, by what the platform knows. */
import { useQuery } from '@tanstack/react-query';
import { api, ask as send } from '../api/client';
import { desk } from '../i18n';
import { count } from '../kit/format';
import { Answered, Waiting } from '../kit/say';
import { Said, Tag } from '../kit/show';
import { Page, useMay, useMe } from './shell';
import { Go } from './way';

const say = () => desk.start;

interface Step {
  name: string;
  why: string;
  done: boolean;
  to: string;
  doing: string;
}

/** What there is so far; one row of each is enough to know. */
const first = {
  queryKey: ['first steps'],
  refetchInterval: 10_000,
  queryFn: async () => {
    const query = { params: { query: { limit: 20 } } };
    const [policy, keys, parties, rooms, boosts] = await Promise.all([
      send(api.GET('/v1/policy')),
      send(api.GET('/v1/api_keys', query)),
      send(api.GET('/v1/parties', query)),
      send(api.GET('/v1/rooms', query)),
      send(api.GET('/v1/boosts', { params: { query: { limit: 1 } } })),
    ]);
    return {
      changed: policy.version > 1,
      key: keys.data.some((key) => !key.revoked_at),
      asked: keys.data.some((key) => key.last_used_at),
      people: parties.data.some((party) => party.kind === 'creator' || party.kind === 'merchant'),
      rooms: rooms.data.length > 0,
      orders: boosts.data.length > 0,
    };
  },
};

export function StartPage() {
  const me = useMe();
  const found = useQuery(first);
  return (
    <Page title={say().title}>
      <section className="card stack">
        <p>
          {say().hello} <Said className="strong">{me.display_name}</Said> · <Said className="code">{me.tenant}</Said>
        </p>
        <p className="hint">
          {say().demo} <Said className="code">cargo xtask demo</Said>
        </p>
        <Answered of={found} waiting={<Waiting lines={5} height={48} />}>
          {(seen) => {
            const steps: Step[] = [
              { ...say().policy, done: seen.changed, to: '/policy' },
              { ...say().key, done: seen.key, to: '/keys' },
              { ...say().people, done: seen.people, to: '/parties' },
              { ...say().host, done: seen.asked && seen.rooms, to: '/rooms' },
              { ...say().order, done: seen.orders, to: '/orders' },
            ];
            const done = steps.filter((step) => step.done).length;
            return (
              <>
                <p role="status">{say().done(count(done), count(steps.length))}</p>
                <ol>
                  {steps.map((step) => (
                    <li key={step.to} className="line-item">
                      <span className="stack tight grow">
                        <span className="strong">{step.name}</span>
                        <span className="small quiet">{step.why}</span>
                      </span>
                      {step.done ? <Tag tone="good">{say().okay}</Tag> : null}
                      <Go to={step.to} className="button">
                        {step.doing}
                      </Go>
                    </li>
                  ))}
                </ol>
              </>
            );
          }}
        </Answered>
      </section>
    </Page>
  );
}

/** On the overview of a platform on which nothing was ordered yet. */
export function StartNote() {
  const may = useMay('api_key.manage');
  const boosts = useQuery({ queryKey: ['any order'], enabled: may, queryFn: () => send(api.GET('/v1/boosts', { params: { query: { limit: 1 } } })) });
  if (!may || !boosts.data || boosts.data.data.length > 0) return null;
  return (
    <div className="notice busy row between wrap">
      <span>{say().empty}</span>
      <Go to="/start" className="button">
        {say().title}
      </Go>
    </div>
  );
}
