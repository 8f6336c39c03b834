//! Who is held out so that the effect of promotion can be measured: how many, decided at purchase (measurement.md M2).

/// How many viewers are held out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldoutPolicy {
    /// Least and most of an order's viewers, in thousandths; nobody is held out when both are 0.
    pub share_permille_min: i64,
    pub share_permille_max: i64,
    /// Where it is not known how many viewers can be reached.
    pub share_permille_unknown: i64,
    /// Part of the reachable viewers that one order may count on, in thousandths (κ).
    pub supply_permille: i64,
    /// Viewers who are never shown anything promoted, in thousandths.
    pub universal_permille: i64,
}

/// What is known at purchase of the viewers whom an order can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HoldoutFacts {
    /// The share that earlier orders for the same content have: they share the draw, so they share it.
    pub share_of_content: Option<u32>,
    /// Viewers to whom the budget pays for showing it.
    pub viewers_paid: u64,
    /// Different viewers who come within the order's window; `None` where nobody knows.
    pub viewers_reachable: Option<u64>,
}

/// What an order froze of its holdout at purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HoldoutTerms {
    /// Part of the viewers who would have been shown it and are not, in millionths; 0 is nobody.
    pub share_millionths: u32,
    /// How many viewers were expected to be shown it.
    pub viewers_planned: u64,
}

/// A whole, in millionths.
const WHOLE: u128 = 1_000_000;

impl HoldoutPolicy {
    /// The share that an order placed now gets: `1 − N_paid / (κ S)`, between least and most, rounded down.
    ///
    /// A ghost costs the buyer nothing while the budget is the limit, and time while the audience is: so the rule makes
    /// the share small exactly there.
    #[must_use]
    pub fn terms(&self, facts: HoldoutFacts) -> HoldoutTerms {
        HoldoutTerms { share_millionths: self.share_millionths(facts), viewers_planned: facts.viewers_paid }
    }

    /// Part of all viewers who are never shown anything promoted, in millionths.
    #[must_use]
    pub fn universal_millionths(&self) -> u32 {
        millionths(self.universal_permille)
    }

    fn share_millionths(&self, facts: HoldoutFacts) -> u32 {
        if let Some(share) = facts.share_of_content {
            return share;
        }
        let (least, most) = (millionths(self.share_permille_min), millionths(self.share_permille_max));
        let Some(reachable) = facts.viewers_reachable else {
            return millionths(self.share_permille_unknown).clamp(least, most.max(least));
        };
        // In thousandths of a viewer, as κ is.
        let supply = u128::from(reachable) * u128::from(self.supply_permille.unsigned_abs());
        if supply == 0 {
            return least;
        }
        let used = (u128::from(facts.viewers_paid) * 1_000 * WHOLE).div_ceil(supply);
        u32::try_from(WHOLE.saturating_sub(used)).unwrap_or(most).clamp(least, most.max(least))
    }
}

impl Default for HoldoutPolicy {
    fn default() -> Self {
        Self {
            share_permille_min: 50,
            share_permille_max: 500,
            share_permille_unknown: 100,
            supply_permille: 500,
            universal_permille: 10,
        }
    }
}

fn millionths(permille: i64) -> u32 {
    u32::try_from(permille.clamp(0, 1_000)).expect("thousandths fit") * 1_000
}

#[cfg(test)]
mod tests;
