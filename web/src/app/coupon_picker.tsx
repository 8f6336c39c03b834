/** Which coupons pay: the best by themselves, none, or the buyer's own choice. */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Schemas } from '../api/client';
import * as ask from '../api/queries';
import { app, words } from '../i18n';
import { date } from '../kit/format';
import { Chips } from '../kit/input';
import { Answered, Empty } from '../kit/say';
import { Money } from '../kit/show';

type Use = Schemas['CouponChoice'];

export function CouponPicker({ owner, form, use, chosen, onChange }: {
  owner: string;
  form: Schemas['BoostForm'];
  use: Use;
  chosen: string[];
  onChange: (use: Use, coupons: string[]) => void;
}) {
  const coupons = useInfiniteQuery(ask.coupons(owner, 'spendable'));
  const toggle = (id: string) => {
    const next = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
    onChange(next.length > 0 ? 'these' : 'no', next);
  };
  return (
    <div className="stack">
      <Chips
        label={app.form.coupon}
        value={use}
        columns={3}
        onChange={(next) => onChange(next === 'these' && chosen.length === 0 ? 'automatic' : next, chosen)}
        choices={[
          { value: 'automatic' as Use, label: app.form.couponAuto },
          { value: 'no' as Use, label: app.form.couponNone },
          { value: 'these' as Use, label: app.form.couponThese, disabled: chosen.length === 0 },
        ]}
      />
      <p className="hint">{app.form.couponRule}</p>
      <Answered of={coupons}>
        {(pages) => {
          const fitting = ask.rowsOf(pages).filter((coupon) => ['any', 'traffic_pack', form].includes(coupon.product));
          if (fitting.length === 0) return <Empty title={app.coupons.none} why={app.coupons.noneWhy} />;
          return (
            <ul>
              {fitting.map((coupon) => (
                <li key={coupon.id}>
                  <label className="line-item check">
                    <input type="checkbox" checked={use === 'these' && chosen.includes(coupon.id)} onChange={() => toggle(coupon.id)} />
                    <span className="grow">
                      <span className="strong">{words.coupon.kind[coupon.kind]}</span>
                      <span className="quiet small"> {app.coupons.until(date(coupon.valid_to))}</span>
                    </span>
                    <Money of={{ amount: coupon.remaining_points, currency: 'POINT' }} />
                  </label>
                </li>
              ))}
            </ul>
          );
        }}
      </Answered>
    </div>
  );
}
