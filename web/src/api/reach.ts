/** Whether the server answers, and when it last did. */
import { useSyncExternalStore } from 'react';

export interface Reach {
  reached: boolean;
  /** When the last answer came; 0 before any. */
  at: number;
}

let state: Reach = { reached: true, at: 0 };
let last = 0;
const told = new Set<() => void>();

export function answered(at = Date.now()): void {
  last = Math.max(last, at);
  if (!state.reached) tell({ reached: true, at: last });
}

export function unanswered(): void {
  if (state.reached) tell({ reached: false, at: last });
}

function tell(next: Reach): void {
  state = next;
  for (const one of told) one();
}

function listen(one: () => void): () => void {
  told.add(one);
  return () => told.delete(one);
}

export const useReach = () => useSyncExternalStore(listen, () => state);
