/** What an order promotes: a room or a video, told the same way. */
import type { Room, Schemas } from './client';

export interface Subject {
  kind: 'room' | 'video';
  id: string;
  title: string;
  category: string;
  visibility: Schemas['Visibility'];
  creator: string;
  /** The room's or the video's own state. */
  state: string;
  sells: boolean;
}

const NOTHING: Subject = {
  kind: 'room', id: '', title: '—', category: '', visibility: 'public', creator: '', state: 'ended', sells: false,
};

export function subjectOf(of: { room?: Room | null; video?: Schemas['Video'] | null }): Subject {
  const { room, video } = of;
  if (room) {
    const { title, category, visibility } = room.content;
    return { kind: 'room', id: room.id, title, category, visibility, creator: room.creator_id, state: room.state, sells: room.has_cart };
  }
  if (video) {
    const { id, title, category, visibility, creator_id, state, goods } = video;
    return { kind: 'video', id, title, category, visibility, creator: creator_id, state, sells: Boolean(goods) };
  }
  return NOTHING;
}
