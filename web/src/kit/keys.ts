/** Keys that do things. They rest while somebody types. */
import { useEffect, useRef } from 'react';

export type Keys = Record<string, (event: KeyboardEvent) => void>;

function types(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

const SEQUENCE_MS = 1200;
/** Begins every key of two. */
const LEADER = 'g';

/** `a` and `g o` are pressed one after the other; `mod+k` with Ctrl or Command, also while typing. */
export function useKeys(keys: Keys, wanted = true): void {
  const kept = useRef(keys);
  kept.current = keys;
  useEffect(() => {
    if (!wanted) return;
    let before = '';
    let at = 0;
    const press = (event: KeyboardEvent) => {
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const modified = event.ctrlKey || event.metaKey;
      const name = modified ? `mod+${key}` : key;
      if ((types(event.target) && !modified) || event.altKey) return;
      const now = Date.now();
      const begun = now - at < SEQUENCE_MS ? before : '';
      [before, at] = [name, now];
      // After `g` a key says where to go, and must not also judge what is in front of one.
      const act = kept.current[`${begun} ${name}`] ?? (begun === LEADER ? undefined : kept.current[name]);
      if (!act) return;
      event.preventDefault();
      act(event);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [wanted]);
}
