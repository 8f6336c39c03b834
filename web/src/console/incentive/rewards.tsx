/** What programmes gave, and what it was earned by. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { api, ask as send, type Schemas } from '../../api/client';
import { desk, wordFor, words } from '../../i18n';
import { count } from '../../kit/format';
import { Sheet } from '../../kit/sheet';
import { At, Id, Said, Tag } from '../../kit/show';
import { type Column, QueryTable, rowsFrom } from '../../kit/table';
import { PartyName } from '../order';
import { Go, useWay } from '../way';
import { Figures } from './figures';
import { cursorOf, next } from './page';
import { REWARD_TONES } from './tones';

type Reward = Schemas['IncentiveReward'];
const say = () => desk.incentive;

const rewardColumns: () => Column<Reward>[] = () => [
  { key: 'party', title: say().who, text: (row) => row.party_id, show: (row) => <PartyName id={row.party_id} /> },
  {
    key: 'state',
    title: say().result,
    text: (row) => say().reward[row.state],
    show: (row) => <Tag tone={REWARD_TONES[row.state]}>{say().reward[row.state]}</Tag>,
  },
  { key: 'points', title: say().points, right: true, text: (row) => String(row.points), show: (row) => count(row.points) },
  { key: 'netted', title: say().netted, right: true, text: (row) => String(row.netted_points), show: (row) => count(row.netted_points) },
  { key: 'coupons', title: say().coupons, right: true, text: (row) => String(row.coupons.length), show: (row) => count(row.coupons.length) },
  { key: 'at', title: desk.money.at, text: (row) => row.at, show: (row) => <At at={row.at} /> },
  { key: 'id', title: say().rewardsGiven, text: (row) => row.id, show: (row) => <Id of={row.id} brief /> },
];

export function Rewards() {
  const way = useWay();
  const party = way.text('party');
  const open = way.text('open');
  const found = useInfiniteQuery({
    queryKey: ['rewards', party],
    queryFn: ({ pageParam }) =>
      send(api.GET('/v1/incentive-rewards', { params: { query: { limit: 50, ...(party ? { party } : {}), ...cursorOf(pageParam) } } })),
    ...next,
  });
  const rows = rowsFrom(found);
  const reward = rows.rows.find((row) => row.id === open);
  return (
    <>
      <QueryTable
        name="rewards"
        label={say().rewardsGiven}
        of={rows}
        columns={rewardColumns()}
        keyOf={(row) => row.id}
        onOpen={(row) => way.ask({ open: row.id })}
        narrowed={party ? () => way.ask({ party: '' }) : undefined}
        empty={{ title: say().noRewards, why: say().noRewardsWhy }}
      />
      {reward ? (
        <Sheet title={say().rewardsGiven} open onClose={() => way.ask({ open: '' })} size={520}>
          <div className="stack">
            <dl className="facts">
              <dt>{say().who}</dt>
              <dd>
                <PartyName id={reward.party_id} />
              </dd>
              <dt>{say().programme}</dt>
              <dd>
                <Go to={`/incentives/${reward.programme_id}`}>{say().edition(String(reward.edition))}</Go>
              </dd>
              {reward.room_id ? (
                <>
                  <dt>{desk.orders.room}</dt>
                  <dd>
                    <Go to={`/rooms/${reward.room_id}`}>{words.do.detail}</Go>
                  </dd>
                </>
              ) : null}
              <dt>{say().points}</dt>
              <dd className="numbers">{count(reward.points)}</dd>
              <dt>{say().netted}</dt>
              <dd className="numbers">{count(reward.netted_points)}</dd>
            </dl>
            {reward.reasons.length > 0 ? (
              <p className="notice wait">{reward.reasons.map((reason) => wordFor(say().abuse as Record<string, string>, reason)).join(' · ')}</p>
            ) : null}
            <h2 className="card-title">{say().earnedBy}</h2>
            <Figures of={reward.figures} />
            {reward.coupons.length > 0 ? <h2 className="card-title">{desk.nav.coupons}</h2> : null}
            <ul>
              {reward.coupons.map((coupon) => (
                <li key={coupon} className="line-item">
                  <Go to={`/coupons?open=${coupon}`}>
                    <Said>{coupon}</Said>
                  </Go>
                </li>
              ))}
            </ul>
          </div>
        </Sheet>
      ) : null}
    </>
  );
}
