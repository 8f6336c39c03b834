/** Figures that programmes look at, each with who says so. */
import { desk, wordFor } from '../../i18n';
import { count, money, share, span } from '../../kit/format';
import { Said } from '../../kit/show';

const say = () => desk.incentive;

export function FragmentOfFacts({ name, value, said = false }: { name: string; value: string; said?: boolean }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{said ? <Said>{value}</Said> : value}</dd>
    </>
  );
}

/** Figures with who says so. */
export function Figures({ of }: { of: unknown }) {
  const figures = Object.entries((of ?? {}) as Record<string, { value: number | boolean; source: string }>);
  if (figures.length === 0) return <p className="quiet small">{say().nothingKnown}</p>;
  const { metric, flag, amount } = desk.incentive as unknown as {
    metric: Record<string, string>;
    flag: Record<string, string>;
    amount: Record<string, (value: string) => string>;
  };
  return (
    <dl className="facts">
      {figures.map(([name, figure]) => (
        <FragmentOfFacts
          key={name}
          name={metric[name] ?? flag[name] ?? name.replaceAll('_', ' ')}
          value={`${typeof figure.value === 'number' ? figureText(name, figure.value, amount) : say().yes} · ${wordFor(say().source, figure.source)}`}
        />
      ))}
    </dl>
  );
}

function figureText(name: string, value: number, amount: Record<string, (value: string) => string>): string {
  if (name.endsWith('_ms')) return span(value);
  if (name.endsWith('_permille')) return share(value);
  if (name.endsWith('_fen')) return money({ amount: value, currency: 'CNY' });
  return amount[name]?.(count(value)) ?? count(value);
}
