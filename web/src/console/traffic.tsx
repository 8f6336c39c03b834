/** Valid traffic: the rules as they are published, and what they left out. */
import { useQuery } from '@tanstack/react-query';
import { api, ask as send } from '../api/client';
import { desk, wordFor } from '../i18n';
import { count, span } from '../kit/format';
import { Answered, Empty, Waiting } from '../kit/say';
import { Figure, Said, Tag } from '../kit/show';
import { Page, useMay } from './shell';
import { Go } from './way';

const say = () => desk.traffic;

export function Traffic() {
  const sees = useMay('event.read_refused');
  return (
    <Page title={desk.nav.traffic} aside={sees ? <Go to="/events">{say().refused}</Go> : null}>
      <Rules />
    </Page>
  );
}

function Rules() {
  const rules = useQuery({ queryKey: ['traffic rules'], queryFn: () => send(api.GET('/v1/valid-traffic/rules')) });
  return (
    <Answered of={rules} waiting={<Waiting lines={8} height={40} />}>
      {(found) => (
        <>
          <section className="card stack" aria-label={say().rules}>
            <div className="row between wrap">
              <h2 className="card-title">{say().rules}</h2>
              <Tag>{say().version(count(found.version))}</Tag>
            </div>
            <p className="hint">{say().rulesWhy}</p>
            <ul>
              {found.rules.map((rule) => {
                const [title, text] = say().rule[rule.code] ?? [rule.title, rule.text];
                return (
                  <li key={rule.code} className="line-item">
                    <span className="stack tight grow">
                      <span className="strong">{title}</span>
                      <span className="small quiet">{text}</span>
                    </span>
                    <Tag tone={rule.family === 'session' ? 'busy' : 'calm'}>{wordFor(say().family, rule.family)}</Tag>
                  </li>
                );
              })}
            </ul>
          </section>
          <div className="columns even">
            <section className="card stack" aria-label={say().hourly}>
              <h2 className="card-title">{say().hourly}</h2>
              <div className="figures">
                <Figure name={say().hourlyOf.views}>{count(found.hourly_limits.views)}</Figure>
                <Figure name={say().hourlyOf.clicks}>{count(found.hourly_limits.clicks)}</Figure>
                <Figure name={say().hourlyOf.interactions}>{count(found.hourly_limits.interactions)}</Figure>
                <Figure name={say().hourlyOf.purchases}>{count(found.hourly_limits.purchases)}</Figure>
                <Figure name={say().hourlyOf.watched_ms}>{span(found.hourly_limits.watched_ms)}</Figure>
              </div>
            </section>
            <section className="card" aria-label={say().bots}>
              <dl className="facts">
                <dt>{say().dedup}</dt>
                <dd>{span(found.dedup_window_ms)}</dd>
                <dt>{say().skew}</dt>
                <dd>{span(found.clock_skew_ms)}</dd>
                <dt>{say().ranges}</dt>
                <dd className="numbers">{count(found.datacentre_ranges)}</dd>
                <dt>{say().bots}</dt>
                <dd>
                  <Said className="code">{found.bots.join(' · ')}</Said>
                </dd>
              </dl>
            </section>
          </div>
          <Counts />
        </>
      )}
    </Answered>
  );
}

/** How often each rule applied, over orders of all currencies. */
function leftOut(parts: { counts: Record<string, number> }[]): Map<string, number> {
  const left = new Map<string, number>();
  for (const [code, value] of parts.flatMap(({ counts }) => Object.entries(counts))) {
    if (code.startsWith('invalid_') && value > 0) left.set(code, (left.get(code) ?? 0) + value);
  }
  return left;
}

/** What did not count, by reason, in the orders of the last 30 days. */
function Counts() {
  const report = useQuery({ queryKey: ['traffic counts'], queryFn: () => send(api.GET('/v1/reports/boosts', { params: { query: { grain: 'day' } } })) });
  return (
    <section className="card stack" aria-label={say().counts}>
      <h2 className="card-title">{say().counts}</h2>
      <p className="hint">{say().countsWhy}</p>
      <Answered of={report}>
        {({ parts }) => {
          const left = [...leftOut(parts)];
          if (left.length === 0) return <Empty title={say().countsNone} />;
          return (
            <div className="figures">
              {left.map(([code, value]) => (
                <Figure key={code} name={say().rule[code.slice('invalid_'.length)]?.[0] ?? code}>
                  {count(value)}
                </Figure>
              ))}
            </div>
          );
        }}
      </Answered>
    </section>
  );
}
