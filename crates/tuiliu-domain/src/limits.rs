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
/// Slots over all placements of one decision request.
pub const SLOTS_PER_REQUEST_MAX: usize = 40;
/// Rows in one page of a list.
pub const PAGE_MAX: usize = 100;
