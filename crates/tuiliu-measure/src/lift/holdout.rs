//! How many users are held out of an order: rule M2, applied at purchase and then frozen.

/// The least share of a holdout: 5 %.
const SHARE_MIN: u32 = 50_000;
/// The largest share: 50 %, when more users are at hand than the order can pay for.
const SHARE_MAX: u32 = 500_000;
/// A whole, in millionths.
const WHOLE: u128 = 1_000_000;

/// The share of users that become ghosts, in millionths: `1 − N_paid / (κ S)` between 5 % and 50 %, κ = ½.
///
/// A ghost costs the creator nothing while the budget is the limit, and time while the audience is. Rounded down.
#[must_use]
pub fn holdout_share_millionths(paid_users: u64, reachable_users: u64) -> u32 {
    if reachable_users == 0 {
        return SHARE_MIN;
    }
    let used = (2 * WHOLE * u128::from(paid_users)).div_ceil(u128::from(reachable_users));
    u32::try_from(WHOLE.saturating_sub(used)).unwrap_or(SHARE_MAX).clamp(SHARE_MIN, SHARE_MAX)
}
