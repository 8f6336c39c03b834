/** Parts of an order's page: money, what happened, settings, itemised charges. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type ReactNode } from 'react';
import type { BoostDetail, Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, wordFor, words } from '../i18n';
import { cost, count, money, share, span } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, Empty, Waiting } from '../kit/say';
import { At, Id, Money, Said, Spent, type Tone } from '../kit/show';

export function Card({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

type Source = Pick<Schemas['BoostSource'], 'kind' | 'lot_id'>;
const sourceWord = (of: Source) => wordFor(words.source, of.kind);

export function MoneyCard({ order, report, source = sourceWord }: {
  order: BoostDetail;
  report: Schemas['BoostReport'] | undefined;
  /** How a source is named: where a page has it, with the way to what became of it. */
  source?: (of: Source) => ReactNode;
}) {
  return (
    <Card title={app.order.money} aside={<Money of={order.budget} />}>
      {report ? (
        <ul>
          {report.sources.map((one) => (
            <li key={one.lot_id} className="line-item" style={{ flexWrap: 'wrap' }}>
              <span>
                {source(one)} <Money of={one.paid} />
              </span>
              <span className="small quiet numbers">
                {app.order.used} {money(one.used)} · {app.order.returned} {money(one.returned)}
                {one.held.amount > 0 ? ` · ${app.order.held} ${money(one.held)}` : ''}
              </span>
            </li>
          ))}
        </ul>
      ) : order.sources.length > 0 ? (
        <ul>
          {order.sources.map((one) => (
            <li key={one.lot_id} className="line-item">
              <span>{source(one)}</span>
              <Money of={one.amount} />
            </li>
          ))}
        </ul>
      ) : (
        <p className="quiet small">{wordFor(words.state, order.state)}</p>
      )}
      {report && report.money.absorbed.micros > 0 ? (
        <p className="small quiet">
          {app.order.absorbed} <Spent of={report.money.absorbed} />
        </p>
      ) : null}
    </Card>
  );
}

const TONES: Record<string, Tone> = {
  'boost.started': 'good',
  'boost.resumed': 'good',
  'boost.paid': 'good',
  'boost.settled': 'good',
  'boost.paused': 'wait',
  'boost.guard_rule_fired': 'wait',
  'boost.exhausted': 'wait',
  'boost.reservation_invalid': 'bad',
  'boost.undone': 'wait',
  'boost.ended': 'busy',
  'boost.reserved': 'busy',
};

/** What is known of an entry beyond its name. */
function particulars(entry: Schemas['TimelineEntry']): string {
  const data = entry.data as { verdict?: string; stage?: string; price_beans?: number; reasons?: unknown };
  const parts = [
    data.stage ? wordFor(words.stage, data.stage) : '',
    data.verdict ? wordFor(words.verdict, data.verdict) : '',
    data.price_beans ? words.unit.beans(count(data.price_beans)) : '',
  ];
  return parts.filter(Boolean).join(' · ');
}

export function TimelineCard({ id, moving }: { id: string; moving: boolean }) {
  const timeline = useQuery({ ...ask.timeline(id), refetchInterval: moving ? 10_000 : false });
  return (
    <Card title={app.order.timeline}>
      <Answered of={timeline}>
        {({ data }) => (
          <ol className="timeline">
            {[...data].reverse().map((entry) => {
              const more = particulars(entry);
              return (
                <li key={entry.number} className={TONES[entry.name] ?? ''}>
                  <div className="row between">
                    <span>{wordFor(words.event, entry.name)}</span>
                    <span className="small quiet">
                      <At at={entry.at} />
                    </span>
                  </div>
                  {more ? <span className="small quiet">{more}</span> : null}
                </li>
              );
            })}
          </ol>
        )}
      </Answered>
    </Card>
  );
}

function condition(of: Schemas['GuardCondition']): string {
  switch (of.kind) {
    case 'spend_above':
      return `${app.form.guardSpend} ${money(of.limit)}`;
    case 'cost_per_result_above':
      return `${app.form.guardCost} ${money(of.limit)}`;
    case 'dry_spend_above':
      return `${app.form.guardDry} ${money(of.limit)}`;
    case 'idle_longer_than':
      return `${app.form.guardIdle} ${span(of.ms)}`;
    default:
      return `${app.form.guardReturn} ${share(of.permille)}`;
  }
}

export function ruleText(rule: Schemas['GuardRule']): string {
  const joint = rule.then ? ` ${app.form.joint[rule.then.joint]} ${condition(rule.then.condition)}` : '';
  return condition(rule.first) + joint;
}

export function SettingsCard({ order }: { order: BoostDetail }) {
  const rows: [string, ReactNode][] = [
    [app.order.goal, wordFor(words.goal, order.goal)],
    [app.order.budget, <Money key="budget" of={order.budget} />],
    [app.order.duration, span(order.duration_ms)],
    [app.order.audience, order.audience ? <Said key="audience">{order.audience}</Said> : app.order.everyone],
    [app.order.bid, order.bid ? money(order.bid) : order.cost_cap ? money(order.cost_cap) : app.order.auto],
    [app.form.charged, wordFor(words.charged, order.charged_for)],
    [app.order.placedAt, <At key="at" at={order.created_at} />],
    [app.order.number, <Id key="id" of={order.id} />],
  ];
  return (
    <Card title={app.order.settings}>
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {order.guard_rules.map((rule, nth) => (
          <div key={`rule ${nth + 1}`} style={{ display: 'contents' }}>
            <dt>{nth === 0 ? app.order.rules : ''}</dt>
            <dd>{ruleText(rule)}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

export function LedgerCard({ id }: { id: string }) {
  const ledger = useInfiniteQuery(ask.deliveryLedger(id));
  const download = async () => {
    const answer = await fetch(`/v1/boosts/${id}/delivery_ledger`, { headers: { Accept: 'text/csv' } });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await answer.blob());
    link.download = `${id}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <Card
      title={app.order.ledger}
      aside={
        <button type="button" className="button plain" onClick={() => void download()}>
          {app.order.ledgerAll}
        </button>
      }
    >
      <Answered of={ledger} waiting={<Waiting />}>
        {(pages) => {
          const rows = ask.rowsOf(pages).slice(0, 200);
          if (rows.length === 0) return <Empty title={app.order.ledgerNone} />;
          return (
            <div className="scroll" tabIndex={0} role="region" aria-label={app.order.ledger}>
              <ul>
                {rows.map((row) => (
                  <li key={row.number} className="line-item small">
                    <span>
                      {wordFor(words.charged, row.kind)} <span className="quiet"><At at={row.at} /></span>
                    </span>
                    <span className="numbers">
                      {cost(row.price)} <span className="quiet">· {app.order.balanceAfter} {cost(row.balance_after)}</span>
                    </span>
                  </li>
                ))}
              </ul>
              {ledger.hasNextPage ? (
                <Button kind="wide" busy={ledger.isFetchingNextPage} onClick={() => void ledger.fetchNextPage()}>
                  {words.do.more}
                </Button>
              ) : null}
            </div>
          );
        }}
      </Answered>
    </Card>
  );
}
