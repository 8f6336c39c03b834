/** The builder of a programme: conditions from a typed list, tables of rewards, quota, window, form. */
import { type ReactNode, useEffect, useState } from 'react';
import { desk, words } from '../../i18n';
import { Button, TextField } from '../../kit/input';
import {
  type Broadcasts, type Condition, type Flag, type Metric, type Periods, type Rewards, type Scale, type Target, type Terms, type Threshold, type Tier,
  DAYS, FLAGS, HOURS, METRICS, PERCENT, SCALES, typed, WHOLE, written,
} from './terms';

const say = () => desk.incentive;

/** A number with its unit; what is typed and is none is told at once. */
export function NumberField({ label, value, scale = WHOLE, unit, hidden = false, onChange }: {
  label: string;
  value: number;
  scale?: Scale;
  unit?: string | undefined;
  /** Only said: where what stands around it names it. */
  hidden?: boolean;
  onChange: (value: number) => void;
}) {
  const [text, setText] = useState(() => written(value, scale));
  useEffect(() => {
    if (!Number.isNaN(value)) setText((now) => (typed(now, scale) === value ? now : written(value, scale)));
  }, [value, scale]);
  const wrong = Number.isNaN(typed(text, scale));
  return (
    <label className="number-field">
      <span className={hidden ? 'only-read' : 'label'}>{label}</span>
      <span className={`field ${wrong ? 'bad' : ''}`}>
        <input
          inputMode="decimal"
          autoComplete="off"
          className="numbers"
          value={text}
          aria-invalid={wrong}
          onChange={(event) => {
            setText(event.target.value);
            onChange(typed(event.target.value, scale));
          }}
        />
        {unit ? <span className="quiet nowrap">{unit}</span> : null}
      </span>
    </label>
  );
}

export function Choose<T extends string>({ label, value, all, nameOf, hidden = false, onChange }: {
  label: string;
  value: T;
  all: readonly T[];
  nameOf: (value: T) => string;
  hidden?: boolean;
  onChange: (value: T) => void;
}) {
  return (
    <label>
      <span className={hidden ? 'only-read' : 'label'}>{label}</span>
      <span className="field">
        <select value={value} onChange={(event) => onChange(all.find((one) => one === event.target.value) ?? value)}>
          {all.map((one) => (
            <option key={one} value={one}>
              {nameOf(one)}
            </option>
          ))}
        </select>
      </span>
    </label>
  );
}

/** Something that may be left out. */
function Optional<T>({ label, value, fresh, children, onChange }: {
  label: string;
  value: T | null;
  fresh: T;
  children: (value: T) => ReactNode;
  onChange: (value: T | null) => void;
}) {
  return (
    <div className="stack tight">
      <label className="check">
        <input type="checkbox" checked={value !== null} onChange={(event) => onChange(event.target.checked ? fresh : null)} />
        {label}
      </label>
      {value === null ? null : children(value)}
    </div>
  );
}

type Word = 'at_least' | 'at_most' | 'is' | 'is_not' | 'all' | 'any';
const WORDS: Word[] = ['at_least', 'at_most', 'is', 'is_not', 'all', 'any'];
const wordOf = (condition: Condition): Word => WORDS.find((word) => word in condition) ?? 'all';

/** A condition of another kind, with as much as possible of what was there. */
function turned(condition: Condition, word: Word): Condition {
  const threshold: Threshold = 'at_least' in condition ? condition.at_least : 'at_most' in condition ? condition.at_most : { metric: 'length_ms', value: 3_600_000 };
  const flag: Flag = 'is' in condition ? condition.is : 'is_not' in condition ? condition.is_not : 'sells_live';
  const parts: Condition[] = 'all' in condition ? condition.all : 'any' in condition ? condition.any : [condition];
  switch (word) {
    case 'at_least':
      return { at_least: threshold };
    case 'at_most':
      return { at_most: threshold };
    case 'is':
      return { is: flag };
    case 'is_not':
      return { is_not: flag };
    case 'all':
      return { all: parts };
    default:
      return { any: parts };
  }
}

/** One condition; groups hold others, three deep at most. */
export function ConditionEditor({ label, value, depth = 0, onChange, onRemove }: {
  label: string;
  value: Condition;
  depth?: number;
  onChange: (value: Condition) => void;
  onRemove?: () => void;
}) {
  const word = wordOf(value);
  const offered = depth < 2 ? WORDS : WORDS.filter((one) => one !== 'all' && one !== 'any');
  const remove = onRemove ? (
    <button type="button" className="icon-button" aria-label={say().remove} title={say().remove} onClick={onRemove}>
      ×
    </button>
  ) : null;
  const kind = <Choose label={label} hidden value={word} all={offered} nameOf={(one) => say().word[one]} onChange={(next) => onChange(turned(value, next))} />;
  if ('all' in value || 'any' in value) {
    const parts = 'all' in value ? value.all : value.any;
    const put = (next: Condition[]) => onChange('all' in value ? { all: next } : { any: next });
    return (
      <fieldset className="condition-group">
        <legend className="only-read">{label}</legend>
        <div className="row between">
          {kind}
          {remove}
        </div>
        {parts.length === 0 ? <p className="hint">{say().everybody}</p> : null}
        {parts.map((part, nth) => (
          <ConditionEditor
            // The place is what a condition is known by: it has no name of its own.
            key={nth}
            label={`${label} ${nth + 1}`}
            value={part}
            depth={depth + 1}
            onChange={(next) => put(parts.map((one, at) => (at === nth ? next : one)))}
            onRemove={() => put(parts.filter((_, at) => at !== nth))}
          />
        ))}
        <Button kind="plain start" onClick={() => put([...parts, { at_least: { metric: 'length_ms', value: 3_600_000 } }])}>
          {say().add}
        </Button>
      </fieldset>
    );
  }
  if ('is' in value || 'is_not' in value) {
    const flag = 'is' in value ? value.is : value.is_not;
    return (
      <div className="condition">
        {kind}
        <Choose label={say().fact} hidden value={flag} all={FLAGS} nameOf={(one) => say().flag[one]} onChange={(next) => onChange('is' in value ? { is: next } : { is_not: next })} />
        {remove}
      </div>
    );
  }
  const threshold = 'at_least' in value ? value.at_least : value.at_most;
  const put = (next: Threshold) => onChange('at_least' in value ? { at_least: next } : { at_most: next });
  return (
    <div className="condition">
      <Choose label={say().fact} hidden value={threshold.metric} all={METRICS} nameOf={(one) => say().metric[one]} onChange={(metric) => put({ ...threshold, metric })} />
      {kind}
      <NumberField
        key={threshold.metric}
        label={say().metric[threshold.metric]}
        hidden
        value={threshold.value}
        scale={SCALES[threshold.metric]}
        unit={say().amount[threshold.metric]('').trim()}
        onChange={(next) => put({ ...threshold, value: next })}
      />
      {remove}
    </div>
  );
}

const FRESH_TIER: Tier = { condition: { all: [] }, face: { base_points: 100, share: null, points_max: 100 }, coupons: 1 };

function Tiers({ value, onChange }: { value: Tier[]; onChange: (tiers: Tier[]) => void }) {
  const put = (nth: number, tier: Tier) => onChange(value.map((one, at) => (at === nth ? tier : one)));
  return (
    <div className="stack">
      <h3>{say().tiers}</h3>
      <p className="hint">{say().tiersWhy}</p>
      {value.map((tier, nth) => (
        <fieldset key={nth} className="condition-group">
          <legend className="label">{say().tier(String(nth + 1))}</legend>
          <ConditionEditor label={say().achieved} value={tier.condition} onChange={(condition) => put(nth, { ...tier, condition })} />
          <div className="fields">
            <NumberField label={say().coupons} value={tier.coupons} onChange={(coupons) => put(nth, { ...tier, coupons })} />
            <NumberField label={say().base} value={tier.face.base_points} onChange={(base_points) => put(nth, { ...tier, face: { ...tier.face, base_points } })} />
            <NumberField label={say().faceMax} value={tier.face.points_max} onChange={(points_max) => put(nth, { ...tier, face: { ...tier.face, points_max } })} />
          </div>
          <Optional
            label={say().shareToo}
            value={tier.face.share}
            fresh={{ metric: 'paid_gmv_fen' as Metric, permille: 10 }}
            onChange={(share) => put(nth, { ...tier, face: { ...tier.face, share } })}
          >
            {(share) => (
              <div className="fields">
                <NumberField label={say().share} value={share.permille} scale={PERCENT} unit="%" onChange={(permille) => put(nth, { ...tier, face: { ...tier.face, share: { ...share, permille } } })} />
                <Choose label={say().shareOf} value={share.metric} all={METRICS} nameOf={(one) => say().metric[one]} onChange={(metric) => put(nth, { ...tier, face: { ...tier.face, share: { ...share, metric } } })} />
              </div>
            )}
          </Optional>
          {value.length > 1 ? (
            <Button kind="plain" onClick={() => onChange(value.filter((_, at) => at !== nth))}>
              {say().removeTier}
            </Button>
          ) : null}
        </fieldset>
      ))}
      <Button onClick={() => onChange([...value, value.at(-1) ?? FRESH_TIER])}>{say().addTier}</Button>
    </div>
  );
}

function BroadcastRewards({ value, approves, onChange }: { value: Broadcasts; approves: boolean; onChange: (value: Broadcasts) => void }) {
  return (
    <div className="stack">
      {approves ? (
        <Optional label={say().onApproval} value={value.on_approval} fresh={{ points: 500, coupons: 1 }} onChange={(on_approval) => onChange({ ...value, on_approval })}>
          {(award) => (
            <div className="fields">
              <NumberField label={say().points} value={award.points} onChange={(points) => onChange({ ...value, on_approval: { ...award, points } })} />
              <NumberField label={say().coupons} value={award.coupons} onChange={(coupons) => onChange({ ...value, on_approval: { ...award, coupons } })} />
            </div>
          )}
        </Optional>
      ) : null}
      <NumberField label={say().broadcastsMax} value={value.broadcasts_max} onChange={(broadcasts_max) => onChange({ ...value, broadcasts_max })} />
      <Tiers value={value.tiers} onChange={(tiers) => onChange({ ...value, tiers })} />
    </div>
  );
}

function PeriodRewards({ value, onChange }: { value: Periods; onChange: (value: Periods) => void }) {
  return (
    <div className="stack">
      <div className="fields">
        <Choose label={say().period} value={value.period} all={['week', 'month'] as const} nameOf={(one) => say().periods[one]} onChange={(period) => onChange({ ...value, period })} />
        <NumberField label={say().monthMax} value={value.points_per_month_max} onChange={(points_per_month_max) => onChange({ ...value, points_per_month_max })} />
      </div>
      <Tiers value={value.tiers} onChange={(tiers) => onChange({ ...value, tiers })} />
    </div>
  );
}

function TargetRewards({ value, onChange }: { value: Target; onChange: (value: Target) => void }) {
  const steps = value.steps_permille;
  return (
    <div className="stack">
      <div className="fields">
        {steps.map((step, nth) => (
          <NumberField
            key={nth}
            label={say().step(String(nth + 1))}
            value={step}
            scale={PERCENT}
            unit="%"
            onChange={(next) => onChange({ ...value, steps_permille: steps.map((one, at) => (at === nth ? next : one)) })}
          />
        ))}
      </div>
      <div className="fields">
        <NumberField label={say().targetShare} value={value.share_permille} scale={PERCENT} unit="%" onChange={(share_permille) => onChange({ ...value, share_permille })} />
        <NumberField label={say().faceMax} value={value.points_max} onChange={(points_max) => onChange({ ...value, points_max })} />
      </div>
      <Optional
        label={say().bonus}
        value={value.bonus}
        fresh={{ settlement_rate_permille_min: 600, share_permille: 5 }}
        onChange={(bonus) => onChange({ ...value, bonus })}
      >
        {(bonus) => (
          <div className="fields">
            <NumberField label={say().bonusFrom} value={bonus.settlement_rate_permille_min} scale={PERCENT} unit="%" onChange={(rate) => onChange({ ...value, bonus: { ...bonus, settlement_rate_permille_min: rate } })} />
            <NumberField label={say().bonusShare} value={bonus.share_permille} scale={PERCENT} unit="%" onChange={(share_permille) => onChange({ ...value, bonus: { ...bonus, share_permille } })} />
          </div>
        )}
      </Optional>
    </div>
  );
}

function RewardsEditor({ value, kind, onChange }: { value: Rewards; kind: Terms['kind']; onChange: (value: Rewards) => void }) {
  if ('target' in value) return <TargetRewards value={value.target} onChange={(target) => onChange({ target })} />;
  const tiers = 'broadcasts' in value ? value.broadcasts.tiers : value.periods.tiers;
  const per = 'broadcasts' in value ? 'broadcasts' : 'periods';
  const turn = (next: 'broadcasts' | 'periods') => {
    if (next === per) return;
    onChange(
      next === 'broadcasts'
        ? { broadcasts: { on_approval: null, tiers, broadcasts_max: 100 } }
        : { periods: { period: 'week', tiers, points_per_month_max: 20_000 } },
    );
  };
  return (
    <div className="stack">
      {kind === 'growth' ? (
        <Choose label={say().per} value={per} all={['broadcasts', 'periods'] as const} nameOf={(one) => say().pers[one]} onChange={turn} />
      ) : null}
      {'broadcasts' in value ? (
        <BroadcastRewards value={value.broadcasts} approves={kind !== 'growth'} onChange={(broadcasts) => onChange({ broadcasts })} />
      ) : (
        <PeriodRewards value={value.periods} onChange={(periods) => onChange({ periods })} />
      )}
    </div>
  );
}

/** A day as it is typed, in the person's own zone. */
function dayOf(at: string | null): string {
  if (!at) return '';
  const day = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
const timeOf = (day: string) => (day ? new Date(`${day}T00:00:00`).toISOString() : null);

export function TermsEditor({ value, onChange }: { value: Terms; onChange: (terms: Terms) => void }) {
  const { application, coupon } = value;
  const put = (part: Partial<Terms>) => onChange({ ...value, ...part });
  return (
    <div className="stack loose">
      <TextField label={say().title} value={value.title} onChange={(title) => put({ title })} required maxLength={200} />
      <div className="fields">
        <TextField label={say().startsAt} type="date" value={dayOf(value.starts_at)} onChange={(day) => put({ starts_at: timeOf(day) })} hint={say().openEnd} />
        <TextField label={say().endsAt} type="date" value={dayOf(value.ends_at)} onChange={(day) => put({ ends_at: timeOf(day) })} hint={say().openEnd} />
      </div>
      <section className="stack" aria-label={say().eligibility}>
        <h3>{say().eligibility}</h3>
        <ConditionEditor label={say().eligibility} value={value.eligibility} onChange={(eligibility) => put({ eligibility })} />
      </section>
      <section className="stack" aria-label={say().rewards}>
        <h3>{say().rewards}</h3>
        <RewardsEditor value={value.rewards} kind={value.kind} onChange={(rewards) => put({ rewards })} />
      </section>
      <section className="stack" aria-label={say().limits}>
        <h3>{say().limits}</h3>
        <Optional label={say().quotaToo} value={value.coupons_per_month} fresh={1000} onChange={(coupons_per_month) => put({ coupons_per_month })}>
          {(quota) => <NumberField label={say().quota} value={quota} onChange={(coupons_per_month) => put({ coupons_per_month })} />}
        </Optional>
        <div className="fields">
          <Choose label={desk.coupons.product} value={coupon.product} all={['any', 'plain', 'commerce'] as const} nameOf={(one) => words.coupon.product[one]} onChange={(product) => put({ coupon: { ...coupon, product } })} />
        </div>
        <Optional label={say().validityToo} value={coupon.validity_ms} fresh={7 * 86_400_000} onChange={(validity_ms) => put({ coupon: { ...coupon, validity_ms } })}>
          {(validity) => <NumberField label={say().validity} value={validity} scale={DAYS} unit={say().days} onChange={(validity_ms) => put({ coupon: { ...coupon, validity_ms } })} />}
        </Optional>
      </section>
      {value.kind === 'growth' ? null : (
        <section className="stack" aria-label={say().application}>
          <h3>{say().application}</h3>
          <div className="fields">
            <NumberField label={say().ahead} value={application.ahead_ms_min} scale={DAYS} unit={say().days} onChange={(ahead_ms_min) => put({ application: { ...application, ahead_ms_min } })} />
            <NumberField label={say().planned} value={application.planned_ms_min} scale={HOURS} unit={say().hours} onChange={(planned_ms_min) => put({ application: { ...application, planned_ms_min } })} />
            <NumberField label={say().answerWithin} value={application.review_working_days} unit={say().workingDays} onChange={(review_working_days) => put({ application: { ...application, review_working_days } })} />
          </div>
        </section>
      )}
    </div>
  );
}
