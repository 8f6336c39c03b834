/** Parts of one page, each with its own address. */
import { useWay } from './way';

export function Tabs({ label, tabs, at }: { label: string; tabs: { key: string; name: string }[]; at: string }) {
  const way = useWay();
  return (
    <div className="tabs" role="group" aria-label={label}>
      {tabs.map((tab) => (
        <button key={tab.key} type="button" className="tab" aria-pressed={tab.key === at} onClick={() => way.turn({ tab: tab.key })}>
          {tab.name}
        </button>
      ))}
    </div>
  );
}
