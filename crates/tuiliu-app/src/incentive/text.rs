//! Texts of programmes, forms and standings as JSON: what is stored, and what goes in and out of the api.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use tuiliu_domain::coupon::{CouponConditions, ProductConstraint};
use tuiliu_domain::incentive::{
    ApplicationForm, ApplicationRules, Award, Condition, Face, Figures, Flag, Metric, Period, PlannedBroadcast,
    ProgrammeKind, ProgrammeTerms, RewardCoupon, RewardRule, SettlementBonus, Standing, TargetRule, Tier,
};
use tuiliu_domain::promotion::{Goal, PlacementName};
use tuiliu_domain::time::Timestamp;

use crate::notice::time_text;

/// The JSON is not a text of a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) reason: String,
}

/// A word of the domain, by its code.
trait Word: Copy {
    fn word_code(self) -> &'static str;
    fn word(code: &str) -> Option<Self>;
}

macro_rules! words {
    ($($kind:ty),*) => {$(
        impl Word for $kind {
            fn word_code(self) -> &'static str {
                self.code()
            }
            fn word(code: &str) -> Option<Self> {
                Self::from_code(code)
            }
        }
    )*};
}
words!(Flag, Goal, Metric, Period, ProductConstraint, ProgrammeKind);

#[derive(Debug, Clone, Copy)]
struct WordText<T>(T);

impl<T: Word> Serialize for WordText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word_code())
    }
}

impl<'de, T: Word> Deserialize<'de> for WordText<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let found = T::word(&code).map(WordText);
        found.ok_or_else(|| serde::de::Error::custom(format_args!("`{code}` is no word that belongs here")))
    }
}

/// The name of a placement.
#[derive(Debug, Clone)]
struct PlacementText(PlacementName);

impl Serialize for PlacementText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for PlacementText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = PlacementName::parse(&String::deserialize(deserializer)?).map(Self);
        found.ok_or_else(|| serde::de::Error::custom("the name of a placement has 1 to 128 characters"))
    }
}

/// An instant, as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy)]
struct TimeText(Timestamp);

impl Serialize for TimeText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time_text(self.0))
    }
}

impl<'de> Deserialize<'de> for TimeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let instant: Result<jiff::Timestamp, _> = text.parse();
        let ms = instant.map_err(|_| serde::de::Error::custom(format_args!("`{text}` is no time of RFC 3339")))?;
        Ok(Self(Timestamp::from_ms(ms.as_millisecond())))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ConditionText {
    All(Vec<ConditionText>),
    Any(Vec<ConditionText>),
    AtLeast(ThresholdText),
    AtMost(ThresholdText),
    Is(WordText<Flag>),
    IsNot(WordText<Flag>),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdText {
    metric: WordText<Metric>,
    value: i64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AwardText {
    points: i64,
    coupons: u32,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FaceText {
    base_points: i64,
    #[serde(default)]
    share: Option<ShareText>,
    points_max: i64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShareText {
    metric: WordText<Metric>,
    permille: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TierText {
    condition: ConditionText,
    face: FaceText,
    coupons: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum RewardsText {
    Broadcasts {
        #[serde(default)]
        on_approval: Option<AwardText>,
        tiers: Vec<TierText>,
        broadcasts_max: u32,
    },
    Periods {
        period: WordText<Period>,
        tiers: Vec<TierText>,
        points_per_month_max: i64,
    },
    Target {
        steps_permille: Vec<i64>,
        share_permille: i64,
        #[serde(default)]
        bonus: Option<BonusText>,
        points_max: i64,
    },
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BonusText {
    settlement_rate_permille_min: i64,
    share_permille: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CouponText {
    product: WordText<ProductConstraint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    goal: Option<WordText<Goal>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    placement: Option<PlacementText>,
    #[serde(default)]
    validity_ms: Option<i64>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesText {
    ahead_ms_min: i64,
    planned_ms_min: i64,
    review_working_days: u16,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermsText {
    title: String,
    kind: WordText<ProgrammeKind>,
    #[serde(default)]
    starts_at: Option<TimeText>,
    #[serde(default)]
    ends_at: Option<TimeText>,
    eligibility: ConditionText,
    rewards: RewardsText,
    #[serde(default)]
    coupons_per_month: Option<u32>,
    coupon: CouponText,
    application: RulesText,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct FormText {
    goods: String,
    broadcasts: Vec<PlannedText>,
    target_gmv_fen: Option<i64>,
    contact_note: String,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct PlannedText {
    starts_at_ms: i64,
    length_ms: i64,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct StandingText {
    first_broadcast_at_ms: Option<i64>,
    last_broadcast_at_ms: Option<i64>,
    shop_score_hundredths: Option<i64>,
    brand_flagship: bool,
    counterfeit_goods: bool,
    shop_closed: bool,
    content_violation: bool,
}

/// The terms in this JSON.
pub(super) fn read_terms(value: Value) -> Result<ProgrammeTerms, Unreadable> {
    let text: TermsText = serde_json::from_value(value).map_err(|fault| Unreadable { reason: fault.to_string() })?;
    Ok(text.read())
}

/// Terms as JSON.
pub(super) fn write_terms(terms: &ProgrammeTerms) -> Value {
    serde_json::to_value(TermsText::of(terms)).expect("terms are JSON")
}

/// One threshold as JSON, in the words of terms.
pub(super) fn write_condition(condition: &Condition) -> Value {
    serde_json::to_value(ConditionText::of(condition)).expect("a condition is JSON")
}

/// Figures as JSON: each with its value and who says so.
pub(super) fn write_figures(figures: &Figures) -> Value {
    let numbers = figures.numbers.iter().map(|(metric, figure)| {
        let told = serde_json::json!({ "value": figure.value, "source": figure.source.code() });
        (metric.code().to_owned(), told)
    });
    let flags = figures
        .flags
        .iter()
        .map(|(flag, source)| (flag.code().to_owned(), serde_json::json!({ "value": true, "source": source.code() })));
    Value::Object(numbers.chain(flags).collect())
}

pub(super) fn write_form(form: &ApplicationForm) -> String {
    let text = FormText {
        goods: form.goods.clone(),
        broadcasts: form
            .broadcasts
            .iter()
            .map(|planned| PlannedText { starts_at_ms: planned.starts_at.ms(), length_ms: planned.length_ms })
            .collect(),
        target_gmv_fen: form.target_gmv_fen,
        contact_note: form.contact_note.clone(),
    };
    serde_json::to_string(&text).expect("a form is JSON")
}

pub(super) fn read_form(text: &str) -> Result<ApplicationForm, Unreadable> {
    let FormText { goods, broadcasts, target_gmv_fen, contact_note } =
        serde_json::from_str(text).map_err(|fault| Unreadable { reason: fault.to_string() })?;
    let planned = |text: PlannedText| PlannedBroadcast {
        starts_at: Timestamp::from_ms(text.starts_at_ms),
        length_ms: text.length_ms,
    };
    let broadcasts = broadcasts.into_iter().map(planned).collect();
    Ok(ApplicationForm { goods, broadcasts, target_gmv_fen, contact_note })
}

pub(super) fn write_standing(standing: &Standing) -> String {
    let text = StandingText {
        first_broadcast_at_ms: standing.first_broadcast_at.map(Timestamp::ms),
        last_broadcast_at_ms: standing.last_broadcast_at.map(Timestamp::ms),
        shop_score_hundredths: standing.shop_score_hundredths,
        brand_flagship: standing.brand_flagship,
        counterfeit_goods: standing.counterfeit_goods,
        shop_closed: standing.shop_closed,
        content_violation: standing.content_violation,
    };
    serde_json::to_string(&text).expect("a standing is JSON")
}

pub(super) fn read_standing(text: &str) -> Result<Standing, Unreadable> {
    let text: StandingText = serde_json::from_str(text).map_err(|fault| Unreadable { reason: fault.to_string() })?;
    Ok(Standing {
        first_broadcast_at: text.first_broadcast_at_ms.map(Timestamp::from_ms),
        last_broadcast_at: text.last_broadcast_at_ms.map(Timestamp::from_ms),
        shop_score_hundredths: text.shop_score_hundredths,
        brand_flagship: text.brand_flagship,
        counterfeit_goods: text.counterfeit_goods,
        shop_closed: text.shop_closed,
        content_violation: text.content_violation,
    })
}

impl TermsText {
    fn of(terms: &ProgrammeTerms) -> Self {
        let ApplicationRules { ahead_ms_min, planned_ms_min, review_working_days } = terms.application;
        Self {
            title: terms.title.clone(),
            kind: WordText(terms.kind),
            starts_at: terms.starts_at.map(TimeText),
            ends_at: terms.ends_at.map(TimeText),
            eligibility: ConditionText::of(&terms.eligibility),
            rewards: RewardsText::of(&terms.rewards),
            coupons_per_month: terms.coupons_per_month,
            coupon: CouponText::of(&terms.coupon),
            application: RulesText { ahead_ms_min, planned_ms_min, review_working_days },
        }
    }

    fn read(self) -> ProgrammeTerms {
        let RulesText { ahead_ms_min, planned_ms_min, review_working_days } = self.application;
        ProgrammeTerms {
            title: self.title,
            kind: self.kind.0,
            starts_at: self.starts_at.map(|at| at.0),
            ends_at: self.ends_at.map(|at| at.0),
            eligibility: self.eligibility.read(),
            rewards: self.rewards.read(),
            coupons_per_month: self.coupons_per_month,
            coupon: self.coupon.read(),
            application: ApplicationRules { ahead_ms_min, planned_ms_min, review_working_days },
        }
    }
}

impl CouponText {
    fn of(coupon: &RewardCoupon) -> Self {
        let RewardCoupon { conditions: CouponConditions { product, goal, placement }, validity_ms } = coupon.clone();
        let (product, goal, placement) = (WordText(product), goal.map(WordText), placement.map(PlacementText));
        Self { product, goal, placement, validity_ms }
    }

    fn read(self) -> RewardCoupon {
        let Self { product, goal, placement, validity_ms } = self;
        let (goal, placement) = (goal.map(|goal| goal.0), placement.map(|placement| placement.0));
        RewardCoupon { conditions: CouponConditions { product: product.0, goal, placement }, validity_ms }
    }
}

impl ConditionText {
    fn of(condition: &Condition) -> Self {
        let all = |parts: &[Condition]| parts.iter().map(Self::of).collect();
        let threshold = |metric: &Metric, value: &i64| ThresholdText { metric: WordText(*metric), value: *value };
        match condition {
            Condition::All(parts) => Self::All(all(parts)),
            Condition::Any(parts) => Self::Any(all(parts)),
            Condition::AtLeast(metric, value) => Self::AtLeast(threshold(metric, value)),
            Condition::AtMost(metric, value) => Self::AtMost(threshold(metric, value)),
            Condition::Is(flag) => Self::Is(WordText(*flag)),
            Condition::IsNot(flag) => Self::IsNot(WordText(*flag)),
        }
    }

    fn read(self) -> Condition {
        let all = |parts: Vec<Self>| parts.into_iter().map(Self::read).collect();
        match self {
            Self::All(parts) => Condition::All(all(parts)),
            Self::Any(parts) => Condition::Any(all(parts)),
            Self::AtLeast(threshold) => Condition::AtLeast(threshold.metric.0, threshold.value),
            Self::AtMost(threshold) => Condition::AtMost(threshold.metric.0, threshold.value),
            Self::Is(flag) => Condition::Is(flag.0),
            Self::IsNot(flag) => Condition::IsNot(flag.0),
        }
    }
}

impl TierText {
    fn of(tier: &Tier) -> Self {
        let Face { base_points, share, points_max } = tier.face;
        let share = share.map(|(metric, permille)| ShareText { metric: WordText(metric), permille });
        let face = FaceText { base_points, share, points_max };
        Self { condition: ConditionText::of(&tier.condition), face, coupons: tier.coupons }
    }

    fn read(self) -> Tier {
        let FaceText { base_points, share, points_max } = self.face;
        let share = share.map(|share| (share.metric.0, share.permille));
        let face = Face { base_points, share, points_max };
        Tier { condition: self.condition.read(), face, coupons: self.coupons }
    }
}

impl RewardsText {
    fn of(rewards: &RewardRule) -> Self {
        let tiers = |tiers: &[Tier]| tiers.iter().map(TierText::of).collect();
        match rewards {
            RewardRule::Broadcasts { on_approval, tiers: table, broadcasts_max } => Self::Broadcasts {
                on_approval: on_approval.map(|Award { points, coupons }| AwardText { points, coupons }),
                tiers: tiers(table),
                broadcasts_max: *broadcasts_max,
            },
            RewardRule::Periods { period, tiers: table, points_per_month_max } => Self::Periods {
                period: WordText(*period),
                tiers: tiers(table),
                points_per_month_max: *points_per_month_max,
            },
            RewardRule::Target(TargetRule { steps_permille, share_permille, bonus, points_max }) => Self::Target {
                steps_permille: steps_permille.clone(),
                share_permille: *share_permille,
                bonus: bonus.map(|SettlementBonus { settlement_rate_permille_min, share_permille }| BonusText {
                    settlement_rate_permille_min,
                    share_permille,
                }),
                points_max: *points_max,
            },
        }
    }

    fn read(self) -> RewardRule {
        let table = |tiers: Vec<TierText>| tiers.into_iter().map(TierText::read).collect();
        match self {
            Self::Broadcasts { on_approval, tiers, broadcasts_max } => RewardRule::Broadcasts {
                on_approval: on_approval.map(|AwardText { points, coupons }| Award { points, coupons }),
                tiers: table(tiers),
                broadcasts_max,
            },
            Self::Periods { period, tiers, points_per_month_max } => {
                RewardRule::Periods { period: period.0, tiers: table(tiers), points_per_month_max }
            }
            Self::Target { steps_permille, share_permille, bonus, points_max } => RewardRule::Target(TargetRule {
                steps_permille,
                share_permille,
                bonus: bonus.map(|BonusText { settlement_rate_permille_min, share_permille }| SettlementBonus {
                    settlement_rate_permille_min,
                    share_permille,
                }),
                points_max,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn terms_come_back_as_they_were_written() {
        for kind in ProgrammeKind::ALL {
            let mut terms = ProgrammeTerms::preset(*kind);
            terms.starts_at = Some(Timestamp::from_ms(1_795_163_462_120));
            assert_eq!(read_terms(write_terms(&terms)), Ok(terms));
        }
    }

    #[test]
    fn forms_and_standings_come_back_as_they_were_written() {
        let planned = PlannedBroadcast { starts_at: Timestamp::from_ms(5), length_ms: 6 };
        let form = ApplicationForm {
            goods: "面包".to_owned(),
            broadcasts: vec![planned],
            target_gmv_fen: Some(7),
            contact_note: String::new(),
        };
        assert_eq!(read_form(&write_form(&form)), Ok(form));
        let standing = Standing { shop_score_hundredths: Some(409), shop_closed: true, ..Standing::default() };
        assert_eq!(read_standing(&write_standing(&standing)), Ok(standing));
    }

    #[test]
    fn what_is_no_text_is_refused_with_a_reason() {
        let check = |change: fn(&mut Value), expected: &str| {
            let mut value = write_terms(&ProgrammeTerms::preset(ProgrammeKind::Growth));
            change(&mut value);
            let reason = read_terms(value).unwrap_err().reason;
            assert!(reason.contains(expected), "`{reason}`");
        };
        check(|value| value["quota"] = json!(1), "unknown field `quota`");
        check(|value| value["kind"] = json!("gift"), "`gift` is no word");
        check(|value| value["eligibility"] = json!({"at_least": {"metric": "luck", "value": 1}}), "`luck` is no word");
        check(|value| value["rewards"] = json!({"lottery": {}}), "unknown variant `lottery`");
        check(|value| value["starts_at"] = json!("tomorrow"), "no time of RFC 3339");
    }
}
