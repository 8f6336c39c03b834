/** Guaranteed plays: bought by me, or on my videos. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '../api/client';
import * as offers from '../api/offers';
import { rowsOf } from '../api/queries';
import { app, wordFor, words } from '../i18n';
import { short } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, Empty, Waiting } from '../kit/say';
import { At, Money, Said, Tag, type Tone } from '../kit/show';
import { Page, useMe } from './shell';

export const GUARANTEE_TONES: Record<string, Tone> = {
  waiting: 'wait',
  running: 'good',
  frozen: 'bad',
  succeeded: 'calm',
  compensated: 'busy',
  lapsed: 'calm',
  voided: 'calm',
};

/** Names of creators, as far as the first of them go. */
export function useCreatorNames(wanted: boolean): Map<string, string> {
  const creators = useInfiniteQuery({ ...offers.guaranteeCreators(100), enabled: wanted });
  return new Map(rowsOf(creators.data).map((one) => [one.creator_id, one.display_name]));
}

export function Guarantees() {
  const me = useMe();
  const buys = me.actions.includes('guarantee.place');
  const found = useInfiniteQuery({
    ...offers.guarantees(buys ? { buyer_id: me.party } : { creator_id: me.party }),
    refetchInterval: 30_000,
  });
  const names = useCreatorNames(buys);
  const buy = buys ? (
    <Link to="/guarantees/new" className="button main">
      {app.guarantee.buy}
    </Link>
  ) : null;
  return (
    <Page title={app.guarantee.title} back="/" aside={buy}>
      <p className="hint">{app.guarantee.how}</p>
      <Answered of={found} waiting={<Waiting lines={3} height={96} />}>
        {(pages) => {
          const rows = rowsOf(pages);
          if (rows.length === 0) {
            return (
              <div className="card">
                <Empty title={app.guarantee.none} why={buys ? app.guarantee.noneBuyer : app.guarantee.noneCreator}>
                  {buy}
                </Empty>
              </div>
            );
          }
          return (
            <>
              <ul className="columns even">
                {rows.map((one) => (
                  <li key={one.id} className="card">
                    <Row of={one} name={buys ? names.get(one.creator_id) : me.display_name} />
                  </li>
                ))}
              </ul>
              {found.hasNextPage ? (
                <Button kind="wide" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
                  {words.do.more}
                </Button>
              ) : null}
            </>
          );
        }}
      </Answered>
    </Page>
  );
}

function Row({ of, name }: { of: Schemas['Guarantee']; name: string | undefined }) {
  const until: [string, string | null | undefined] =
    of.state === 'waiting' ? [app.guarantee.lapsesAt, of.lapses_at] : [app.guarantee.endsAt, of.ends_at ?? of.ended_at];
  return (
    <Link to="/guarantees/$id" params={{ id: of.id }} className="order-card">
      <div className="row between">
        <Said className="strong cut">{name ?? of.creator_id}</Said>
        <Tag tone={GUARANTEE_TONES[of.state] ?? 'calm'}>{wordFor(app.guarantee.state, of.state)}</Tag>
      </div>
      <div className="row between small quiet wrap" style={{ gap: 4 }}>
        <span>
          {app.guarantee.expected} <span className="numbers">{short(of.expected_plays)}</span>
        </span>
        <span>
          {app.guarantee.fee} <Money of={of.fee} />
        </span>
      </div>
      <div className="row between small quiet wrap" style={{ gap: 4 }}>
        <span>
          {until[0]} <At at={until[1]} />
        </span>
        {of.refund ? (
          <span>
            {wordFor(app.guarantee.refundKind, of.refund.kind)} <Money of={of.refund.amount} />
          </span>
        ) : null}
      </div>
    </Link>
  );
}
