/** The product's mark. */
export function Mark({ size = 40 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <path d="M7 21c4 0 4-6 9-6s5-6 9-6" fill="none" stroke="#fff" strokeWidth="3.2" strokeLinecap="round" />
      <path d="M7 25c6 0 6-5 11-5s4-3 7-3" fill="none" stroke="#fff" strokeOpacity=".55" strokeWidth="2.4" strokeLinecap="round" />
    </svg>
  );
}

const PATHS = {
  home: 'M4 11.5 12 5l8 6.5V19a1 1 0 0 1-1 1h-4.5v-5h-5v5H5a1 1 0 0 1-1-1z',
  orders: 'M7 4h10a1.5 1.5 0 0 1 1.5 1.5V20l-3-1.8-3.5 1.8-3.5-1.8-3 1.8V5.500A1.5 1.5 0 0 1 7 4zM9 9h6M9 13h6',
  wallet: 'M4.500 7.500A1.500 1.500 0 0 1 6 6h12a1.500 1.500 0 0 1 1.500 1.500v10A1.500 1.500 0 0 1 18 19H6a1.500 1.500 0 0 1-1.500-1.500zM15 12.500h4.500M4.500 9.500h15',
  me: 'M12 12a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM5 20c.6-3.600 3.400-5.500 7-5.500s6.400 1.900 7 5.500',
  coupon: 'M4 8a1.500 1.500 0 0 1 1.500-1.500h13A1.500 1.500 0 0 1 20 8v2a2 2 0 0 0 0 4v2a1.500 1.500 0 0 1-1.500 1.500h-13A1.500 1.500 0 0 1 4 16v-2a2 2 0 0 0 0-4zM14 7v2M14 11v2M14 15v2',
  messages: 'M5 5.500h14A1.500 1.500 0 0 1 20.500 7v8.500A1.500 1.500 0 0 1 19 17h-6.500L8 20.500V17H5A1.500 1.500 0 0 1 3.500 15.500V7A1.500 1.500 0 0 1 5 5.500zM8 10h8M8 13h5',
  gift: 'M4.500 11h15v8.500h-15zM3.500 7.500h17V11h-17zM12 7.500v12M12 7.500c-2-4-6-3.500-5.500-1.500.2 1 2 1.500 5.500 1.500zM12 7.500c2-4 6-3.500 5.500-1.500-.2 1-2 1.500-5.500 1.500z',
  overview: 'M5 19V11M10 19V5M15 19v-6M20 19V8',
  review: 'M5 6.500h9M5 11h6M5 15.500h5M13 16l2.500 2.500L20.500 13',
  room: 'M4 7.500A1.500 1.500 0 0 1 5.500 6h9A1.500 1.500 0 0 1 16 7.500v9a1.500 1.500 0 0 1-1.500 1.500h-9A1.500 1.500 0 0 1 4 16.500zM16 10.500l4.500-2.500v8L16 13.500',
  ledger: 'M6 4h11a1 1 0 0 1 1 1v15H7a2 2 0 0 1-2-2V5a1 1 0 0 1 1-1zM5 17a2 2 0 0 1 2-2h11M9 8h5',
  key: 'M14.500 9.500a3.500 3.500 0 1 0-3.300 3.500L9 15H7v2H5v2.500H3.500V17L11 9.700',
  health: 'M3 12h4l2.500-6 4 12 2.500-6h5',
  policy: 'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM19 12l1.500-1.500-1.800-3-2.100.4-1.700-1-.7-2h-3.400l-.7 2-1.700 1-2.100-.4-1.800 3L5 12l-1.500 1.500 1.800 3 2.100-.4 1.700 1 .7 2h3.400l.7-2 1.700-1 2.100.4 1.800-3z',
  audit: 'M12 4l7 2.500v5c0 4.500-3 7.300-7 8.500-4-1.200-7-4-7-8.500v-5zM9 12l2.200 2.200L15.500 10',
  webhook: 'M9 8.5a3 3 0 1 1 4.600 2.500L16 16M7 13.500A3 3 0 1 0 9.500 18H15M12 8.500 9.200 14',
  request: 'M5 6h14M5 10.500h9M5 15h14M5 19h6',
  event: 'M12 4v4M12 16v4M4 12h4M16 12h4M12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  list: 'M5 6h.01M9 6h10M5 12h.01M9 12h10M5 18h.01M9 18h10',
  target: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z',
  filter: 'M4 5h16l-6.200 7.500V19l-3.600-2v-4.500z',
  more: 'M5 7h14M5 12h14M5 17h14',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 22 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
