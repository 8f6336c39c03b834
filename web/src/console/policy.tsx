/** The numbers behind the rules: changed as a draft, seen as a difference, then applied. */
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api, ask as send, type Schemas } from '../api/client';
import { desk } from '../i18n';
import { count } from '../kit/format';
import { Button } from '../kit/input';
import { Answered, Waiting } from '../kit/say';
import { Said } from '../kit/show';
import { ActSheet } from './act';
import { PolicyEffect } from './policy_effect';
import { policyToChange, type Versioned } from './queries';
import { Page, useMay } from './shell';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Leaf = { path: string[]; value: Json };

/** Every setting that stands by itself: lists are one setting. */
function leaves(value: Json, path: string[] = []): Leaf[] {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  }
  return [{ path, value }];
}

function nested(changes: [string[], Json][]): { [key: string]: Json } {
  const root: { [key: string]: Json } = {};
  for (const [path, value] of changes) {
    let at = root;
    for (const key of path.slice(0, -1)) {
      const inner = at[key];
      at = (inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? inner : (at[key] = {})) as { [key: string]: Json };
    }
    at[path.at(-1) ?? ''] = value;
  }
  return root;
}

const written = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value));

/** What was typed, as the kind of value that is there now; nothing when it is none. */
function parsed(text: string, like: Json): Json | undefined {
  if (typeof like === 'string') return text;
  try {
    const value = JSON.parse(text) as Json;
    const same = Array.isArray(like) === Array.isArray(value) && (like === null || typeof like === typeof value);
    return same ? value : undefined;
  } catch {
    return undefined;
  }
}

export function PolicyPage() {
  const policy = useQuery(policyToChange);
  return (
    <Page title={desk.nav.policy}>
      <Answered of={policy} waiting={<Waiting lines={8} height={40} />}>
        {(found) => <Editor key={found.content.version} found={found} />}
      </Answered>
    </Page>
  );
}

function Editor({ found }: { found: Versioned<Schemas['Policy']> }) {
  const may = useMay('policy.change');
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [applying, setApplying] = useState(false);
  const all = useMemo(() => leaves(found.content.settings as Json), [found]);
  const parts = [...new Set(all.map((leaf) => leaf.path[0] ?? ''))];
  const nameOf = (leaf: Leaf) => leaf.path.join('.');
  const changed = all.filter((leaf) => {
    const text = typed[nameOf(leaf)];
    return text !== undefined && text !== written(leaf.value);
  });
  const bad = changed.some((leaf) => parsed(typed[nameOf(leaf)] ?? '', leaf.value) === undefined);
  const changes = changed.map((leaf): [string[], Json] => [leaf.path, parsed(typed[nameOf(leaf)] ?? '', leaf.value) ?? leaf.value]);
  const drafted = all.map((leaf): [string[], Json] => changes.find(([path]) => path === leaf.path) ?? [leaf.path, leaf.value]);
  const apply = () => send(api.PATCH('/v1/policy', { params: { header: { 'If-Match': found.tag } }, body: nested(changes) as never }));
  return (
    <>
      <div className="card row between wrap">
        <span className="quiet">
          {desk.policy.version(count(found.content.version))} · {desk.policy.note}
        </span>
        {may ? (
          <span className="row wrap">
            <span className="strong">{changed.length > 0 ? desk.policy.changed(String(changed.length)) : desk.policy.none}</span>
            <Button disabled={changed.length === 0} onClick={() => setTyped({})}>
              {desk.policy.discard}
            </Button>
            <Button kind="main" disabled={changed.length === 0 || bad} onClick={() => setApplying(true)}>
              {desk.policy.apply}
            </Button>
          </span>
        ) : null}
      </div>
      <div className="columns even">
        {parts.map((part) => (
          <section key={part} className="card">
            <h2>{desk.policy.parts[part] ?? <Said className="code">{part}</Said>}</h2>
            <div style={{ marginTop: 8 }}>
              {all
                .filter((leaf) => leaf.path[0] === part)
                .map((leaf) => {
                  const name = nameOf(leaf);
                  const text = typed[name] ?? written(leaf.value);
                  const wrong = parsed(text, leaf.value) === undefined;
                  return (
                    <label key={name} className={`policy-row ${changed.includes(leaf) ? 'changed' : ''}`}>
                      <Said className="code">{leaf.path.slice(1).join('.')}</Said>
                      <span className={`field ${wrong ? 'bad' : ''}`}>
                        <input
                          value={text}
                          readOnly={!may}
                          aria-invalid={wrong}
                          onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
                        />
                      </span>
                      {wrong ? <span className="hint bad">{desk.policy.bad}</span> : null}
                    </label>
                  );
                })}
            </div>
          </section>
        ))}
      </div>
      {applying ? (
        <ActSheet title={desk.policy.changed(String(changed.length))} doing={desk.policy.apply} run={apply} onClose={() => setApplying(false)} onDone={() => setTyped({})}>
          <p className="hint">{desk.policy.note}</p>
          <PolicyEffect now={found.content.settings} then={nested(drafted)} />
          <ul>
            {changed.map((leaf) => (
              <li key={nameOf(leaf)} className="line-item" style={{ flexWrap: 'wrap' }}>
                <Said className="code">{nameOf(leaf)}</Said>
                <Said className="code">{`${written(leaf.value)} → ${typed[nameOf(leaf)] ?? ''}`}</Said>
              </li>
            ))}
          </ul>
        </ActSheet>
      ) : null}
    </>
  );
}
