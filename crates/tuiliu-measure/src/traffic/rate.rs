//! Rates that no person has: what one viewer did within an hour, over all rooms and orders.

/// What one viewer did within one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ViewerHour {
    pub views: i64,
    pub clicks: i64,
    /// Comments, likes, follows and shares.
    pub interactions: i64,
    pub purchases: i64,
    /// Summed over rooms; somebody with two screens watches two hours in one.
    pub watched_ms: i64,
}

/// The most that still is a person, within one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    pub views_max: i64,
    pub clicks_max: i64,
    pub interactions_max: i64,
    pub purchases_max: i64,
    pub watched_ms_max: i64,
}

impl Default for RateLimits {
    /// Twice what the busiest people can do: a view every nine seconds, three screens at a time.
    fn default() -> Self {
        Self {
            views_max: 400,
            clicks_max: 600,
            interactions_max: 3_600,
            purchases_max: 60,
            watched_ms_max: 3 * tuiliu_domain::time::HOUR_MS,
        }
    }
}

/// Whether nobody can have done that within an hour.
#[must_use]
pub fn impossible_rate(hour: ViewerHour, limits: RateLimits) -> bool {
    hour.views > limits.views_max
        || hour.clicks > limits.clicks_max
        || hour.interactions > limits.interactions_max
        || hour.purchases > limits.purchases_max
        || hour.watched_ms > limits.watched_ms_max
}
