/** What people choose and type with. Native controls underneath, so that keyboards and screen readers know them. */
import { type ButtonHTMLAttributes, type ReactNode, useEffect, useId, useState } from 'react';
import { bare, shifted } from './format';

export function Button({
  kind = '',
  busy = false,
  children,
  ...rest
}: { kind?: string; busy?: boolean } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button type="button" className={`button ${kind}`} aria-busy={busy} {...rest} disabled={busy || rest.disabled}>
      {busy ? <span className="spin" aria-hidden="true" /> : null}
      {children}
    </button>
  );
}

export interface Choice<T> {
  value: T;
  label: ReactNode;
  disabled?: boolean;
  why?: string | undefined;
}

/** One of a few. */
export function Chips<T extends string | number>({
  label,
  value,
  choices,
  onChange,
  columns,
}: {
  label: string;
  value: T | null;
  choices: Choice<T>[];
  onChange: (value: T) => void;
  columns?: number;
}) {
  const name = useId();
  const style = columns ? { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` } : undefined;
  return (
    <fieldset className="chips" style={style}>
      <legend className="only-read">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className="chip" title={choice.why}>
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            disabled={choice.disabled}
            onChange={() => onChange(choice.value)}
          />
          <span>{choice.label}</span>
        </label>
      ))}
    </fieldset>
  );
}

export interface Limits {
  min: number;
  max: number;
  step?: number;
}

/** The units of a typed amount of beans; nothing where it is none. Only digits are moved. */
function unitsOf(text: string, places: number): number | null {
  const match = /^(\d{1,9})(?:\.(\d*))?$/.exec(text);
  if (!match || (match[2] ?? '').length > places) return null;
  return Number(`${match[1]}${(match[2] ?? '').padEnd(2, '0')}`);
}

/** An amount of beans. What is wrong is told while it can be put right, not after sending. */
export function MoneyInput({
  label,
  unit,
  value,
  limits,
  places = 0,
  onChange,
  currency = 'BEAN',
  hint,
}: {
  label: string;
  unit: string;
  /** What the hint's limits are told in. */
  currency?: 'BEAN' | 'CNY';
  /** In 1/100 of the unit. */
  value: number;
  limits: Limits;
  /** Digits after the point that may be typed. */
  places?: number;
  onChange: (value: number) => void;
  hint: (min: string, max: string) => string;
}) {
  const id = useId();
  const written = (units: number) => shifted(units, 2).replace(/\.?0+$/, '');
  const [text, setText] = useState(written(value));
  useEffect(() => setText((typed) => (unitsOf(typed, places) === value ? typed : written(value))), [value, places]);
  const within = (units: number | null): units is number => 
    units !== null && units >= limits.min && units <= limits.max && units % (limits.step ?? 1) === 0;
  const wrong = !within(unitsOf(text, places));
  const shown = (amount: number) => bare({ amount, currency });
  return (
    <div className="stack tight">
      <label className={`field ${wrong ? 'bad' : ''}`}>
        <span className="only-read">{label}</span>
        <input
          inputMode={places ? 'decimal' : 'numeric'}
          autoComplete="off"
          className="numbers"
          value={text}
          aria-invalid={wrong}
          aria-describedby={id}
          onChange={(event) => {
            const next = event.target.value.replaceAll(places ? /[^\d.]/g : /\D/g, '');
            setText(next);
            const units = unitsOf(next, places);
            if (within(units)) onChange(units);
          }}
          onBlur={() => {
            if (unitsOf(text, places) === null) setText(written(value));
          }}
        />
        <span className="quiet">{unit}</span>
      </label>
      <span id={id} className={wrong ? 'hint bad' : 'only-read'} role={wrong ? 'alert' : undefined}>
        {hint(shown(limits.min), shown(limits.max))}
      </span>
    </div>
  );
}

/** A line of text with its name above it. */
export function TextField({
  label,
  value,
  onChange,
  type = 'text',
  autoComplete,
  hint,
  ...rest
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: string;
  autoComplete?: string;
  hint?: string;
  inputMode?: 'numeric' | 'text';
  required?: boolean;
  autoFocus?: boolean;
  maxLength?: number;
}) {
  return (
    <label>
      <span className="label">{label}</span>
      <span className="field">
        <input
          type={type}
          value={value}
          autoComplete={autoComplete ?? 'off'}
          onChange={(event) => onChange(event.target.value)}
          {...rest}
        />
      </span>
      {hint ? <span className="hint">{hint}</span> : null}
    </label>
  );
}
