//! The largest size of everything that grows.

/// Source lots that one order may be paid from.
pub const ORDER_SOURCES_MAX: usize = 64;
/// Ledger commands in one atomic group.
pub const LEDGER_GROUP_MAX: usize = 1_024;
/// Writer jobs taken into one database transaction (ledger.md §5.4).
pub const WRITE_BATCH_MAX: usize = 4_096;
/// Jobs waiting for a writer before callers are told to come back.
pub const WRITE_QUEUE_MAX: usize = 16_384;
/// Events in one report from the host platform.
pub const EVENTS_PER_REPORT_MAX: usize = 1_000;
/// Products that one event of a host may name.
pub const EVENT_ITEMS_MAX: usize = 50;
/// Slots over all placements of one decision request.
pub const SLOTS_PER_REQUEST_MAX: usize = 40;
/// Rows in one page of a list.
pub const PAGE_MAX: usize = 100;
/// Guard rules of one order (TP-29).
pub const ORDER_GUARD_RULES_MAX: usize = 8;
/// Payments of one order: the first and its top-ups (TP-30).
pub const ORDER_PAYMENTS_MAX: usize = 32;
/// Nested levels of an audience, its leaves included.
pub const AUDIENCE_DEPTH_MAX: usize = 8;
/// Leaves of an audience.
pub const AUDIENCE_LEAVES_MAX: usize = 64;
/// Bytes of one value in an audience: an interest, a region, a segment.
pub const AUDIENCE_VALUE_BYTES_MAX: usize = 128;
/// Characters of the name of a placement.
pub const PLACEMENT_CHARS_MAX: usize = 128;
/// Longest video, in milliseconds.
pub const VIDEO_DURATION_MS_MAX: i64 = 12 * 60 * 60 * 1_000;
/// Bytes of a room's or video's title, category or external id.
pub const ROOM_TEXT_BYTES_MAX: usize = 512;
/// Parties that an agency acts for.
pub const AGENCY_CLIENTS_MAX: usize = 10_000;
/// Words in each of a policy's word lists, and categories in each of its category lists.
pub const POLICY_WORDS_MAX: usize = 10_000;
/// Budgets offered for one goal, and durations offered.
pub const POLICY_CHOICES_MAX: usize = 100;
/// Points on one coupon.
pub const COUPON_POINTS_MAX: i64 = 10_000_000;
/// Ended orders of one tenant that its estimates are made from, the newest of them (AT-06).
pub const FORECAST_COMPARABLES_MAX: usize = 16_000;
/// Conjunctions that one audience may come down to.
pub const AUDIENCE_CONJUNCTIONS_MAX: usize = 32;
/// Lists of alternatives over one attribute that one conjunction may hold at once.
pub const AUDIENCE_GROUPS_MAX: usize = 4;
/// Orders that one delivery snapshot may hold.
pub const SNAPSHOT_ORDERS_MAX: usize = 1_048_576;
/// Impressions served by one node whose price is still reserved.
pub const RESERVATIONS_MAX: usize = 1_048_576;
/// Auctions kept in the price landscape of one order.
pub const LANDSCAPE_SAMPLES_MAX: usize = 2_048;
/// Stretches of its window that the market of an auto-bidder tells apart.
pub const AUTOBID_SLICES: usize = 64;
/// Auctions kept of each of them.
pub const AUTOBID_SAMPLES_MAX: usize = 512;
/// Pools of viewers that guaranteed delivery plans with.
pub const GUARANTEE_POOLS_MAX: usize = 4_096;
/// Hours that guaranteed delivery plans ahead.
pub const GUARANTEE_HOURS_MAX: usize = 1_488;
/// Impressions of one tenant that one node remembers until they are learnt from.
pub const PREDICTOR_EXAMPLES_MAX: usize = 131_072;
/// Rooms, categories and hours whose rates one node keeps for one tenant.
pub const PREDICTOR_CELLS_MAX: usize = 65_536;
/// Impressions per viewer and window that a frequency cap can count.
pub const FREQUENCY_CAP_MAX: u8 = 15;
/// Requests of one tenant that one node keeps to make decisions again; about a kilobyte each.
pub const FORECAST_REQUESTS_MAX: usize = 4_096;
/// As many of them of one viewer.
pub const FORECAST_REQUESTS_OF_VIEWER_MAX: usize = 128;
/// Minutes for which a node remembers why orders were not shown.
pub const LOSS_MINUTES_MAX: i64 = 120;
/// Orders × minutes of which a node remembers why they were not shown; a cell takes about 150 bytes.
pub const LOSS_CELLS_MAX: usize = 262_144;
/// Keys that can open impression tokens at one time.
pub const TOKEN_KEYS_MAX: usize = 8;

/// Callers whose credentials one node remembers.
pub const CALLERS_REMEMBERED_MAX: usize = 65_536;
/// Tenants whose policy one node remembers.
pub const TENANTS_REMEMBERED_MAX: usize = 4_096;
/// Passwords that one node hashes at once: each takes a core and its memory.
pub const PASSWORDS_HASHED_AT_ONCE_MAX: usize = 2;
/// Passwords that wait to be hashed, those at work included.
pub const PASSWORDS_WAITING_MAX: usize = 64;
/// Sessions of one party that are open at one time.
pub const SESSIONS_OF_PARTY_MAX: usize = 50;
/// Bytes of what a browser says about itself that are kept with a session.
pub const SESSION_AGENT_BYTES_MAX: usize = 512;
/// Keys of one tenant that are not revoked.
pub const API_KEYS_MAX: usize = 1_000;
/// Bytes of a login's name.
pub const LOGIN_NAME_BYTES_MAX: usize = 128;
/// Bytes of a party's name or external reference, and of a key's or tenant's name.
pub const PARTY_TEXT_BYTES_MAX: usize = 256;
/// Coupons in one grant (TP-28); each is one ledger command of one group.
pub const COUPON_GRANT_MAX: usize = 1_000;
/// Fen that one top-up may cost.
pub const TOP_UP_FEN_MAX: i64 = 50_000_000;
/// Fen of one bank transfer, and of one withdrawal.
pub const BANK_TRANSFER_FEN_MAX: i64 = 1_000_000_000;
/// Bank lines in one import.
pub const BANK_LINES_PER_IMPORT_MAX: usize = 1_000;
/// Payout accounts that a party has on file.
pub const PAYOUT_ACCOUNTS_MAX: usize = 10;
/// Withdrawals of one wallet that are under way at once.
pub const WITHDRAWALS_OPEN_MAX: u32 = 100;
/// Units of 1/100 bean in one gift.
pub const GIFT_BEANS_MAX: i64 = 100_000_000;
/// Refunds of one payment, as payment providers limit them.
pub const PAYMENT_REFUNDS_MAX: u32 = 50;
/// Lots that one refund may be taken from.
pub const REFUND_LOTS_MAX: usize = 64;
/// Bytes of a provider's number or name for something.
pub const PROVIDER_TEXT_BYTES_MAX: usize = 128;
/// Bytes of the note on a gift.
pub const WALLET_NOTE_BYTES_MAX: usize = 512;
/// Steps of time in one report; a week of minutes.
pub const REPORT_STEPS_MAX: usize = 10_080;
/// Rows of one exported statement.
pub const EXPORT_ROWS_MAX: usize = 100_000;
/// Years that the calendar of working days may hold (WL-09).
pub const CALENDAR_YEARS_MAX: usize = 200;
/// Days of one year that may differ from Monday to Friday.
pub const CALENDAR_EXCEPTIONS_MAX: usize = 120;
/// Days over which working days are counted.
pub const CALENDAR_SPAN_DAYS_MAX: i64 = 3_660;
/// Nested levels of an incentive programme's condition.
pub const INCENTIVE_CONDITION_DEPTH_MAX: usize = 4;
/// Thresholds in one condition.
pub const INCENTIVE_CONDITION_LEAVES_MAX: usize = 32;
/// Lines of a programme's table, and steps on the way to its target.
pub const INCENTIVE_TIERS_MAX: usize = 20;
/// Bytes of a programme's title, of a field of an application, of a measure's evidence.
pub const INCENTIVE_TEXT_BYTES_MAX: usize = 4_096;
/// Broadcasts that one application names.
pub const INCENTIVE_BROADCASTS_MAX: usize = 10;
/// Published texts of one programme.
pub const INCENTIVE_EDITIONS_MAX: usize = 1_000;
/// Broadcasts that one dry run looks at.
pub const INCENTIVE_DRY_RUN_BROADCASTS_MAX: usize = 100_000;
/// Broadcasts of one account that one period may have.
pub const INCENTIVE_PERIOD_BROADCASTS_MAX: usize = 1_000;
/// Marks of one kind that one account may have.
pub const INCENTIVE_MARKS_MAX: usize = 50;
/// Accounts that are looked at for one account's links.
pub const INCENTIVE_LINKED_MAX: usize = 1_000;
/// Bytes of an appeal, and of its answer.
pub const APPEAL_TEXT_BYTES_MAX: usize = 8_192;
/// Links in one appeal.
pub const APPEAL_LINKS_MAX: usize = 10;
/// Names of bots, and ranges of addresses, that a tenant lists.
pub const TRAFFIC_LIST_MAX: usize = 20_000;
/// Bytes of one of them.
pub const TRAFFIC_NAME_BYTES_MAX: usize = 128;
/// Refused events that are kept of one tenant.
pub const REFUSED_EVENTS_MAX: u32 = 10_000;
/// Refused events that are taken again by one command.
pub const REPLAYED_EVENTS_MAX: usize = 100;
/// Bytes of what is told of an event's device.
pub const EVENT_AGENT_BYTES_MAX: usize = 1_024;
/// Records of one viewer in one room that attribution looks at; more are nobody's.
pub const ATTRIBUTION_RECORDS_MAX: usize = 4_096;
/// Viewers of one room that one look back at traffic takes in.
pub const INSPECTED_VIEWERS_MAX: usize = 1_000_000;
/// Creators in one purchase of guarantees, and in one question for quotes (GB-01).
pub const GUARANTEE_CREATORS_MAX: usize = 20;
/// Videos that one quote rests on.
pub const GUARANTEE_EVIDENCE_MAX: u32 = 200;
/// Newest videos of a tenant that growth, spread and drift are learnt from.
pub const GUARANTEE_VIDEOS_MAX: u32 = 20_000;
/// Newest readings of one video that are looked at.
pub const GUARANTEE_READINGS_MAX: u32 = 1_000;
/// Readings told at once.
pub const GUARANTEE_READINGS_TOLD_MAX: usize = 100;
/// Bytes of the reason of a decision.
pub const GUARANTEE_REASON_BYTES_MAX: usize = 2_048;
/// Guarantees that the book adds up.
pub const GUARANTEE_BOOK_MAX: u32 = 100_000;
/// Videos of guarantees that one node helps.
pub const GUARANTEE_CAMPAIGNS_MAX: u32 = 4_096;
/// Tenants whose videos one node keeps what it learnt of.
pub const GUARANTEE_TENANTS_MAX: usize = 10_000;
/// Endpoints that one tenant's events are sent to.
pub const WEBHOOK_ENDPOINTS_MAX: usize = 50;
/// Bytes of an endpoint's address.
pub const WEBHOOK_URL_BYTES_MAX: usize = 2_048;
/// Webhooks that one node sends at one time.
pub const WEBHOOKS_AT_ONCE_MAX: usize = 64;
/// Events that one replay queues.
pub const WEBHOOK_REPLAY_MAX: u32 = 1_000;
/// Bytes of an endpoint's answer that are kept.
pub const WEBHOOK_ANSWER_BYTES_MAX: usize = 1_024;
/// Answered requests that wait to be written into the log; more are not logged.
pub const LOGGED_REQUESTS_WAITING_MAX: usize = 1_024;
/// Answered requests of one tenant that are kept.
pub const LOGGED_REQUESTS_MAX: u32 = 20_000;
/// Bytes of a logged request's address, and of the body of a refused one.
pub const LOGGED_PATH_BYTES_MAX: usize = 512;
pub const LOGGED_BODY_BYTES_MAX: usize = 4_096;
/// Reported events that one node shows of one tenant, and tenants that it shows them of.
pub const SEEN_EVENTS_MAX: usize = 200;
pub const SEEN_EVENTS_TENANTS_MAX: usize = 1_024;
/// Bytes of what is looked for.
pub const SEARCH_TEXT_BYTES_MAX: usize = 200;
/// Bytes of what an entry of the audit log keeps of a request.
pub const AUDIT_CONTENT_BYTES_MAX: usize = 4_096;
