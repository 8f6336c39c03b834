/** Programmes that are open to me, how far I am, what I applied for, what I earned, what I owe. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import * as offers from '../api/offers';
import { rowsOf } from '../api/queries';
import { app, wordFor, words } from '../i18n';
import { count, date, moment } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, Empty, ErrorState, Waiting } from '../kit/say';
import { At, Said, Tag, type Tone } from '../kit/show';
import { ApplySheet } from './incentive_apply';
import { DebtCard, Measures } from './incentive_debt';
import { Card } from './order_cards';
import { incentivesRoute } from './router';
import { Page, useMe } from './shell';
import { Thresholds } from './threshold';

type Task = Schemas['IncentiveTask'];
/** Kinds that ask for an application. */
const BY_APPLICATION = ['cold_start', 'benchmark'];
const APPLICATION: Record<string, Tone> = { submitted: 'wait', approved: 'good', rejected: 'bad', withdrawn: 'calm' };
const REWARD: Record<string, Tone> = { issued: 'good', over_quota: 'wait', withheld: 'wait', taken_back: 'bad' };

export function Incentives() {
  const me = useMe();
  const { apply } = incentivesRoute.useSearch();
  const navigate = useNavigate();
  const tasks = useQuery({ ...offers.tasks(me.party), refetchInterval: 30_000 });
  const measures = useQuery(offers.measures(me.party));
  // Whoever is limited earns nothing while it holds, whatever they fulfil.
  const limited = measures.data?.data.some((measure) => measure.state === 'in_force') ?? false;
  const applying = tasks.data?.data.find((task) => task.programme_id === apply);
  const close = () => void navigate({ to: '/incentives', search: {}, replace: true });
  return (
    <Page title={app.incentive.title} back="/">
      <p className="hint">{app.incentive.how}</p>
      <Measures party={me.party} />
      <div className="columns two">
        <div className="stack">
          <Answered of={tasks} waiting={<Waiting lines={3} height={140} />}>
            {({ data }) =>
              data.length === 0 ? (
                <div className="card">
                  <Empty title={app.incentive.none} why={app.incentive.noneWhy} />
                </div>
              ) : (
                data.map((task) => <TaskCard key={task.programme_id} task={limited ? { ...task, is_eligible: false } : task} />)
              )
            }
          </Answered>
        </div>
        <div className="stack">
          <DebtCard party={me.party} />
          <Rewards party={me.party} />
          <Applications party={me.party} titles={new Map(tasks.data?.data.map((task) => [task.programme_id, task.title]))} />
        </div>
      </div>
      {applying ? <ApplySheet task={applying} onClose={close} /> : null}
    </Page>
  );
}

function TaskCard({ task }: { task: Task }) {
  const me = useMe();
  const asks = BY_APPLICATION.includes(task.kind);
  const left = task.coupons_left ?? null;
  const may = asks && task.is_eligible && !task.application_state && left !== 0 && me.actions.includes('incentive.apply');
  return (
    <section className="card stack" aria-labelledby={task.programme_id}>
      <div className="row between top">
        <div className="stack tight" style={{ gap: 2 }}>
          <h2 id={task.programme_id}>
            <Said>{task.title}</Said>
          </h2>
          <span className="small quiet">{app.incentive.kind[task.kind]}</span>
        </div>
        {task.application_state ? (
          <Tag tone={APPLICATION[task.application_state] ?? 'calm'}>{wordFor(app.incentive.applicationState, task.application_state)}</Tag>
        ) : (
          <Tag tone={task.is_eligible ? 'good' : 'calm'}>{task.is_eligible ? app.incentive.eligible : app.incentive.notEligible}</Tag>
        )}
      </div>
      {task.eligibility.length > 0 ? (
        <details open={!task.is_eligible}>
          <summary className="label">{app.incentive.whoMay}</summary>
          <Thresholds of={task.eligibility} />
        </details>
      ) : null}
      {task.tiers.length > 0 ? (
        <div>
          <h3 className="label">{app.incentive.tiers}</h3>
          <ul className="stack">
            {task.tiers.map((tier, nth) => (
              <li key={nth} className="tier">
                <div className="row between">
                  <span className="strong numbers">{app.incentive.points(count(tier.points), count(tier.coupons))}</span>
                  {tier.is_reached ? <Tag tone="good">{app.incentive.reached}</Tag> : null}
                </div>
                <Thresholds of={tier.thresholds} />
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      <p className="small quiet">
        {task.period_from && task.period_to
          ? app.incentive.period(date(task.period_from), date(task.period_to))
          : app.incentive.lastBroadcast}
        {left === null ? '' : ` · ${left > 0 ? app.incentive.couponsLeft(count(left)) : app.incentive.couponsGone}`}
      </p>
      {task.rewards > 0 ? (
        <p className="notice good small">{app.incentive.earned(count(task.rewards), count(task.rewarded_points))}</p>
      ) : null}
      {may ? (
        <Link to="/incentives" search={{ apply: task.programme_id }} className="button main">
          {app.incentive.apply}
        </Link>
      ) : asks ? null : (
        <p className="hint">{app.incentive.automatic}</p>
      )}
    </section>
  );
}

function Rewards({ party }: { party: string }) {
  const rewards = useInfiniteQuery(offers.rewards(party));
  return (
    <Card title={app.incentive.rewards}>
      <Answered of={rewards}>
        {(pages) => {
          const rows = rowsOf(pages);
          if (rows.length === 0) return <Empty title={app.incentive.rewardsNone} why={app.incentive.rewardsNoneWhy} />;
          return (
            <>
              <ul>
                {rows.map((reward) => (
                  <li key={reward.id} className="line-item">
                    <span className="stack tight">
                      <span className="strong numbers">{words.unit.points(count(reward.points))}</span>
                      <span className="small quiet">
                        <At at={reward.at} />
                        {reward.netted_points > 0 ? ` · ${app.incentive.netted(count(reward.netted_points))}` : ''}
                      </span>
                      {reward.reasons.length > 0 ? (
                        <span className="small quiet">{reward.reasons.map((why) => wordFor(app.incentive.reason, why)).join(' · ')}</span>
                      ) : null}
                    </span>
                    {reward.coupons[0] ? (
                      <Link to="/coupons/$id" params={{ id: reward.coupons[0] }}>
                        <Tag tone={REWARD[reward.state] ?? 'calm'}>{app.incentive.rewardState[reward.state]}</Tag>
                      </Link>
                    ) : (
                      <Tag tone={REWARD[reward.state] ?? 'calm'}>{app.incentive.rewardState[reward.state]}</Tag>
                    )}
                  </li>
                ))}
              </ul>
              {rewards.hasNextPage ? (
                <Button kind="wide" busy={rewards.isFetchingNextPage} onClick={() => void rewards.fetchNextPage()}>
                  {words.do.more}
                </Button>
              ) : null}
            </>
          );
        }}
      </Answered>
    </Card>
  );
}

function Applications({ party, titles }: { party: string; titles: Map<string, string> }) {
  const applications = useInfiniteQuery(offers.applications(party));
  return (
    <Card title={app.incentive.applications}>
      <Answered of={applications}>
        {(pages) => {
          const rows = rowsOf(pages);
          if (rows.length === 0) return <Empty title={app.incentive.applicationsNone} />;
          return (
            <>
              <ul>
                {rows.map((one) => (
                  <Application key={one.id} of={one} title={titles.get(one.programme_id) ?? ''} />
                ))}
              </ul>
              {applications.hasNextPage ? (
                <Button kind="wide" busy={applications.isFetchingNextPage} onClick={() => void applications.fetchNextPage()}>
                  {words.do.more}
                </Button>
              ) : null}
            </>
          );
        }}
      </Answered>
    </Card>
  );
}

function Application({ of, title }: { of: Schemas['IncentiveApplication']; title: string }) {
  const me = useMe();
  const keeper = useQueryClient();
  const waits = of.state === 'submitted';
  const withdrawing = useMutation({
    mutationFn: () =>
      send(
        api.POST('/v1/incentive-applications/{application}/withdraw', {
          params: { path: { application: of.id }, ...once(freshKey()) },
          body: {},
        }),
      ),
    onSuccess: () => keeper.invalidateQueries(),
  });
  return (
    <li className="line-item stack tight" style={{ alignItems: 'stretch' }}>
      <div className="row between">
        <Said className="strong cut">{title || of.goods}</Said>
        <Tag tone={APPLICATION[of.state] ?? 'calm'}>{app.incentive.applicationState[of.state]}</Tag>
      </div>
      <span className="small quiet">
        <At at={of.created_at} />
        {waits ? ` · ${app.incentive.promised(moment(of.promised_at))}` : ''}
      </span>
      {of.reason ? <Said className="small">{of.reason}</Said> : null}
      {waits && me.actions.includes('incentive.apply') ? (
        <div className="row end">
          <Button kind="plain" busy={withdrawing.isPending} onClick={() => withdrawing.mutate()}>
            {app.incentive.withdraw}
          </Button>
        </div>
      ) : null}
      {withdrawing.error ? <ErrorState error={withdrawing.error} stake="changing" /> : null}
    </li>
  );
}
