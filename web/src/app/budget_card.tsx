/** How much and for how long. */
import { useState } from 'react';
import type { Schemas } from '../api/client';
import { app, words } from '../i18n';
import { bare, money, span } from '../kit/format';
import { Chips, MoneyInput } from '../kit/input';
import type { Draft } from './draft';

/** Durations that are shown before somebody asks for all of them. */
const USUAL = [1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000];
const SHORT_MS = 7_200_000;

export function BudgetCard({
  draft,
  goal,
  options,
  change,
}: {
  draft: Draft;
  goal: Schemas['GoalOption'];
  options: Schemas['BoostOptions'];
  change: (part: Partial<Draft>) => void;
}) {
  const [all, setAll] = useState(false);
  const presets = goal.presets.map((preset) => preset.amount);
  const top = Math.max(...presets, draft.budget);
  const usual = options.durations_ms.filter((ms) => USUAL.includes(ms) || ms === draft.durationMs);
  const durations = all ? options.durations_ms : usual;
  const { currency, amount: step } = options.budget_step;
  const yuan = currency === 'CNY';
  const shown = (amount: number) => money({ amount, currency });
  const steps = bare(options.budget_step);
  const long = options.long_from && options.long_duration_ms ? { from: options.long_from, ms: options.long_duration_ms } : null;
  return (
    <section className="card stack">
      <div className="row between top">
        <h2 className="card-title" style={{ paddingTop: 9 }}>{app.form.budget}</h2>
        <div style={{ width: 168 }}>
          <MoneyInput
            label={app.form.budget}
            unit={yuan ? words.unit.yuan : words.unit.beans('').trim()}
            currency={yuan ? 'CNY' : 'BEAN'}
            value={draft.budget}
            limits={{ min: goal.budget_min.amount, max: options.budget_max.amount, step }}
            onChange={(budget) => change({ budget })}
            hint={yuan ? (min, max) => app.form.yuanHint(min, max, steps) : app.form.budgetHint}
          />
        </div>
      </div>
      <input
        type="range"
        className="slide"
        aria-label={app.form.slider}
        aria-valuetext={shown(draft.budget)}
        min={goal.budget_min.amount}
        max={top}
        step={yuan ? step : step * 50}
        value={draft.budget}
        onChange={(event) => change({ budget: Number(event.target.value) })}
        style={{ '--done': `${((draft.budget - goal.budget_min.amount) * 100) / Math.max(1, top - goal.budget_min.amount)}%` } as React.CSSProperties}
      />
      <Chips
        label={app.form.budget}
        value={draft.budget}
        onChange={(budget) => change({ budget })}
        columns={3}
        choices={presets.map((value) => ({ value, label: shown(value) }))}
      />
      <div className="row between">
        <h2 className="card-title">{app.form.duration}</h2>
        {all ? null : (
          <button type="button" className="button plain" onClick={() => setAll(true)}>
            {words.do.all}
          </button>
        )}
      </div>
      <Chips
        label={app.form.duration}
        value={draft.durationMs}
        onChange={(durationMs) => change({ durationMs })}
        columns={3}
        choices={durations.map((value) => ({ value, label: span(value) }))}
      />
      {long && draft.budget >= long.from.amount && draft.durationMs < long.ms ? (
        <button type="button" className="notice wait small" style={{ border: 0, textAlign: 'start', cursor: 'pointer' }} onClick={() => change({ durationMs: long.ms })}>
          {app.form.longHint(money(long.from), span(long.ms))}
        </button>
      ) : null}
      {yuan ? <p className="hint">{app.form.hardEnd(span((draft.durationMs * options.hard_end_permille) / 1000))}</p> : null}
      {!yuan && draft.durationMs < SHORT_MS && draft.budget > (presets.at(-1) ?? 0) ? (
        <p className="notice wait small">{app.form.longer}</p>
      ) : null}
    </section>
  );
}
