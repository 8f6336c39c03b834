/** Something that staff do: asked once more where it matters, with the password where the platform wants it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { api, ask as send, Refused } from '../api/client';
import { desk, words } from '../i18n';
import { Button, TextField } from '../kit/input';
import { ErrorState } from '../kit/say';
import { Sheet } from '../kit/sheet';

const PROOF_WANTED = 'access.password_required';
export const isProofWanted = (error: unknown) => error instanceof Refused && error.code === PROOF_WANTED;

/** The password, asked for once the platform wants it again (AC-02). */
export function useProof() {
  const [wanted, setWanted] = useState(false);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>(null);
  const field = wanted ? (
    <div className="notice wait stack">
      <p className="strong">{words.error.passwordAgain}</p>
      <p className="small">{desk.proof.why}</p>
      <TextField label={words.signIn.password} type="password" autoComplete="current-password" value={password} onChange={setPassword} autoFocus />
    </div>
  ) : null;
  /** Proves who this is, where that was asked for; whether what follows may go on. */
  const given = async () => {
    if (!wanted) return true;
    setError(null);
    try {
      await send(api.POST('/v1/sessions/current/proof', { body: { password } }));
    } catch (fault) {
      setError(fault);
      return false;
    }
    setPassword('');
    setWanted(false);
    return true;
  };
  return { field, given, error, want: () => setWanted(true), missing: wanted && !password };
}

/** A sheet with a form; what it does is done when it is sent, and the sheet closes. */
export function ActSheet({ title, doing, ready = true, run, onClose, onDone, size, stays = false, children }: {
  title: string;
  doing: string;
  ready?: boolean;
  run: () => Promise<unknown>;
  onClose: () => void;
  onDone?: () => void;
  size?: number;
  /** What was done is shown in its place, by whoever opened it. */
  stays?: boolean;
  children?: ReactNode;
}) {
  const keeper = useQueryClient();
  const proof = useProof();
  const acting = useMutation({
    mutationFn: async () => {
      if (!(await proof.given())) return false;
      try {
        await run();
      } catch (fault) {
        if (!isProofWanted(fault)) throw fault;
        proof.want();
        return false;
      }
      return true;
    },
    onSuccess: async (done) => {
      if (!done) return;
      await keeper.invalidateQueries();
      onDone?.();
      if (!stays) onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    acting.mutate();
  };
  const error = proof.error ?? acting.error;
  return (
    <Sheet title={title} open onClose={onClose} {...(size ? { size } : {})}>
      <form className="stack" onSubmit={submit}>
        {children}
        {proof.field}
        {error ? <ErrorState error={error} stake="changing" /> : null}
        <div className="pair">
          <Button onClick={onClose}>{words.do.cancel}</Button>
          <Button kind="main" type="submit" busy={acting.isPending} disabled={!ready || proof.missing}>
            {doing}
          </Button>
        </div>
      </form>
    </Sheet>
  );
}

/** A button that asks once more. */
export function ActButton({ name, sure, kind = '', run }: {
  name: string;
  sure: string;
  kind?: string;
  run: () => Promise<unknown>;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button kind={kind} onClick={() => setOpen(true)}>
        {name}
      </Button>
      {open ? (
        <ActSheet title={name} doing={name} run={run} onClose={() => setOpen(false)}>
          <p>{sure}</p>
        </ActSheet>
      ) : null}
    </>
  );
}
