/** How states of incentives look. */
import type { Schemas } from '../../api/client';
import type { Tone } from '../../kit/show';

export const PROGRAMME_TONES: Record<Schemas['IncentiveProgrammeState'], Tone> = { draft: 'wait', published: 'good', cancelled: 'calm' };
export const APPLICATION_TONES: Record<Schemas['IncentiveApplicationState'], Tone> = { submitted: 'wait', approved: 'good', rejected: 'bad', withdrawn: 'calm' };
export const REWARD_TONES: Record<Schemas['IncentiveRewardState'], Tone> = { issued: 'good', over_quota: 'wait', withheld: 'bad', taken_back: 'bad' };
export const MEASURE_TONES: Record<Schemas['IncentiveMeasureState'], Tone> = { in_force: 'bad', over: 'calm', lifted: 'good' };
