/** A small table: names at the side, a value under each head. */
import type { ReactNode } from 'react';

export function Grid({ heads, rows }: { heads: string[]; rows: { name: string; values: ReactNode[] }[] }) {
  return (
    <table className="plain">
      <thead>
        <tr>
          <td />
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">{row.name}</th>
            {row.values.map((value, nth) => (
              <td key={heads[nth]} className="numbers">
                {value}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
