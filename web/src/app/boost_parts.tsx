/** Around the form of an order: what is promoted, how it will look, why nothing can be ordered. */
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Schemas } from '../api/client';
import type { Subject } from '../api/subject';
import { app, said, words } from '../i18n';
import { Chips } from '../kit/input';
import { Empty } from '../kit/say';
import { Face, Said, SubjectTag } from '../kit/show';
import { boostRoute } from './router';

const PRODUCTS: Schemas['BoostProduct'][] = ['traffic_pack', 'quick_boost'];

export function SubjectHead({ subject }: { subject: Subject }) {
  return (
    <section className="card room-card">
      <Face name={subject.title} />
      <div className="grow stack tight">
        <Said className="strong">{subject.title}</Said>
        <div className="row wrap small" style={{ gap: 6 }}>
          <SubjectTag kind={subject.kind} state={subject.state} />
          <span className="quiet">{words.form[subject.sells ? 'commerce' : 'plain']}</span>
        </div>
      </div>
    </section>
  );
}

/** A room can be promoted with beans or with money. */
export function ProductCard({ product, sells }: { product: Schemas['BoostProduct']; sells: boolean }) {
  const search = boostRoute.useSearch();
  const navigate = useNavigate();
  const go = (next: Schemas['BoostProduct']) =>
    void navigate({ to: '/boost', search: { ...search, product: next === 'quick_boost' ? next : undefined, pay: undefined }, replace: true });
  return (
    <section className="card stack product-card">
      <Chips
        label={app.form.product}
        value={product}
        columns={2}
        onChange={go}
        choices={PRODUCTS.map((value) => ({ value, label: app.form.products[value] }))}
      />
      <p className="hint">{app.form.productPays[product]}</p>
      {product === 'traffic_pack' && !sells ? <p className="hint">{app.form.cartEnds}</p> : null}
    </section>
  );
}

export function Preview({ subject }: { subject: Subject }) {
  return (
    <section className="card stack">
      <h2>{app.form.preview}</h2>
      <div className="preview-card room-card">
        <Face name={subject.title} />
        <div className="grow stack tight">
          <Said className="strong cut">{subject.title}</Said>
          <div className="row small" style={{ gap: 6 }}>
            <SubjectTag kind={subject.kind} state={subject.kind === 'room' ? 'live' : subject.state} />
            <span className="ad-label">{words.advertisement}</span>
          </div>
        </div>
      </div>
      <p className="hint">{app.form.previewWhy}</p>
    </section>
  );
}

/** Nothing can be ordered: why, and the other way to buy where there is one. */
export function Closed({ subject, options, product }: { subject: Subject; options: Schemas['BoostOptions']; product: ReactNode }) {
  const reasons = new Set(options.goals.flatMap((goal) => (goal.reason ? [said(goal.reason.title)] : [])));
  return (
    <>
      <SubjectHead subject={subject} />
      {product}
      <section className="card">
        <Empty title={subject.kind === 'video' ? app.form.closedVideo : app.form.closed} why={[...reasons].join(' · ')} />
      </section>
    </>
  );
}
