//! Orders told as stories: a room, a wallet on a real ledger, an order, and a clock that is moved by hand.

use super::*;
use crate::coupon::{BeanLot, CouponChoice, CouponConditions, CouponKind, CouponLot, Funds, SourceKind, plan_payment};
use crate::id::{CommandId, RoomId};
use crate::ledger::{
    AccountId, AccountKind, LeaseId, LedgerAnswer, LedgerGroup, LotOrigin, LotReturn, NewLot, View, apply,
};
use crate::live::{Room, RoomContent, RoomFact, RoomPlan, RoomReport};
use crate::money::{Beans, Micros};
use crate::policy::{HoldoutFacts, Policy, Terms};
use crate::review::{Reason, ReasonCode, Verdict, Visibility};
use crate::time::{DAY_MS, HOUR_MS, MINUTE_MS};

mod audience;
mod credit;
mod ending;
mod figures;
mod guaranteed;
mod law;
mod paying;
mod placing;
mod rooms;

const START: Timestamp = Timestamp::from_ms(1000 * DAY_MS);
const TENANT: TenantId = TenantId::new(1);
const CREATOR: PartyId = PartyId::new(2);
const ORDER: PromotionOrderId = PromotionOrderId::new(77);

const COUPON: LotId = LotId::new(1);
const CARD: LotId = LotId::new(2);
const GIFT: LotId = LotId::new(3);
const PAID: LotId = LotId::new(4);

/// A room, a payer with 300 coupon points, a growth card of 200, 100.5 gift and 20 000 paid beans.
struct Story {
    room: Room,
    policy: Policy,
    view: View,
    now: Timestamp,
    command: u128,
    told: Vec<Event>,
    answers: Vec<LedgerAnswer>,
}

fn room(previous_had_cart: Option<bool>) -> Room {
    let content = RoomContent {
        title: "fresh bread every morning".to_owned(),
        category: "food".to_owned(),
        visibility: Visibility::Public,
    };
    let external_id = "room-1".to_owned();
    let plan =
        RoomPlan { id: RoomId::new(5), tenant: TENANT, creator: CREATOR, external_id, content, previous_had_cart };
    Room::plan(plan, &Policy::default().room, START).unwrap().state
}

impl Story {
    /// A creator whose previous broadcast had a cart or not, and whose next one is planned.
    fn planned(previous_had_cart: Option<bool>) -> Self {
        let mut story = Self {
            room: room(previous_had_cart),
            policy: Policy::default(),
            view: View::new(),
            now: START,
            command: 0,
            told: Vec::new(),
            answers: Vec::new(),
        };
        let coupon_days = 30;
        story.open(COUPON, AccountKind::Coupon, 300, Some(coupon_days));
        story.open(CARD, AccountKind::Coupon, 200, Some(coupon_days));
        story.open(GIFT, AccountKind::WalletGift, 10_050, None);
        story.open(PAID, AccountKind::WalletPaid, 2_000_000, None);
        story
    }

    /// The same, live without a cart.
    fn live() -> Self {
        let mut story = Self::planned(Some(false));
        story.fact(RoomFact::Started);
        story
    }

    /// The same, live with a cart.
    fn live_with_cart() -> Self {
        let mut story = Self::planned(Some(true));
        story.fact(RoomFact::CartMounted);
        story.fact(RoomFact::Started);
        story
    }

    fn open(&mut self, id: LotId, kind: AccountKind, units: i64, days: Option<i64>) {
        let asset = if kind == AccountKind::Coupon { Asset::Point } else { Asset::Bean };
        let from_kind = if asset == Asset::Point { AccountKind::CouponExpense } else { AccountKind::GiftExpense };
        let from = AccountId { kind: from_kind, asset, owner: TENANT.value() };
        let on_return = match id {
            id if id == COUPON => LotReturn::NewLot,
            id if id == CARD => LotReturn::Burn,
            _ => LotReturn::SameLot,
        };
        let lot = NewLot {
            id,
            account: AccountId { kind, asset, owner: CREATOR.value() },
            origin: LotOrigin::Grant,
            amount: Amount::new(units),
            valid_from: START,
            valid_to: days.map(|days| START.plus_ms(days * DAY_MS)),
            on_return,
        };
        self.post(vec![LedgerCommand::OpenLot { from, lot }]);
    }

    fn post(&mut self, commands: Vec<LedgerCommand>) {
        if commands.is_empty() {
            return;
        }
        self.command += 1;
        let group = LedgerGroup { id: CommandId::new(self.command), commands };
        self.answers = apply(&mut self.view, &group, self.now).expect("the ledger takes what an order posts");
    }

    /// Saves an outcome: postings to the ledger, events to the list.
    fn save(&mut self, outcome: Outcome<PromotionOrder>) -> PromotionOrder {
        self.post(outcome.postings);
        self.told.extend(outcome.events);
        outcome.state
    }

    fn wait(&mut self, ms: i64) {
        self.now = self.now.plus_ms(ms);
    }

    fn fact(&mut self, fact: RoomFact) {
        self.wait(1);
        let report = RoomReport { fact, at: self.now };
        self.room = self.room.clone().record(report, self.now).unwrap().state;
    }

    fn change_title(&mut self, title: &str) {
        let content = RoomContent { title: title.to_owned(), ..self.room.content.clone() };
        self.fact(RoomFact::ContentChanged(content));
    }

    fn draft(&self, goal: Goal, budget: u32) -> OrderDraft {
        let commerce = self.room.has_cart() || self.room.cart.previous_had_cart == Some(true);
        OrderDraft {
            id: ORDER,
            tenant: TENANT,
            payer: CREATOR,
            product: Product::TrafficPack,
            desk: Desk::Mobile,
            goal,
            charged_by: ChargedBy::Goal,
            audience: None,
            placement: None,
            bidding: Bidding::by_bid(commerce.then_some(Micros::new(2_000_000))),
            budget: Beans::from(budget),
            duration_ms: HOUR_MS,
            guard_rules: Vec::new(),
            again_of: None,
            holdout: HoldoutFacts::default(),
        }
    }

    fn content(&self) -> Content {
        Content::Room(self.room.clone())
    }

    fn place(&mut self, budget: u32) -> PromotionOrder {
        let goal = if self.room.has_cart() { Goal::ProductClicks } else { Goal::Viewers };
        let outcome = place(self.draft(goal, budget), &self.content(), &self.policy, self.now).unwrap();
        self.save(outcome)
    }

    /// What the ledger says is there to pay with.
    fn funds(&self) -> Funds {
        let mut funds = Funds { credit_score: 90, ..Funds::default() };
        for lot in self.view.lots() {
            let bean =
                BeanLot { lot: lot.id, spendable: lot.remaining, valid_from: lot.valid_from, valid_to: lot.valid_to };
            match lot.account.kind {
                AccountKind::Coupon => funds.coupons.push(CouponLot {
                    lot: lot.id,
                    kind: if lot.id == CARD { CouponKind::GrowthCard } else { CouponKind::TrafficCoupon },
                    spendable: lot.remaining,
                    conditions: CouponConditions::NONE,
                    valid_from: lot.valid_from,
                    valid_to: lot.valid_to.unwrap(),
                }),
                AccountKind::WalletGift => funds.gift_beans.push(bean),
                _ => funds.paid_beans.push(bean),
            }
        }
        funds
    }

    fn plans(&self, order: &PromotionOrder, top_up: Option<Beans>, choice: &CouponChoice) -> Vec<SourcePlan> {
        plan_payment(&order.payment_rules(top_up), &self.funds(), choice, self.now).unwrap()
    }

    fn pay(&mut self, order: PromotionOrder) -> PromotionOrder {
        let plans = self.plans(&order, None, &CouponChoice::Automatic);
        let outcome = order.pay(plans, &self.content(), self.now).unwrap();
        self.save(outcome)
    }

    fn review(&mut self, order: PromotionOrder, verdict: Verdict) -> PromotionOrder {
        let outcome = order.review(verdict, self.room.content_version, &self.content(), self.now).unwrap();
        self.save(outcome)
    }

    fn follow(&mut self, order: PromotionOrder) -> PromotionOrder {
        let outcome = order.follow_room(&self.room, self.now);
        self.save(outcome)
    }

    /// Placed, paid and passed: running in a live room, booked for a planned one.
    fn run(&mut self, budget: u32) -> PromotionOrder {
        let order = self.place(budget);
        let order = self.pay(order);
        self.review(order, Verdict::Pass)
    }

    /// Delivery charges so much through a lease.
    fn spend(&mut self, order: &PromotionOrder, micros: i64) {
        let lease = LeaseId { order: order.id, node: 1, epoch: u64::try_from(self.command).unwrap() };
        let amount = Micros::new(micros);
        self.post(vec![
            LedgerCommand::Lend { lease, amount },
            LedgerCommand::ReportSpent { lease, cumulative: amount },
            LedgerCommand::CloseLease { lease },
        ]);
    }

    fn settle(&mut self, order: PromotionOrder) -> PromotionOrder {
        let outcome = self.settled(order).unwrap();
        self.save(outcome)
    }

    fn settled(&self, order: PromotionOrder) -> Result<Outcome<PromotionOrder>, SettleOrderError> {
        let holds: Vec<_> = self.view.holds_of(order.id).copied().collect();
        let spent = self.view.escrow(order.id).unwrap().spent;
        let facts = SettlementFacts { holds: &holds, spent, leases_open: false, exposures_open: false };
        order.settle(&facts, self.now)
    }

    /// What each of the four lots has to spend.
    fn wallet(&self) -> [i64; 4] {
        [COUPON, CARD, GIFT, PAID].map(|lot| self.view.lot(lot).unwrap().remaining.units())
    }

    fn names(&self) -> Vec<&'static str> {
        self.told.iter().map(Event::name).collect()
    }
}

const FULL_WALLET: [i64; 4] = [300, 200, 10_050, 2_000_000];

fn rejection() -> Verdict {
    Verdict::Reject(vec![Reason::new(ReasonCode::Misleading, "not proved".to_owned())])
}
