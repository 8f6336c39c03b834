/** The range of what may be expected, as it grows over the time that is bought. A picture: the numbers stand beside it. */
export function PaceBand({ low, mid, high, label, ticks }: {
  low: number;
  mid: number;
  high: number;
  label: string;
  ticks: string[];
}) {
  const top = Math.max(high, 1);
  const y = (value: number, at: number) => 96 - (88 * value * (1 - (1 - at) ** 1.7)) / top;
  const steps = Array.from({ length: 25 }, (_, nth) => nth / 24);
  const line = (value: number) => steps.map((at) => `${(at * 320).toFixed(1)},${y(value, at).toFixed(1)}`);
  const area = [...line(high), ...line(low).reverse()].join(' ');
  return (
    <figure>
      <svg className="band" viewBox="0 0 320 100" preserveAspectRatio="none" role="img" aria-label={label}>
        <polygon points={area} fill="var(--accent)" opacity="0.16" />
        <polyline points={line(mid).join(' ')} fill="none" stroke="var(--accent)" strokeWidth="2.5" vectorEffect="non-scaling-stroke" />
        <line x1="0" x2="320" y1="97" y2="97" stroke="var(--line)" vectorEffect="non-scaling-stroke" />
      </svg>
      <figcaption className="row between quiet small" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick}>{tick}</span>
        ))}
      </figcaption>
    </figure>
  );
}
