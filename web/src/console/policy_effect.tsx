/** What a draft of the policy would have meant for the newest orders: seen before it is applied. */
import { useQuery } from '@tanstack/react-query';
import { api, ask as send, type BoostDetail } from '../api/client';
import { subjectOf } from '../api/subject';
import { desk } from '../i18n';
import { count } from '../kit/format';
import { Answered, Waiting } from '../kit/say';

const LOOKED_AT = 100;
/** The API counts beans in hundredths, the policy whole ones. */
const PER_BEAN = 100;

interface Settings {
  order: { presets: Record<string, number[]>; budget_max: number; durations_ms: number[] };
  review: { blocked_words: string[]; watched_words: string[]; blocked_categories: string[]; watched_categories: string[]; title_length_min: number; title_length_max: number };
}

/** Whether an order could be placed under these settings. */
function isOffered(order: BoostDetail, { order: of }: Settings): boolean {
  const least = Math.min(...(of.presets[order.goal] ?? [0]));
  const { amount } = order.budget;
  return amount >= least * PER_BEAN && amount <= of.budget_max * PER_BEAN && of.durations_ms.includes(order.duration_ms);
}

/** What the automatic rules say of content: passed, for a person to judge, or rejected. */
function judged(order: BoostDetail, { review }: Settings): 'pass' | 'person' | 'reject' {
  const { title, category } = subjectOf(order);
  const length = [...title].length;
  const has = (words: string[]) => words.some((word) => title.includes(word));
  if (has(review.blocked_words) || review.blocked_categories.includes(category)) return 'reject';
  if (length < review.title_length_min || length > review.title_length_max) return 'reject';
  return has(review.watched_words) || review.watched_categories.includes(category) ? 'person' : 'pass';
}

export function PolicyEffect({ now, then }: { now: unknown; then: unknown }) {
  const orders = useQuery({ queryKey: ['policy effect'], queryFn: () => send(api.GET('/v1/boosts', { params: { query: { limit: LOOKED_AT } } })) });
  const [before, after] = [now as Settings, then as Settings];
  return (
    <section className="notice stack tight" aria-label={desk.policy.effect}>
      <p className="strong">{desk.policy.effect}</p>
      <Answered of={orders} waiting={<Waiting lines={2} />}>
        {({ data }) => {
          const packs = data.filter((order) => order.product === 'traffic_pack');
          const running = data.filter((order) => ['running', 'paused', 'reserved', 'in_review'].includes(order.state)).length;
          const gone = packs.filter((order) => isOffered(order, before) && !isOffered(order, after)).length;
          const moved = (to: 'pass' | 'person' | 'reject') => data.filter((order) => judged(order, after) === to && judged(order, before) !== to).length;
          return (
            <ul className="stack tight">
              <li>{desk.policy.keeps(count(running))}</li>
              <li>{desk.policy.gone(count(gone), count(packs.length))}</li>
              <li>{desk.policy.judged(count(moved('reject')), count(moved('person')), count(moved('pass')), count(data.length))}</li>
            </ul>
          );
        }}
      </Answered>
    </section>
  );
}
