//! Presets: the programmes of the rule book, for operators to start from (IN-01, IN-05, IN-06, IN-08).

use super::condition::Condition;
use super::facts::{Flag, Metric};
use super::programme::{ApplicationRules, ProgrammeKind, ProgrammeTerms, RewardCoupon};
use super::reward::{Award, Face, Period, RewardRule, SettlementBonus, TargetRule, Tier};
use crate::coupon::CouponConditions;
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS};

const FEN_PER_YUAN: i64 = 100;

impl ProgrammeTerms {
    /// The default text of a kind.
    #[must_use]
    pub fn preset(kind: ProgrammeKind) -> Self {
        match kind {
            ProgrammeKind::ColdStart => cold_start(),
            ProgrammeKind::Growth => growth(),
            ProgrammeKind::Benchmark => benchmark(),
        }
    }
}

fn terms(title: &str, kind: ProgrammeKind, eligibility: Condition, rewards: RewardRule) -> ProgrammeTerms {
    ProgrammeTerms {
        title: title.to_owned(),
        kind,
        starts_at: None,
        ends_at: None,
        eligibility,
        rewards,
        coupons_per_month: None,
        coupon: RewardCoupon { conditions: CouponConditions::NONE, validity_ms: None },
        application: ApplicationRules { ahead_ms_min: 0, planned_ms_min: 0, review_working_days: 5 },
    }
}

/// IN-01: new within 30 days or away for 60, selling, no brand flagship. IN-05: 500 points on approval, then 9 times
/// 500 + 1% of paid sales, at most 2 000.
fn cold_start() -> ProgrammeTerms {
    let new = Condition::AtMost(Metric::FirstBroadcastAgeMs, 30 * DAY_MS);
    let away = Condition::AtLeast(Metric::LastBroadcastAgeMs, 60 * DAY_MS);
    let eligibility = Condition::All(vec![
        Condition::Any(vec![Condition::Is(Flag::NeverBroadcast), new, away]),
        Condition::IsNot(Flag::BrandFlagship),
    ]);
    let long_enough = Condition::AtLeast(Metric::LengthMs, 60 * MINUTE_MS);
    let tier = Tier {
        condition: Condition::All(vec![long_enough, Condition::Is(Flag::SellsLive)]),
        face: Face { base_points: 500, share: Some((Metric::PaidGmvFen, 10)), points_max: 2_000 },
        coupons: 1,
    };
    let on_approval = Some(Award { points: 500, coupons: 1 });
    let rewards = RewardRule::Broadcasts { on_approval, tiers: vec![tier], broadcasts_max: 9 };
    let preset = terms("冷启动扶持", ProgrammeKind::ColdStart, eligibility, rewards);
    ProgrammeTerms { coupons_per_month: Some(1_000), ..preset }
}

/// IN-06: per week, 1% of settled sales, which count as far as the live hours carry them: below the tier whose hours are
/// missing.
fn growth() -> ProgrammeTerms {
    let steps: [(i64, i64); 5] = [(1_000, 2), (5_000, 4), (20_000, 6), (100_000, 8), (500_000, 10)];
    let month_max = 20_000;
    let tiers = steps.iter().enumerate().map(|(place, (yuan, hours))| Tier {
        condition: Condition::All(vec![
            Condition::AtLeast(Metric::SettledGmvFen, yuan * FEN_PER_YUAN),
            Condition::AtLeast(Metric::LengthMs, hours * HOUR_MS),
        ]),
        face: Face {
            base_points: 0,
            share: Some((Metric::SettledGmvFen, 10)),
            points_max: steps.get(place + 1).map_or(month_max, |(next, _)| next / 100),
        },
        coupons: 1,
    });
    let rewards = RewardRule::Periods { period: Period::Week, tiers: tiers.collect(), points_per_month_max: month_max };
    let preset = terms("成长任务", ProgrammeKind::Growth, Condition::IsNot(Flag::BrandFlagship), rewards);
    ProgrammeTerms { coupons_per_month: Some(10_000), ..preset }
}

/// IN-08: at 25, 50, 75 and 100% of the target, 1% of paid sales in total, 0.5% more if 60% is settled.
fn benchmark() -> ProgrammeTerms {
    let rewards = RewardRule::Target(TargetRule {
        steps_permille: vec![250, 500, 750, 1_000],
        share_permille: 10,
        bonus: Some(SettlementBonus { settlement_rate_permille_min: 600, share_permille: 5 }),
        points_max: 300_000,
    });
    let application =
        ApplicationRules { ahead_ms_min: 14 * DAY_MS, planned_ms_min: 5 * HOUR_MS, review_working_days: 5 };
    let preset = terms("标杆案例", ProgrammeKind::Benchmark, Condition::always(), rewards);
    ProgrammeTerms { coupons_per_month: Some(1_000), application, ..preset }
}
