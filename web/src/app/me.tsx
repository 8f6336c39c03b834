/** The person: language, appearance, devices, password. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { api, ask as send } from '../api/client';
import * as ask from '../api/queries';
import { app, words } from '../i18n';
import { ago } from '../kit/format';
import { Button, TextField } from '../kit/input';
import { Answered, ErrorState } from '../kit/say';
import { Icon, type IconName } from '../kit/mark';
import { LanguageSwitch, LookSwitch } from '../kit/settings';
import { Face, Id, Said, Tag, useNow } from '../kit/show';
import { Card } from './order_cards';
import { Page, useMe } from './shell';

export function MePage() {
  const me = useMe();
  const keeper = useQueryClient();
  const leaving = useMutation({
    mutationFn: () => send(api.DELETE('/v1/sessions/current')),
    onSuccess: () => {
      keeper.setQueryData(['me'], null);
      keeper.clear();
      location.assign('/app');
    },
  });
  return (
    <Page title={app.me.title}>
      <div className="columns two">
        <div className="stack">
          <section className="card row">
            <Face name={me.display_name} round />
            <div className="grow stack tight">
              <Said className="strong">{me.display_name}</Said>
              <span className="row wrap" style={{ gap: 6 }}>
                {me.roles.map((role) => (
                  <Tag key={role}>{words.role[role]}</Tag>
                ))}
              </span>
              <Id of={me.party} />
            </div>
          </section>
          <nav className="card" aria-label={app.home.more}>
            {me.actions.includes('incentive.read') ? <More to="/incentives" icon="gift" name={app.incentive.title} /> : null}
            {me.actions.includes('guarantee.read') ? <More to="/guarantees" icon="audit" name={app.guarantee.title} /> : null}
            <More to="/coupons" icon="coupon" name={app.coupons.title} />
          </nav>
          <section className="card stack">
            <h2>{words.language}</h2>
            <LanguageSwitch />
            <h2>{words.look.name}</h2>
            <LookSwitch />
          </section>
          <Button kind="wide" busy={leaving.isPending} onClick={() => leaving.mutate()}>
            {words.do.signOut}
          </Button>
          {leaving.error ? <ErrorState error={leaving.error} /> : null}
        </div>
        <div className="stack">
          <Sessions />
          <PasswordCard party={me.party} />
        </div>
      </div>
    </Page>
  );
}

function More({ to, icon, name }: { to: '/incentives' | '/guarantees' | '/coupons'; icon: IconName; name: string }) {
  return (
    <Link to={to} className="line-item">
      <span className="row">
        <Icon name={icon} />
        {name}
      </span>
      <i className="chevron" />
    </Link>
  );
}

function Sessions() {
  const keeper = useQueryClient();
  const now = useNow(30_000);
  const sessions = useQuery(ask.sessions);
  const ending = useMutation({
    mutationFn: (session: string) => send(api.DELETE('/v1/sessions/{session}', { params: { path: { session } } })),
    onSuccess: () => keeper.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <Card title={app.me.sessions}>
      <Answered of={sessions}>
        {({ data }) => (
          <ul>
            {data.slice(0, 10).map((session) => (
              <li key={session.id} className="line-item">
                <span className="stack tight grow">
                  <Said className="cut">{session.agent || session.address}</Said>
                  <span className="small quiet">
                    <Said>{session.address}</Said> · {app.me.seen(ago(session.last_seen_at, now))}
                  </span>
                </span>
                {session.is_current ? (
                  <Tag tone="good">{app.me.current}</Tag>
                ) : (
                  <Button kind="plain" aria-label={app.me.end} onClick={() => ending.mutate(session.id)}>
                    {words.do.signOut}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Answered>
      {ending.error ? <ErrorState error={ending.error} stake="changing" /> : null}
    </Card>
  );
}

function PasswordCard({ party }: { party: string }) {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const changing = useMutation({
    mutationFn: () => send(api.PUT('/v1/parties/{party}/password', { params: { path: { party } }, body: { current, password } })),
    onSuccess: () => {
      setCurrent('');
      setPassword('');
    },
  });
  return (
    <Card title={app.me.password}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          changing.mutate();
        }}
      >
        <TextField label={app.me.oldPassword} type="password" autoComplete="current-password" value={current} onChange={setCurrent} />
        <TextField
          label={app.me.newPassword}
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={setPassword}
          hint={app.me.passwordHint}
        />
        {changing.isSuccess ? <p className="notice good">{app.me.changed}</p> : null}
        {changing.error ? <ErrorState error={changing.error} stake="changing" /> : null}
        <Button type="submit" busy={changing.isPending} disabled={!current || password.length < 10}>
          {app.me.password}
        </Button>
      </form>
    </Card>
  );
}
