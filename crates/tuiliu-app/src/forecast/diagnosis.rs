//! Why an order is slow: told only where chance does not explain it, each reason with what its remedy would bring
//! (QB-13).

use std::convert::Infallible;

use tuiliu_delivery::approximate::{approximate, round_to_count};
use tuiliu_delivery::autobid::PROMISE_RESULTS;
use tuiliu_delivery::eligibility::LossReason;
use tuiliu_delivery::forecast::{Examined, Question, examine};
use tuiliu_delivery::predict::{Place, Prior, hour_of_day};
use tuiliu_domain::id::{PromotionOrderId, RoomId};
use tuiliu_domain::money::{Asset, Micros};
use tuiliu_domain::party::{Action, Actor};
use tuiliu_domain::policy::Policy;
use tuiliu_domain::promotion::PromotionOrder;
use tuiliu_measure::forecast::{Cause, Pace, REQUESTS_MIN, Remedy, Verdict, diagnose, shrunk_rate};

use crate::app::{App, Shell};
use crate::delivery::PaceNow;
use crate::error::CommandError;
use crate::promotion::order_for;

/// How an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiagnosisState {
    /// This node does not deliver it now.
    NotDelivering,
    /// Too few requests were sampled to tell.
    TooEarly,
    /// It is on plan, or chance explains what is missing.
    OnPlan,
    /// It is slow, and no remedy that could be tried brings enough.
    Unexplained,
    Slow,
}

/// Why an order is slow, and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    pub state: DiagnosisState,
    /// Results that were planned until now, and those that came.
    pub planned: i64,
    pub delivered: i64,
    /// What would bring how much more, in thousandths of what comes now; the most first.
    pub reasons: Vec<(Cause, i64)>,
    /// What was measured; `None` where the state says why not.
    pub facts: Option<DiagnosisFacts>,
}

/// What was measured of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiagnosisFacts {
    /// Different viewers of the last day who belong to the audience, and who would if it were everybody.
    pub viewers_reachable: i64,
    pub viewers_if_wider: i64,
    /// Those of the reachable to whom another order has shown the same content.
    pub viewers_again: i64,
    /// Impressions for each viewer reached, in thousandths.
    pub frequency_permille: i64,
    /// Requests of the audience in which it was left out since its viewer had seen it often enough, in thousandths.
    pub blocked_permille: i64,
    /// Results of a million impressions: its own, mixed with those of comparable content while they are few.
    pub rate_millionths: i64,
    pub rate_comparable_millionths: i64,
    /// What prices are in.
    pub asset: Asset,
    pub bid: Micros,
    /// What comparable orders bid.
    pub bid_peers: Micros,
    /// The lowest bid that wins what the plan needs; `None` when none does.
    pub bid_to_plan: Option<Micros>,
    /// Results that the budget buys at the cost so far.
    pub results_affordable: i64,
    /// Fewer are too few to learn from.
    pub results_to_learn: i64,
}

impl DiagnosisState {
    /// The code used in the API; never renamed.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotDelivering => "not_delivering",
            Self::TooEarly => "too_early",
            Self::OnPlan => "on_plan",
            Self::Unexplained => "unexplained",
            Self::Slow => "slow",
        }
    }
}

impl Diagnosis {
    const fn silent(state: DiagnosisState, planned: i64, delivered: i64) -> Self {
        Self { state, planned, delivered, reasons: Vec::new(), facts: None }
    }
}

impl App {
    /// Why one order is slow.
    pub async fn order_diagnosis(
        &self,
        actor: Actor,
        id: PromotionOrderId,
    ) -> Result<Diagnosis, CommandError<Infallible>> {
        let pace = self.pace_of(id);
        self.read(move |shell, tx| {
            let order = order_for(tx, &actor, id, Action::ReadOrder)?;
            let Some(pace) = &pace else { return Ok(Diagnosis::silent(DiagnosisState::NotDelivering, 0, 0)) };
            let totals = tx.metric_totals(id)?;
            let brought = Brought { results: totals.get("results"), impressions: totals.get("impressions") };
            let policy = shell.policy(tx, order.tenant)?;
            Ok(told(shell, &order, (pace, brought), &policy))
        })
        .await
    }
}

/// What an order brought so far.
#[derive(Debug, Clone, Copy)]
struct Brought {
    results: i64,
    impressions: i64,
}

fn told(shell: &Shell, order: &PromotionOrder, (pace, brought): (&PaceNow, Brought), policy: &Policy) -> Diagnosis {
    let cost = cost_of_result(pace, brought);
    let planned = approximate(pace.planned.get()) / cost;
    let delivered = u64::try_from(brought.results).unwrap_or(0);
    let whole = round_to_count(planned);
    let slow = Pace { planned, delivered };
    if !slow.is_slow() {
        return Diagnosis::silent(DiagnosisState::OnPlan, whole, brought.results);
    }
    let (engine, now) = (&shell.engine, shell.now());
    let comparable = comparable_rate(shell, order);
    let own = shrunk_rate(delivered, u64::try_from(brought.impressions).unwrap_or(0), comparable);
    let question = Question {
        order: order.id,
        rate_times: (comparable / own).max(1.0),
        wins_times: planned / approximate(brought.results).max(1.0),
        bid_max: policy.product(order.product, order.goal).bid_max.min(order.budget.micros()),
    };
    let sample = engine.forecasting.view(order.tenant, now);
    let examined = engine.view(order.tenant).and_then(|view| examine(&view.snapshot, &sample, &question, now));
    let Some(examined) = examined.filter(|examined| examined.requests >= REQUESTS_MIN) else {
        return Diagnosis::silent(DiagnosisState::TooEarly, whole, brought.results);
    };
    let open = open_share(shell, order.id);
    let affordable = approximate(order.budget.micros().get()) / cost;
    let (state, reasons) = reasons(slow, &examined, open, affordable);
    let millionths = |rate: f64| round_to_count(rate * 1e6);
    let facts = DiagnosisFacts {
        viewers_reachable: round_to_count(examined.reach.viewers),
        viewers_if_wider: round_to_count(examined.viewers_if_wider),
        viewers_again: round_to_count(examined.reach.viewers_again),
        frequency_permille: round_to_count(examined.frequency * 1e3),
        blocked_permille: round_to_count((1.0 - open) * 1e3),
        rate_millionths: millionths(own),
        rate_comparable_millionths: millionths(comparable),
        asset: order.currency(),
        bid: examined.bid,
        bid_peers: examined.bid_peers,
        bid_to_plan: examined.bid_to_plan,
        results_affordable: round_to_count(affordable),
        results_to_learn: round_to_count(PROMISE_RESULTS),
    };
    Diagnosis { state, planned: whole, delivered: brought.results, reasons, facts: Some(facts) }
}

fn reasons(slow: Pace, examined: &Examined, open: f64, affordable: f64) -> (DiagnosisState, Vec<(Cause, i64)>) {
    let remedy = |cause, delivered| Remedy { cause, delivered };
    // Nobody is shown an order twice for ever: a share blocked below a fifth is what caps are for (measurement.md §9).
    let unblocked = if open < OPEN_LOW { examined.wins / open.max(f64::MIN_POSITIVE) } else { examined.wins };
    let remedies = [
        remedy(Cause::Audience, examined.wins_wider),
        remedy(Cause::SameAudience, unblocked),
        remedy(Cause::Quality, examined.wins_better),
        remedy(Cause::Bid, examined.wins_higher),
    ];
    // Where it wins nothing, one win is what gains are told of.
    match diagnose(slow, examined.wins.max(1.0), &remedies) {
        Verdict::OnPlan => (DiagnosisState::OnPlan, Vec::new()),
        Verdict::Slow(gains) => {
            let told = gains.into_iter().map(|(cause, gain)| (cause, round_to_count(gain * 1e3)));
            (DiagnosisState::Slow, told.collect())
        }
        Verdict::Unexplained if affordable < PROMISE_RESULTS => {
            let gain = PROMISE_RESULTS / affordable.max(f64::MIN_POSITIVE) - 1.0;
            (DiagnosisState::Slow, vec![(Cause::Budget, round_to_count(gain * 1e3))])
        }
        Verdict::Unexplained => (DiagnosisState::Unexplained, Vec::new()),
    }
}

/// Below this share of requests that were not blocked the audience was shown it too often.
const OPEN_LOW: f64 = 0.8;

/// What a result has cost, in millionths; before the first one, what is bid for it.
fn cost_of_result(pace: &PaceNow, brought: Brought) -> f64 {
    let cost = if brought.results > 0 && pace.spent > Micros::ZERO {
        approximate(pace.spent.get()) / approximate(brought.results)
    } else {
        approximate(pace.bid.get())
    };
    cost.max(1.0)
}

/// How likely an impression of comparable content brings a result: the same goal and category, whatever the content.
fn comparable_rate(shell: &Shell, order: &PromotionOrder) -> f64 {
    let (engine, now) = (&shell.engine, shell.now());
    let category = engine.view(order.tenant).and_then(|view| Some(view.snapshot.candidate(order.id)?.place().category));
    let goal = order.result_goal();
    let place = Place { goal, category: category.unwrap_or(0), content: RoomId::new(0).into() };
    let belief = engine.learning.belief(order.tenant, place, hour_of_day(now));
    belief.map_or_else(|| Prior::of(goal).rate, |belief| belief.rate).number()
}

/// The share of requests of the audience that were not blocked by what their viewers had seen of the order.
fn open_share(shell: &Shell, order: PromotionOrderId) -> f64 {
    let Some((counts, _)) = shell.engine.losses_of(order) else { return 1.0 };
    let number = |count: u64| approximate(i64::try_from(count).unwrap_or(i64::MAX));
    let (open, blocked) = (number(counts.auctions), number(counts.lost(LossReason::Frequency)));
    if open + blocked > 0.0 { open / (open + blocked) } else { 1.0 }
}
