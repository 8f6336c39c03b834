/** Applying to take part: what is sold, when it is broadcast, and for a benchmark how much is planned. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../api/client';
import { app, words } from '../i18n';
import { Button, Chips, MoneyInput, TextField } from '../kit/input';
import { ErrorState } from '../kit/say';
import { Sheet } from '../kit/sheet';
import { Said } from '../kit/show';

interface Planned {
  /** As a control for time has it: without a zone, in that of whoever types. */
  starts: string;
  hours: number;
}
const HOUR_MS = 3_600_000;
const HOURS = [1, 2, 3, 4, 5, 6, 8, 10, 12];
const BROADCASTS_MAX = 9;
const GOODS_MAX = 500;
const YUAN = { min: 100, max: 10_000_000_000 };

/** So many days from now, at the next full hour, as the control writes it. */
function inDays(days: number): string {
  const at = new Date(Date.now() + days * 24 * HOUR_MS + HOUR_MS);
  at.setMinutes(0, 0, 0);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function ApplySheet({ task, onClose }: { task: Schemas['IncentiveTask']; onClose: () => void }) {
  const keeper = useQueryClient();
  const great = task.kind === 'benchmark';
  const usual: Planned = great ? { starts: inDays(15), hours: 6 } : { starts: inDays(1), hours: 2 };
  const [form, setForm] = useState({ goods: '', note: '', target: 10_000_000, planned: [usual], key: freshKey() });
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part, key: freshKey() });
  const plan = (nth: number, part: Partial<Planned>) =>
    set({ planned: form.planned.map((one, place) => (place === nth ? { ...one, ...part } : one)) });
  const applying = useMutation({
    mutationFn: () => {
      const body: Schemas['ApplyBody'] = {
        goods: form.goods,
        broadcasts: form.planned.map((one) => ({ starts_at: new Date(one.starts).toISOString(), length_ms: one.hours * HOUR_MS })),
        ...(form.note ? { contact_note: form.note } : {}),
        ...(great ? { target_gmv_fen: form.target } : {}),
      };
      const path = { programme: task.programme_id };
      return send(api.POST('/v1/incentive-programmes/{programme}/applications', { params: { path, ...once(form.key) }, body }));
    },
    onSuccess: async () => {
      await keeper.invalidateQueries();
      onClose();
    },
  });
  const whole = form.goods.trim() !== '' && form.planned.every((one) => one.starts !== '');
  return (
    <Sheet
      title={app.incentive.form.title}
      open
      onClose={onClose}
      footer={
        <Button kind="main large wide" busy={applying.isPending} disabled={!whole} onClick={() => applying.mutate()}>
          {app.incentive.form.send}
        </Button>
      }
    >
      <div className="stack loose">
        <div>
          <Said className="strong">{task.title}</Said>
          <p className="hint">{app.incentive.form.help}</p>
        </div>
        <label>
          <span className="label">{app.incentive.form.goods}</span>
          <span className="field">
            <textarea
              rows={2}
              maxLength={GOODS_MAX}
              placeholder={app.incentive.form.goodsHint}
              value={form.goods}
              onChange={(event) => set({ goods: event.target.value })}
            />
          </span>
        </label>
        {form.planned.map((one, nth) => (
          <PlannedRow
            key={nth}
            name={form.planned.length > 1 ? app.incentive.form.broadcast(String(nth + 1)) : ''}
            one={one}
            change={(part) => plan(nth, part)}
            remove={form.planned.length > 1 ? () => set({ planned: form.planned.filter((_, place) => place !== nth) }) : undefined}
          />
        ))}
        {great || form.planned.length >= BROADCASTS_MAX ? null : (
          <Button onClick={() => set({ planned: [...form.planned, { starts: inDays(form.planned.length + 1), hours: 2 }] })}>
            {app.incentive.form.more}
          </Button>
        )}
        {great ? (
          <div>
            <span className="label">{app.incentive.form.target}</span>
            <MoneyInput
              label={app.incentive.form.target}
              unit={words.unit.yuan}
              currency="CNY"
              value={form.target}
              limits={YUAN}
              onChange={(target) => set({ target })}
              hint={app.form.yuanBidHint}
            />
          </div>
        ) : null}
        <TextField label={app.incentive.form.note} value={form.note} maxLength={200} onChange={(note) => set({ note })} />
        {applying.error ? <ErrorState error={applying.error} stake="changing" retry={() => applying.mutate()} /> : null}
      </div>
    </Sheet>
  );
}

function PlannedRow({ name, one, change, remove }: {
  name: string;
  one: Planned;
  change: (part: Partial<Planned>) => void;
  remove: (() => void) | undefined;
}) {
  return (
    <fieldset className="stack tight bare">
      <legend className="row between">
        <span className="strong">{name}</span>
        {remove ? (
          <button type="button" className="button plain" onClick={remove}>
            {app.incentive.form.fewer}
          </button>
        ) : null}
      </legend>
      <label>
        <span className="label">{app.incentive.form.starts}</span>
        <span className="field">
          <input type="datetime-local" value={one.starts} required onChange={(event) => change({ starts: event.target.value })} />
        </span>
      </label>
      <span className="label">{app.incentive.form.hours}</span>
      <Chips
        label={app.incentive.form.hours}
        value={one.hours}
        columns={5}
        onChange={(hours) => change({ hours })}
        choices={HOURS.map((value) => ({ value, label: String(value) }))}
      />
    </fieldset>
  );
}
