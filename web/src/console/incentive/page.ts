/** How lists of this column go on. */
export const cursorOf = (cursor: string) => (cursor ? { cursor } : {});
export const next = { initialPageParam: '', getNextPageParam: (page: { next_cursor?: string | null }) => page.next_cursor ?? undefined };
