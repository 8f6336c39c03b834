//! Who buys: what creators broadcast, and which orders they place for it.

use tuiliu_app::promotion::PlacePromotionOrder;
use tuiliu_domain::id::{PartyId, RoomId};
use tuiliu_domain::live::RoomContent;
use tuiliu_domain::money::{Beans, CENTIBEAN_WORTH, MICROS_PER_UNIT, Micros};
use tuiliu_domain::promotion::{
    Audience, Bidding, ChargedBy, Desk, Goal, GuardCondition, GuardRule, OrderForm, Product,
};
use tuiliu_domain::review::Visibility;
use tuiliu_domain::time::{HOUR_MS, MINUTE_MS};

use crate::audience::{INTERESTS, SeenRoom};
use crate::random::Chance;

/// Titles by what they are about, in the order of [`INTERESTS`].
const TITLES: &[&str] = &[
    "十分钟通勤妆，跟着画",
    "秋冬外套试穿，选码不踩雷",
    "今晚在家做一锅热汤面",
    "吉他弹唱，点歌陪你下班",
    "排位上分，边打边讲思路",
    "跟练二十分钟，肩颈放松",
    "辅食怎么加，在线答疑",
    "带你逛一条安静的老街",
    "给猫咪洗澡的正确步骤",
    "阳台种菜，从一盆小葱开始",
];

/// What a creator's broadcasts are about: a place in [`INTERESTS`].
#[must_use]
pub const fn interest_of(creator: usize) -> usize {
    creator % INTERESTS.len()
}

/// Whether a creator sells in broadcasts, as every third does.
#[must_use]
pub const fn sells(creator: usize) -> bool {
    creator % 3 == 1
}

/// What viewers see of a creator's broadcast.
#[must_use]
pub fn content(creator: usize) -> RoomContent {
    let interest = interest_of(creator);
    RoomContent {
        title: TITLES[interest].to_owned(),
        category: INTERESTS[interest].to_owned(),
        visibility: Visibility::Public,
    }
}

/// A creator's broadcast as viewers meet it.
#[must_use]
pub const fn seen(creator: usize, has_cart: bool) -> SeenRoom {
    SeenRoom { interest: interest_of(creator), has_cart }
}

/// Whose order, for which room, and what budgets begin with for each goal.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub room: RoomId,
    pub payer: PartyId,
    pub form: OrderForm,
    /// The smallest budget of this goal, in beans.
    pub budget_min: u32,
    pub goal: Goal,
}

/// A goal that fits the form of order.
#[must_use]
pub fn goal(form: OrderForm, chance: &mut Chance) -> Goal {
    let fitting: Vec<Goal> = Goal::OF_TRAFFIC_PACKS.iter().copied().filter(|goal| goal.fits(form)).collect();
    fitting[chance.place(fitting.len())]
}

/// An order as somebody might place it: budget, bid, time, audience and guard rules by chance.
#[must_use]
pub fn order(wish: Wish, chance: &mut Chance) -> PlacePromotionOrder {
    let Wish { room, payer, form, budget_min, goal } = wish;
    let budget = Beans::from(budget_min.saturating_mul(1 + u32::try_from(chance.below(3)).unwrap_or(0)));
    let bid_millibeans = match goal {
        Goal::Viewers => chance.between(800, 2_500),
        Goal::Interactions => chance.between(3_000, 9_000),
        Goal::Follows => chance.between(6_000, 18_000),
        _ => chance.between(2_000, 7_000),
    };
    let bid = (bid_millibeans * MICROS_PER_UNIT / 1_000).clamp(CENTIBEAN_WORTH.get(), budget.micros().get());
    let half_hours = [1, 1, 2, 2, 4, 6];
    PlacePromotionOrder {
        product: Product::TrafficPack,
        content: room.into(),
        desk: Desk::default(),
        charged_by: ChargedBy::default(),
        payer,
        goal,
        placement: None,
        audience: chance.permille(250).then(|| audience(chance)),
        bidding: bidding(form, Micros::new(bid), chance),
        budget,
        duration_ms: half_hours[chance.place(half_hours.len())] * HOUR_MS / 2,
        guard_rules: guard_rules(budget, chance),
    }
}

/// Where a price must be named, a bid or now and then a cost cap.
fn bidding(form: OrderForm, price: Micros, chance: &mut Chance) -> Bidding {
    match form {
        OrderForm::Plain => Bidding::Automatic,
        OrderForm::Commerce if chance.permille(300) => Bidding::CostCap { cost_max: price },
        OrderForm::Commerce => Bidding::Manual { bid: price },
    }
}

fn audience(chance: &mut Chance) -> Audience {
    let texts = [
        "or(gender:female,age:18-23)",
        "and(region:CN-44,not(live_watcher))",
        "or(interest:beauty,interest:food,interest:music)",
        "not(system:ios)",
        "new_to_creator",
    ];
    texts[chance.place(texts.len())].parse().expect("the audience is well formed")
}

fn guard_rules(budget: Beans, chance: &mut Chance) -> Vec<GuardRule> {
    if !chance.permille(100) {
        return Vec::new();
    }
    let first = if chance.permille(500) {
        GuardCondition::SpendAbove(Micros::new(budget.micros().get() / 2))
    } else {
        GuardCondition::IdleLongerThan { ms: 20 * MINUTE_MS }
    };
    vec![GuardRule { first, second: None }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_for_what_a_room_can_have() {
        let mut chance = Chance::seeded(9);
        for nth in 0..500 {
            let form = OrderForm::by_cart(nth % 2 == 0);
            let goal = goal(form, &mut chance);
            let wish = Wish { room: RoomId::new(1), payer: PartyId::new(2), form, budget_min: 20, goal };
            let order = order(wish, &mut chance);
            assert!(order.goal.fits(form));
            assert_eq!(order.bidding.named().is_some(), form == OrderForm::Commerce);
            assert!(order.bidding.named().is_none_or(|bid| bid <= order.budget.micros()));
        }
    }
}
