/** What lists of this column share. */
import { desk, words } from '../../i18n';
import { useWay } from '../way';

export const cursorOf = (cursor: string) => (cursor ? { cursor } : {});
export const next = { initialPageParam: '', getNextPageParam: (page: { next_cursor?: string | null }) => page.next_cursor ?? undefined };

export function StateFilter<T extends string>({ value, all, nameOf }: { value: T | undefined; all: T[]; nameOf: (state: T) => string }) {
  const way = useWay();
  return (
    <label className="field">
      <span className="only-read">{desk.orders.state}</span>
      <select value={value ?? ''} onChange={(event) => way.ask({ state: event.target.value })}>
        <option value="">{words.do.all}</option>
        {all.map((one) => (
          <option key={one} value={one}>
            {nameOf(one)}
          </option>
        ))}
      </select>
    </label>
  );
}
