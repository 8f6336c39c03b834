/** What a page says when there is nothing, when it is not there yet, and when something went wrong. */
import { useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore, type ReactNode } from 'react';
import { Refused, UNREACHED } from '../api/client';
import { useReach } from '../api/reach';
import { words } from '../i18n';
import { moment } from './format';
import { Id, Said } from './show';

export function Empty({ title, why, children }: { title: string; why?: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <svg viewBox="0 0 72 72" fill="none" stroke="currentColor" strokeWidth="2.2" aria-hidden="true">
        <rect x="13" y="20" width="46" height="36" rx="8" />
        <path d="M13 42h13l4 6h12l4-6h13M28 31h16" strokeLinecap="round" />
      </svg>
      <p className="strong">{title}</p>
      {why ? <p className="quiet small">{why}</p> : null}
      {children}
    </div>
  );
}

/** Whether money could have moved when it went wrong. */
export type Stake = 'reading' | 'paying' | 'changing';

export function safety(error: unknown, stake: Stake): string {
  if (stake === 'reading') return words.error.safeReading;
  const answered = error instanceof Refused && error.code !== UNREACHED && error.status < 500;
  return answered ? words.error.safeRefused : words.error.safePaying;
}

export function titleOf(error: unknown): string {
  if (!(error instanceof Refused)) return words.error.broken;
  return error.code === UNREACHED ? words.error.unreached : error.title || words.error.broken;
}

/** What happened, whether money is safe, what to do, and an id to tell support. */
export function ErrorState({ error, stake = 'reading', retry }: { error: unknown; stake?: Stake; retry?: () => void }) {
  const refused = error instanceof Refused ? error : null;
  return (
    <div className="notice bad stack tight" role="alert">
      <p className="strong">{titleOf(error)}</p>
      {refused?.code === UNREACHED ? <p>{words.error.unreachedHelp}</p> : null}
      {refused?.detail ? (
        <p className="small">
          <Said>{refused.detail}</Said>
        </p>
      ) : null}
      <p className="small">{safety(error, stake)}</p>
      <div className="row wrap between">
        {refused?.requestId ? (
          <span className="small">
            {words.error.requestId} <Id of={refused.requestId} />
          </span>
        ) : (
          <span />
        )}
        {retry ? (
          <button type="button" className="button plain" onClick={retry}>
            {words.do.retry}
          </button>
        ) : null}
      </div>
    </div>
  );
}

/** Lines of the shape of what is coming. */
export function Waiting({ lines = 3, height = 20 }: { lines?: number; height?: number }) {
  return (
    <div className="stack" aria-hidden="true">
      {Array.from({ length: lines }, (_, nth) => (
        <span key={nth} className="skeleton" style={{ height, width: nth % 3 === 2 ? '60%' : '100%' }} />
      ))}
    </div>
  );
}

const listen = (told: () => void) => {
  addEventListener('online', told);
  addEventListener('offline', told);
  return () => {
    removeEventListener('online', told);
    removeEventListener('offline', told);
  };
};
export const useOnline = () => useSyncExternalStore(listen, () => navigator.onLine);

/** That what is seen is old, from when it is, and a way to try again. */
export function OfflineNote() {
  const online = useOnline();
  const { reached, at } = useReach();
  const keeper = useQueryClient();
  if (online && reached) return null;
  return (
    <div className="notice wait row between wrap" role="status" style={{ borderRadius: 0 }}>
      <span>
        {online ? words.error.unreached : words.error.offline}
        {at ? ` · ${words.error.seenAt(moment(new Date(at).toISOString()))}` : ''}
      </span>
      <button type="button" className="button plain" onClick={() => void keeper.refetchQueries({ type: 'active' })}>
        {words.do.retry}
      </button>
    </div>
  );
}

/** One question's answer: its shape while it is not there, its error, or itself. */
export function Answered<T>({
  of,
  waiting,
  children,
}: {
  of: { data: T | undefined; error: unknown; refetch: () => unknown };
  waiting?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <ErrorState error={of.error} retry={() => void of.refetch()} />;
  return <>{waiting ?? <Waiting />}</>;
}
