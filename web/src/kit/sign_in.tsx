/** Signing in, at the address that was asked for: nothing is lost by it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ask, Refused } from '../api/client';
import { words } from '../i18n';
import { Button, TextField } from './input';
import { Mark } from './mark';
import { ErrorState } from './say';
import { LanguageSwitch } from './settings';

export function SignIn({ title, subtitle }: { title: string; subtitle: string }) {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const keeper = useQueryClient();
  const entering = useMutation({
    mutationFn: () => ask(api.POST('/v1/sessions', { body: { login: login.trim(), password } })),
    onSuccess: () => keeper.resetQueries(),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (login && password) entering.mutate();
  };
  const refused = entering.error instanceof Refused && [401, 403, 422].includes(entering.error.status);
  return (
    <main className="sign-in">
      <form className="card stack loose" onSubmit={submit}>
        <div className="stack tight">
          <Mark />
          <h1>{title}</h1>
          <p className="quiet">{subtitle}</p>
        </div>
        <TextField label={words.signIn.login} value={login} onChange={setLogin} autoComplete="username" autoFocus required />
        <TextField
          label={words.signIn.password}
          value={password}
          onChange={setPassword}
          type="password"
          autoComplete="current-password"
          required
        />
        {refused ? (
          <p className="notice bad" role="alert">
            {words.signIn.failed}
          </p>
        ) : entering.error ? (
          <ErrorState error={entering.error} />
        ) : null}
        <Button kind="main large wide" type="submit" busy={entering.isPending}>
          {words.do.signIn}
        </Button>
        <LanguageSwitch />
      </form>
    </main>
  );
}
