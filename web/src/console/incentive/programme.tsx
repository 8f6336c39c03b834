/** One programme: its draft is edited, tried on the past, and published; every edition stays. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask as send, freshKey, once, type Schemas } from '../../api/client';
import { desk } from '../../i18n';
import { count } from '../../kit/format';
import { Button } from '../../kit/input';
import { Answered, Empty, ErrorState, Waiting } from '../../kit/say';
import { At, Figure, Id, Said, Tag } from '../../kit/show';
import { ActSheet } from '../act';
import { AuditCard } from '../audit';
import { PartyName } from '../order';
import { type Versioned, versioned } from '../queries';
import { Page, useMay } from '../shell';
import { useSubject } from '../way';
import { PROGRAMME_TONES, REWARD_TONES } from './tones';
import { TermsEditor } from './editor';
import { DAY_MS, hasBlank, type Terms, told } from './terms';

type Programme = Schemas['IncentiveProgramme'];
const say = () => desk.incentive;
const termsOf = (terms: unknown) => terms as Terms;

export function ProgrammePage() {
  const id = useSubject();
  const programme = useQuery({
    queryKey: ['programme', id],
    queryFn: () => versioned(api.GET('/v1/incentive-programmes/{programme}', { params: { path: { programme: id } } })),
  });
  const content = programme.data?.content;
  const title = content ? termsOf(content.draft ?? content.published?.terms).title : say().programme;
  return (
    <Page
      title={title}
      said={content !== undefined}
      aside={content ? <Tag tone={PROGRAMME_TONES[content.state] ?? 'calm'}>{say().state[content.state]}</Tag> : null}
    >
      <Answered of={programme} waiting={<Waiting lines={8} height={48} />}>
        {(found) => <Desk key={found.tag} found={found} />}
      </Answered>
      <AuditCard subject={id} />
    </Page>
  );
}

function Desk({ found }: { found: Versioned<Programme> }) {
  const { content, tag } = found;
  const manages = useMay('incentive.manage_programme') && content.draft !== null && content.state !== 'cancelled';
  return (
    <div className="columns two">
      <div className="stack">
        {manages ? (
          <Drafting programme={content} tag={tag} />
        ) : (
          <section className="card stack">
            <h2 className="card-title">{say().holds}</h2>
            <TermsRead terms={termsOf(content.published?.terms ?? content.draft)} />
          </section>
        )}
      </div>
      <div className="stack">
        <section className="card" aria-label={say().programme}>
          <dl className="facts">
            <dt>{say().kindName}</dt>
            <dd>{say().kind[content.kind]}</dd>
            <dt>{say().taken}</dt>
            <dd className="numbers">{count(content.coupons_taken)}</dd>
            <dt>{desk.apiKeys.created}</dt>
            <dd>
              <At at={content.created_at} />
            </dd>
            <dt>{desk.guarantee.service}</dt>
            <dd>
              <Id of={content.id} brief />
            </dd>
          </dl>
        </section>
        {manages ? <DryRun programme={content.id} /> : null}
        <Editions programme={content.id} />
      </div>
    </div>
  );
}

/** The draft as it is typed; only what was saved is tried and published. */
function Drafting({ programme, tag }: { programme: Programme; tag: string }) {
  const saved = termsOf(programme.draft);
  const [terms, setTerms] = useState(saved);
  const [open, setOpen] = useState<'' | 'save' | 'publish' | 'cancel'>('');
  const [key] = useState(freshKey);
  const changed = JSON.stringify(terms) !== JSON.stringify(saved);
  const wrong = hasBlank(terms) || terms.title.trim() === '';
  const path = { path: { programme: programme.id } };
  const save = () => send(api.PUT('/v1/incentive-programmes/{programme}', { params: { ...path, header: { 'If-Match': tag } }, body: terms as never }));
  const same = programme.published !== null && programme.published !== undefined && JSON.stringify(programme.published.terms) === JSON.stringify(saved);
  return (
    <section className="card stack" aria-label={say().draft}>
      <div className="row between wrap">
        <h2 className="card-title">{say().draft}</h2>
        <span className="row wrap">
          {changed ? (
            <>
              <Button onClick={() => setTerms(saved)}>{desk.policy.discard}</Button>
              <Button kind="main" disabled={wrong} onClick={() => setOpen('save')}>
                {say().save}
              </Button>
            </>
          ) : (
            <Button kind="main" disabled={same} onClick={() => setOpen('publish')}>
              {say().publish}
            </Button>
          )}
          {programme.state === 'published' ? (
            <Button kind="danger" onClick={() => setOpen('cancel')}>
              {say().cancel}
            </Button>
          ) : null}
        </span>
      </div>
      {wrong ? <p className="hint bad">{desk.policy.bad}</p> : null}
      {same && !changed ? <p className="hint">{say().samePublished}</p> : null}
      <TermsEditor value={terms} onChange={setTerms} />
      {open === 'save' ? (
        <ActSheet title={say().save} doing={say().save} run={save} onClose={() => setOpen('')}>
          <p className="hint">{say().saveWhy}</p>
          <TermsRead terms={terms} />
        </ActSheet>
      ) : null}
      {open === 'publish' ? (
        <ActSheet
          title={say().publish}
          doing={say().publish}
          run={() => send(api.POST('/v1/incentive-programmes/{programme}/publish', { params: { ...path, ...once(`${key}p${programme.version}`) }, body: {} }))}
          onClose={() => setOpen('')}
        >
          <p className="hint">{say().publishWhy}</p>
          <TermsRead terms={saved} />
        </ActSheet>
      ) : null}
      {open === 'cancel' ? (
        <ActSheet
          title={say().cancel}
          doing={say().cancel}
          run={() => send(api.POST('/v1/incentive-programmes/{programme}/cancel', { params: { ...path, ...once(`${key}c`) }, body: {} }))}
          onClose={() => setOpen('')}
        >
          <p>{say().cancelWhy}</p>
        </ActSheet>
      ) : null}
    </section>
  );
}

/** What a text says, in words. */
export function TermsRead({ terms }: { terms: Terms }) {
  const { rewards } = terms;
  const tiers = 'broadcasts' in rewards ? rewards.broadcasts.tiers : 'periods' in rewards ? rewards.periods.tiers : [];
  return (
    <dl className="terms">
      <dt>{say().title}</dt>
      <dd>
        <Said>{terms.title}</Said>
      </dd>
      <dt>{say().eligibility}</dt>
      <dd>{told(terms.eligibility)}</dd>
      <dt>{say().rewards}</dt>
      <dd>
        <ol className="stack tight">
          {'broadcasts' in rewards && rewards.broadcasts.on_approval ? (
            <li>{say().awardOnApproval(count(rewards.broadcasts.on_approval.coupons), count(rewards.broadcasts.on_approval.points))}</li>
          ) : null}
          {tiers.map((tier, nth) => (
            <li key={nth}>
              {told(tier.condition)} → {say().award(count(tier.coupons), count(tier.face.base_points), count(tier.face.points_max))}
            </li>
          ))}
          {'target' in rewards ? <li>{say().steps(rewards.target.steps_permille.map((step) => `${step / 10}%`).join(' / '))}</li> : null}
        </ol>
      </dd>
      <dt>{say().quota}</dt>
      <dd>{terms.coupons_per_month === null ? say().noQuota : count(terms.coupons_per_month)}</dd>
      {terms.starts_at || terms.ends_at ? (
        <>
          <dt>{say().window}</dt>
          <dd>
            <At at={terms.starts_at} /> – <At at={terms.ends_at} />
          </dd>
        </>
      ) : null}
    </dl>
  );
}

const DRY_DAYS = [7, 30, 90] as const;

/** Who would have won, and what it would have cost, had the saved draft held. */
function DryRun({ programme }: { programme: string }) {
  const [days, setDays] = useState<number>(30);
  const [range, setRange] = useState<{ from: string; to: string } | null>(null);
  const tried = useQuery({
    queryKey: ['dry run', programme, range],
    enabled: range !== null,
    retry: false,
    queryFn: () => send(api.GET('/v1/incentive-programmes/{programme}/dry-run', { params: { path: { programme }, query: range ?? { from: '', to: '' } } })),
  });
  const start = () => {
    const to = Date.now();
    setRange({ from: new Date(to - days * DAY_MS).toISOString(), to: new Date(to).toISOString() });
  };
  const found = tried.data;
  return (
    <section className="card stack" aria-label={say().dryRun}>
      <h2 className="card-title">{say().dryRun}</h2>
      <p className="hint">{say().dryRunWhy}</p>
      <div className="row wrap">
        <label className="field">
          <span className="only-read">{say().dryRange}</span>
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {DRY_DAYS.map((one) => (
              <option key={one} value={one}>
                {say().lastDays(String(one))}
              </option>
            ))}
          </select>
        </label>
        <Button kind="main" busy={tried.isFetching} onClick={start}>
          {say().dryRunDo}
        </Button>
        {found && range ? (
          <a className="button plain" href={`/v1/incentive-programmes/${programme}/dry-run/export?${new URLSearchParams(range)}`} download>
            CSV
          </a>
        ) : null}
      </div>
      {tried.error ? <ErrorState error={tried.error} /> : null}
      {found ? <Trials found={found} /> : null}
    </section>
  );
}

function Trials({ found }: { found: Schemas['IncentiveDryRun'] }) {
  return (
    <div className="stack" role="status">
      <div className="figures">
        <Figure name={say().dryBroadcasts}>{count(found.broadcasts)}</Figure>
        <Figure name={say().dryWinners}>{count(found.winners)}</Figure>
        <Figure name={say().dryCost}>{count(found.issued.points)}</Figure>
        <Figure name={say().reward.over_quota}>{count(found.over_quota.points)}</Figure>
        <Figure name={say().reward.withheld}>{count(found.withheld.points)}</Figure>
      </div>
      {found.data.length === 0 ? (
        <Empty title={say().dryNobody} why={say().dryNobodyWhy} />
      ) : (
        <div className="table-scroll scroll" tabIndex={0} role="region" aria-label={say().dryRun}>
          <table>
            <thead>
              <tr>
                <th scope="col">{say().who}</th>
                <th scope="col">{say().result}</th>
                <th scope="col" className="right">{say().coupons}</th>
                <th scope="col" className="right">{say().points}</th>
                <th scope="col">{desk.money.at}</th>
              </tr>
            </thead>
            <tbody>
              {found.data.map((trial) => (
                <tr key={`${trial.party} ${trial.task} ${trial.at}`}>
                  <td>
                    <PartyName id={trial.party} />
                  </td>
                  <td>
                    <Tag tone={REWARD_TONES[trial.outcome]}>{say().reward[trial.outcome]}</Tag>
                  </td>
                  <td className="right numbers">{count(trial.coupons)}</td>
                  <td className="right numbers">{count(trial.points)}</td>
                  <td>
                    <At at={trial.at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function Editions({ programme }: { programme: string }) {
  const editions = useQuery({
    queryKey: ['editions', programme],
    queryFn: () => send(api.GET('/v1/incentive-programmes/{programme}/editions', { params: { path: { programme } } })),
  });
  return (
    <section className="card stack" aria-label={say().editions}>
      <h2 className="card-title">{say().editions}</h2>
      <Answered of={editions}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty title={say().noEditions} />
          ) : (
            <ol className="stack">
              {[...data].reverse().map((edition) => (
                <li key={edition.number}>
                  <details>
                    <summary className="row between">
                      <span className="strong">{say().edition(String(edition.number))}</span>
                      <span className="small quiet">
                        <At at={edition.published_at} />
                      </span>
                    </summary>
                    <TermsRead terms={termsOf(edition.terms)} />
                  </details>
                </li>
              ))}
            </ol>
          )
        }
      </Answered>
    </section>
  );
}

