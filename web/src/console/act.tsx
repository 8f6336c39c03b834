/** Something that staff do: asked once more where it matters, with the password where the platform wants it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { api, ask as send, Refused } from '../api/client';
import { desk, words } from '../i18n';
import { Button, TextField } from '../kit/input';
import { ErrorState } from '../kit/say';
import { Sheet } from '../kit/sheet';

const PROOF_WANTED = 'access.password_required';
const wantsProof = (error: unknown) => error instanceof Refused && error.code === PROOF_WANTED;

/** A sheet with a form; what it does is done when it is sent, and the sheet closes. */
export function ActSheet({ title, doing, ready = true, run, onClose, onDone, children }: {
  title: string;
  doing: string;
  ready?: boolean;
  run: () => Promise<unknown>;
  onClose: () => void;
  onDone?: () => void;
  children?: ReactNode;
}) {
  const keeper = useQueryClient();
  const [password, setPassword] = useState('');
  const acting = useMutation({
    mutationFn: async () => {
      if (password) {
        await send(api.POST('/v1/sessions/current/proof', { body: { password } }));
        setPassword('');
      }
      return run();
    },
    onSuccess: async () => {
      await keeper.invalidateQueries();
      onDone?.();
      onClose();
    },
  });
  const proof = wantsProof(acting.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    acting.mutate();
  };
  return (
    <Sheet title={title} open onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {children}
        {proof ? (
          <div className="notice wait stack">
            <p className="strong">{words.error.passwordAgain}</p>
            <p className="small">{desk.proof.why}</p>
            <TextField label={words.signIn.password} type="password" autoComplete="current-password" value={password} onChange={setPassword} autoFocus />
          </div>
        ) : acting.error ? (
          <ErrorState error={acting.error} stake="changing" />
        ) : null}
        <div className="pair">
          <Button onClick={onClose}>{words.do.cancel}</Button>
          <Button kind="main" type="submit" busy={acting.isPending} disabled={!ready || (proof && !password)}>
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
