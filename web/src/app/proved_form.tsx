/** A form for what is sensitive: the password is asked for again where the platform wants it, and nothing typed is lost. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { api, ask as send, Refused } from '../api/client';
import { app, words } from '../i18n';
import { Button, TextField } from '../kit/input';
import { ErrorState } from '../kit/say';

const PROOF_WANTED = 'access.password_required';

export function ProvedForm({ doing, ready, run, onDone, children }: {
  doing: string;
  ready: boolean;
  run: () => Promise<unknown>;
  onDone: () => void;
  children: ReactNode;
}) {
  const keeper = useQueryClient();
  const [password, setPassword] = useState('');
  const acting = useMutation({
    mutationFn: async () => {
      if (password) await send(api.POST('/v1/sessions/current/proof', { body: { password } }));
      setPassword('');
      return run();
    },
    onSuccess: async () => {
      await keeper.invalidateQueries();
      onDone();
    },
  });
  const proof = acting.error instanceof Refused && acting.error.code === PROOF_WANTED;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    acting.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      {children}
      {proof ? (
        <div className="notice wait stack tight">
          <p>{app.cash.proof}</p>
          <TextField label={words.signIn.password} type="password" autoComplete="current-password" value={password} onChange={setPassword} autoFocus />
        </div>
      ) : null}
      {acting.error && !proof ? <ErrorState error={acting.error} stake="paying" /> : null}
      <Button kind="main" type="submit" busy={acting.isPending} disabled={!ready || (proof && !password)}>
        {doing}
      </Button>
    </form>
  );
}
