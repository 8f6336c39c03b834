/** How delivery does: what is counted, what waits, which routes are slow. */
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { api, ask as send } from '../api/client';
import { desk, wordFor, words } from '../i18n';
import { count, share, short } from '../kit/format';
import { Answered, Empty, Waiting } from '../kit/say';
import { Figure, Said } from '../kit/show';
import { DeliveryHealth } from './health_delivery';
import { metrics, type Sample } from './queries';
import { Page } from './shell';

type Read = { at: number; samples: Sample[] };

const value = (samples: Sample[], name: string) =>
  samples.filter((sample) => sample.name === name).reduce((sum, sample) => sum + sample.value, 0);

/** How fast a counter grows, from one reading to the next. */
function useSpeed(now: Read | undefined) {
  const readings = useRef<Read[]>([]);
  if (now && readings.current.at(-1)?.at !== now.at) readings.current = [...readings.current, now].slice(-2);
  return (name: string): number | null => {
    const [before, after] = readings.current;
    if (!before || !after || after.at <= before.at) return null;
    return ((value(after.samples, name) - value(before.samples, name)) * 1000) / (after.at - before.at);
  };
}

export function HealthFigures() {
  const read = useQuery(metrics);
  const speed = useSpeed(read.data);
  if (read.error && !read.data) return <Empty title={desk.health.noMetrics} why={desk.health.noMetricsWhy} />;
  if (!read.data) return <Waiting />;
  const { samples } = read.data;
  const shown: [string, string, boolean][] = [
    [desk.health.events, 'tuiliu_events_accepted_total', true],
    [desk.health.charges, 'tuiliu_charges_total', true],
    [desk.health.duplicates, 'tuiliu_events_duplicate_total', true],
    [desk.health.jobs, 'tuiliu_jobs_due', false],
    [desk.health.outbox, 'tuiliu_outbox_depth', false],
    [desk.health.writes, 'tuiliu_write_queue_depth', false],
    [desk.health.connections, 'tuiliu_http_connections', false],
    [desk.health.inFlight, 'tuiliu_http_requests_in_flight', false],
  ];
  return (
    <div className="stack">
      <div className="figures">
        {shown.map(([name, metric, counter]) => {
          const each = counter ? speed(metric) : null;
          return (
            <div key={metric}>
              <Figure name={name}>{short(value(samples, metric))}</Figure>
              <span className="small quiet">{each === null ? '' : desk.health.perSecond(count(Math.round(each)))}</span>
            </div>
          );
        })}
      </div>
      <p className="small quiet">{desk.health.asOf}</p>
    </div>
  );
}

/** How often the ranges of estimates held, by goal. */
function Calibration() {
  const held = useQuery({ queryKey: ['calibration'], queryFn: () => send(api.GET('/v1/forecast/calibration')) });
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{desk.health.calibration}</h2>
      </div>
      <Answered of={held}>
        {({ goals, nominal_permille, days }) => (
          <>
            <p className="hint">{desk.health.calibrationWhy(share(nominal_permille), count(days))}</p>
            {goals.length === 0 ? (
              <Empty title={words.list.empty} />
            ) : (
              <div className="table-scroll" tabIndex={0} role="region" aria-label={desk.health.calibration}>
                <table>
                  <thead>
                    <tr>
                      <th scope="col">{desk.orders.goal}</th>
                      <th scope="col">{desk.health.basis}</th>
                      <th scope="col" className="right">{desk.health.orders}</th>
                      <th scope="col" className="right">{desk.health.inside}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {goals.map((one) => (
                      <tr key={`${one.goal} ${one.basis}`}>
                        <td>{wordFor(words.goal, one.goal)}</td>
                        <td>{wordFor(desk.health.bases, one.basis)}</td>
                        <td className="right numbers">{count(one.orders)}</td>
                        <td className="right numbers">
                          {one.inside_permille === null || one.inside_permille === undefined ? '—' : share(one.inside_permille)}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
          </>
        )}
      </Answered>
    </section>
  );
}

interface Route {
  name: string;
  requests: number;
  failed: number;
  meanMs: number;
}

function routesOf(samples: Sample[]): Route[] {
  const routes = new Map<string, Route>();
  const at = (sample: Sample) => {
    const name = `${sample.labels['method'] ?? ''} ${sample.labels['route'] ?? ''}`.trim();
    const known = routes.get(name) ?? { name, requests: 0, failed: 0, meanMs: 0 };
    routes.set(name, known);
    return known;
  };
  for (const sample of samples) {
    if (sample.name === 'tuiliu_http_requests_total') {
      const route = at(sample);
      route.requests += sample.value;
      if ((sample.labels['status'] ?? '').startsWith('5')) route.failed += sample.value;
    }
  }
  for (const sample of samples) {
    if (sample.name === 'tuiliu_http_request_duration_seconds_sum') {
      const route = at(sample);
      route.meanMs = route.requests > 0 ? (sample.value * 1000) / route.requests : 0;
    }
  }
  return [...routes.values()].sort((one, other) => other.meanMs - one.meanMs);
}

export function Health() {
  const read = useQuery(metrics);
  const routes = routesOf(read.data?.samples ?? []).filter((route) => route.requests > 0).slice(0, 30);
  return (
    <Page title={desk.nav.health}>
      <section className="card" aria-label={desk.nav.health}>
        <HealthFigures />
      </section>
      <DeliveryHealth />
      <Calibration />
      {routes.length > 0 ? (
        <section className="card">
          <div className="card-head">
            <h2 className="card-title">{desk.health.slowest}</h2>
          </div>
          <div className="table-scroll" tabIndex={0} role="region" aria-label={desk.health.slowest}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{desk.health.route}</th>
                  <th scope="col" className="right">{desk.health.requests}</th>
                  <th scope="col" className="right">{desk.health.failed}</th>
                  <th scope="col" className="right">{desk.health.mean}</th>
                </tr>
              </thead>
              <tbody>
                {routes.map((route) => (
                  <tr key={route.name}>
                    <td className="code">
                      <Said>{route.name}</Said>
                    </td>
                    <td className="right numbers">{count(route.requests)}</td>
                    <td className="right numbers">{count(route.failed)}</td>
                    <td className="right numbers">
                      <Said>{`${route.meanMs.toFixed(1)} ms`}</Said>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      ) : null}
    </Page>
  );
}
