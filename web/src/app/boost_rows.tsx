/** The finer settings of an order: each a line that opens a sheet. */
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Schemas } from '../api/client';
import { app, words } from '../i18n';
import { money, span } from '../kit/format';
import { Button, Chips } from '../kit/input';
import { Sheet } from '../kit/sheet';
import { CouponPicker } from './coupon_picker';
import { type Audience, conditions, type Draft, NOBODY_IN_PARTICULAR } from './draft';
import { boostRoute } from './router';

type Change = (part: Partial<Draft>) => void;

/** Which sheet is open stands in the address. */
function useSheet(name: string) {
  const search = boostRoute.useSearch();
  const navigate = useNavigate();
  const setOpen = (open: boolean) => void navigate({ to: '/boost', search: { ...search, sheet: open ? name : undefined }, replace: !open });
  return [search.sheet === name, setOpen] as const;
}

function Row({ name, value, onOpen }: { name: string; value: ReactNode; onOpen: () => void }) {
  return (
    <button type="button" className="line-item" onClick={onOpen} aria-haspopup="dialog">
      <span>{name}</span>
      <span className="row quiet" style={{ gap: 4 }}>
        {value}
        <i className="chevron" />
      </span>
    </button>
  );
}

const AGES = ['18-23', '24-30', '31-40', '41-50', '51-60'];
const INTERESTS = ['beauty', 'fashion', 'food', 'music', 'games', 'sports', 'travel', 'pets'] as const;

function Many<T extends string>({ label, values, chosen, name, onChange }: {
  label: string;
  values: readonly T[];
  chosen: string[];
  name: (value: T) => string;
  onChange: (values: string[]) => void;
}) {
  const toggle = (value: string) =>
    onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  return (
    <fieldset className="chips">
      <legend className="label">{label}</legend>
      {values.map((value) => (
        <label key={value} className="chip">
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
          <span>{name(value)}</span>
        </label>
      ))}
    </fieldset>
  );
}

export function AudienceRow({ draft, change }: { draft: Draft; change: Change }) {
  const [open, setOpen] = useSheet('audience');
  const { audience } = draft;
  const set = (part: Partial<Audience>) => change({ audience: { ...audience, ...part } });
  const chosen = conditions(audience);
  const regions = app.form.regions;
  return (
    <>
      <Row
        name={app.form.audience}
        value={chosen ? app.form.chosen(String(chosen)) : app.form.everyone}
        onOpen={() => setOpen(true)}
      />
      <Sheet
        title={app.form.audience}
        open={open}
        onClose={() => setOpen(false)}
        footer={
          <div className="pair">
            <Button onClick={() => change({ audience: NOBODY_IN_PARTICULAR })}>{words.do.reset}</Button>
            <Button kind="main" onClick={() => setOpen(false)}>
              {words.do.confirm}
            </Button>
          </div>
        }
      >
        <div className="stack loose">
          <p className="hint">{app.form.audienceHelp}</p>
          <div>
            <span className="label">{app.form.gender}</span>
            <Chips
              label={app.form.gender}
              value={audience.gender || 'any'}
              columns={3}
              onChange={(value) => set({ gender: value === 'any' ? '' : (value as 'female' | 'male') })}
              choices={(['any', 'female', 'male'] as const).map((value) => ({ value, label: app.form.genders[value] }))}
            />
          </div>
          <Many label={app.form.age} values={AGES} chosen={audience.ages} name={(age) => age} onChange={(ages) => set({ ages })} />
          <Many
            label={app.form.region}
            values={Object.keys(regions) as (keyof typeof regions)[]}
            chosen={audience.regions}
            name={(region) => regions[region]}
            onChange={(chosenRegions) => set({ regions: chosenRegions })}
          />
          <Many
            label={app.form.interest}
            values={INTERESTS}
            chosen={audience.interests}
            name={(interest) => words.category[interest]}
            onChange={(interests) => set({ interests })}
          />
          <label className="check">
            <input type="checkbox" checked={audience.newOnly} onChange={(event) => set({ newOnly: event.target.checked })} />
            {app.form.newOnly}
          </label>
        </div>
      </Sheet>
    </>
  );
}

export function CouponRow({
  draft,
  plan,
  owner,
  form,
  change,
}: {
  draft: Draft;
  plan: Schemas['PaymentPlan'] | undefined;
  owner: string;
  form: Schemas['BoostForm'];
  change: Change;
}) {
  const [open, setOpen] = useSheet('coupons');
  const off = plan && plan.by_coupons.amount > 0 ? app.form.couponOff(money(plan.by_coupons)) : null;
  const value = draft.couponUse === 'no' ? app.form.couponNone : (off ?? app.form.couponNoneFits);
  return (
    <>
      <Row name={app.form.coupon} value={value} onOpen={() => setOpen(true)} />
      <Sheet
        title={app.pay.choose}
        open={open}
        onClose={() => setOpen(false)}
        footer={
          <Button kind="main wide" onClick={() => setOpen(false)}>
            {words.do.confirm}
          </Button>
        }
      >
        <CouponPicker
          owner={owner}
          form={form}
          use={draft.couponUse}
          chosen={draft.coupons}
          onChange={(couponUse, coupons) => change({ couponUse, coupons })}
        />
        {off ? <p className="notice good" style={{ marginTop: 12 }}>{off}</p> : null}
      </Sheet>
    </>
  );
}

const SPENDS = [0, 20_000, 50_000, 100_000, 200_000];
const COSTS = [0, 200, 500, 1_000, 2_000];
const IDLES = [0, 600_000, 1_800_000, 3_600_000];

export function GuardRow({ draft, change, currency }: { draft: Draft; change: Change; currency: 'BEAN' | 'CNY' }) {
  const [open, setOpen] = useSheet('guard');
  const set = [draft.stopAtSpend, draft.stopAtCost, draft.stopWhenIdleMs].filter(Boolean).length;
  const sum = (amount: number) => (amount ? money({ amount, currency }) : app.form.guardOff);
  const one = (label: string, value: number, values: number[], name: (value: number) => string, on: (value: number) => void) => (
    <div>
      <span className="label">{label}</span>
      <Chips
        label={label}
        value={value}
        columns={3}
        onChange={on}
        choices={values.map((choice) => ({ value: choice, label: name(choice) }))}
      />
    </div>
  );
  return (
    <>
      <Row
        name={app.form.guard}
        value={set ? app.form.guardSome(String(set)) : app.form.guardNone}
        onOpen={() => setOpen(true)}
      />
      <Sheet
        title={app.form.guard}
        open={open}
        onClose={() => setOpen(false)}
        footer={
          <Button kind="main wide" onClick={() => setOpen(false)}>
            {words.do.confirm}
          </Button>
        }
      >
        <div className="stack loose">
          <p className="hint">{app.form.guardHelp}</p>
          {one(app.form.guardSpend, draft.stopAtSpend, SPENDS, sum, (stopAtSpend) => change({ stopAtSpend }))}
          {one(app.form.guardCost, draft.stopAtCost, COSTS, sum, (stopAtCost) => change({ stopAtCost }))}
          {one(
            app.form.guardIdle,
            draft.stopWhenIdleMs,
            IDLES,
            (ms) => (ms ? span(ms) : app.form.guardOff),
            (stopWhenIdleMs) => change({ stopWhenIdleMs }),
          )}
        </div>
      </Sheet>
    </>
  );
}
