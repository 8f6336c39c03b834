/** An appeal against a decision: filed where the decision stands, answered there. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import { app, wordFor, words } from '../i18n';
import { moment } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, ErrorState } from '../kit/say';
import { Said, Tag, type Tone } from '../kit/show';

export const APPEAL_TONES: Record<string, Tone> = { open: 'wait', granted: 'good', dismissed: 'bad', withdrawn: 'calm' };
const TEXT_MAX = 2000;

/** What is appealed, and whose. */
interface Appealed {
  subject: Schemas['AppealSubject'];
  id: string;
  party: string;
}

export function AppealCard({ subject, id, party }: Appealed) {
  const appeals = useQuery({
    queryKey: ['appeals', party],
    queryFn: () => send(api.GET('/v1/appeals', { params: { query: { party, limit: 50 } } })),
  });
  return (
    <section className={subject === 'rejected_order' ? 'card stack' : 'stack'}>
      <h2>{app.appeal.title}</h2>
      <Answered of={appeals}>
        {({ data }) => {
          const filed = data.find((appeal) => appeal.subject_id === id && appeal.state !== 'withdrawn');
          return filed ? <Filed appeal={filed} /> : <Filing subject={subject} id={id} party={party} />;
        }}
      </Answered>
    </section>
  );
}

function Filed({ appeal }: { appeal: Schemas['Appeal'] }) {
  return (
    <div className="stack">
      <div className="row between">
        <Tag tone={APPEAL_TONES[appeal.state] ?? 'calm'}>{wordFor(words.appealState, appeal.state)}</Tag>
        <span className="small quiet">{appeal.answer ? '' : app.appeal.promised(moment(appeal.promised_at))}</span>
      </div>
      <Said>{appeal.text}</Said>
      {appeal.answer ? (
        <p className="notice">
          <span className="strong">{app.appeal.answer}</span> <Said>{appeal.answer}</Said>
        </p>
      ) : null}
    </div>
  );
}

function Filing({ subject, id }: Appealed) {
  const keeper = useQueryClient();
  const [text, setText] = useState('');
  const [key, setKey] = useState(freshKey);
  const filing = useMutation({
    mutationFn: () =>
      send(api.POST('/v1/appeals', { params: once(key), body: { subject, subject_id: id, text, links: [] } })),
    onSuccess: () => keeper.invalidateQueries({ queryKey: ['appeals'] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    filing.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <p className="hint">{app.appeal.help}</p>
      <label>
        <span className="label">{app.appeal.why}</span>
        <span className="field">
          <textarea
            rows={3}
            maxLength={TEXT_MAX}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setKey(freshKey());
            }}
          />
        </span>
      </label>
      {filing.error ? <ErrorState error={filing.error} stake="changing" retry={() => filing.mutate()} /> : null}
      <Button type="submit" busy={filing.isPending} disabled={!text.trim()}>
        {app.appeal.file}
      </Button>
    </form>
  );
}
