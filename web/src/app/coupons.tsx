/** Coupons: what is left of each and until when. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, words } from '../i18n';
import { count, date } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, Empty, Waiting } from '../kit/say';
import { Tag, type Tone } from '../kit/show';
import { Page, useMe } from './shell';

export const COUPON_TONES: Record<Schemas['CouponState'], Tone> = {
  upcoming: 'busy',
  spendable: 'good',
  held: 'wait',
  used: 'calm',
  returned: 'calm',
  split: 'calm',
  expired: 'calm',
};
const SOON_MS = 3 * 24 * 3_600_000;
const OVER = ['used', 'returned', 'split', 'expired'];

export function Coupons() {
  const me = useMe();
  const coupons = useInfiniteQuery(ask.coupons(me.party));
  return (
    <Page title={app.coupons.title} back="/">
      <p className="hint">{app.coupons.rule}</p>
      <Answered of={coupons} waiting={<Waiting lines={3} height={92} />}>
        {(pages) => {
          const rows = [...ask.rowsOf(pages)].sort((one, other) => Number(OVER.includes(one.state)) - Number(OVER.includes(other.state)));
          if (rows.length === 0) return <Empty title={app.coupons.none} why={app.coupons.noneWhy} />;
          return (
            <>
              <ul className="columns even">
                {rows.map((coupon) => (
                  <li key={coupon.id}>
                    <Ticket coupon={coupon} />
                  </li>
                ))}
              </ul>
              {coupons.hasNextPage ? (
                <Button kind="wide" onClick={() => void coupons.fetchNextPage()}>
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

function Ticket({ coupon }: { coupon: Schemas['Coupon'] }) {
  const over = OVER.includes(coupon.state);
  const soon = coupon.state === 'spendable' && new Date(coupon.valid_to).getTime() - Date.now() < SOON_MS;
  return (
    <Link to="/coupons/$id" params={{ id: coupon.id }} className={`card ticket ${over ? 'over' : ''}`}>
      <span>
        <span className="big">{count(coupon.remaining_points)}</span>
        <span className="small">{words.unit.points('').trim()}</span>
      </span>
      <span>
        <span className="row between">
          <span className="strong">{words.coupon.kind[coupon.kind]}</span>
          <Tag tone={COUPON_TONES[coupon.state]}>{words.coupon.state[coupon.state]}</Tag>
        </span>
        <span className="small quiet">
          {app.coupons.face} {count(coupon.points)} · {words.coupon.product[coupon.product]}
        </span>
        <span className="small quiet">
          {app.coupons.until(date(coupon.valid_to))} {soon ? <Tag tone="wait">{app.coupons.soon}</Tag> : null}
        </span>
      </span>
    </Link>
  );
}
