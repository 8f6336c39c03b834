//! Boosts with a cost guarantee as a merchant reads them: what was named, what came and when, and what is paid in yuan.

use super::*;
use crate::calendar::Day;
use crate::promise::PromiseRule;

/// An instant as Shanghai's clocks show it: `2026-11-20 18:30`.
fn at(text: &str) -> Timestamp {
    let (day, clock) = text.split_once(' ').unwrap();
    let (hour, minute) = clock.split_once(':').unwrap();
    let [hour, minute] = [hour, minute].map(|number| number.parse::<i64>().unwrap());
    day.parse::<Day>().unwrap().start().plus_ms(hour * HOUR_MS + minute * MINUTE_MS)
}

/// `12.50` in fen.
fn fen(text: &str) -> i64 {
    let (yuan, fen) = text.split_once('.').unwrap();
    yuan.parse::<i64>().unwrap() * 100 + fen.parse::<i64>().unwrap()
}

fn micros(text: &str) -> Micros {
    Micros::new(fen(text) * 10_000)
}

/// An order that runs, with what was named and the guarantee that it brings.
fn boost(bidding: Bidding, rule: PromiseRule) -> PromotionOrder {
    let order = Story::live().run(500);
    let bids = vec![BidChange { at: order.created_at, promised: bidding.promised().unwrap() }];
    let guarantee = Some(OrderGuarantee { rule, closed: None });
    PromotionOrder { product: Product::QuickBoost, bidding, bids, guarantee, delivery_started_at: None, ..order }
}

/// Each line: when, what happens then, where the guarantee is, and what would be paid, or was.
#[track_caller]
fn told(mut order: PromotionOrder, lines: &[(&str, &str, &str, &str)]) {
    let policy = Policy::default();
    let rules = policy.product(Product::QuickBoost, Goal::Purchases);
    let (mut taken, mut paid): (Vec<Taken>, Vec<i64>) = (Vec::new(), Vec::new());
    for (when, what, state, pays) in lines {
        let now = at(when);
        let words: Vec<&str> = what.split(' ').collect();
        match words[..] {
            ["starts"] => order.delivery_started_at = Some(now),
            ["bid", bid] => {
                let bid = Bidding::Manual { bid: micros(bid) };
                order = order.change_bid(bid, &rules, now).unwrap().state;
            }
            ["goal", goal] => {
                let goal = Bidding::RoiGoal { goal_permille: fen(goal) * 10 };
                order = order.change_bid(goal, &rules, now).unwrap().state;
            }
            [count, "for", each] => {
                let one = Taken { at: now, spend: micros(each), results: 1, sales_fen: 0 };
                taken.extend(vec![one; count.parse().unwrap()]);
            }
            [count, "for", each, "sold", sold] => {
                let one = Taken { at: now, spend: micros(each), results: 1, sales_fen: fen(sold) };
                taken.extend(vec![one; count.parse().unwrap()]);
            }
            [count, "undone"] => {
                let count = count.parse().unwrap();
                taken.iter_mut().rev().take(count).for_each(|one| (one.results, one.sales_fen) = (0, 0));
            }
            [count, "credited"] => taken.truncate(taken.len() - count.parse::<usize>().unwrap()),
            ["closed"] => {
                let outcome = order.close_guarantee(&taken, &[], now).unwrap();
                paid.extend(outcome.postings.iter().filter_map(|posting| match posting {
                    LedgerCommand::OpenLot { lot, .. } => Some(lot.amount.units()),
                    _ => None,
                }));
                order = outcome.state;
            }
            ["-"] => {}
            _ => panic!("`{what}` means nothing"),
        }
        let told = order.assess_guarantee(&taken, now).unwrap();
        let reason = told.state.reason().map_or(String::new(), |why| format!(" {why}"));
        let line = (format!("{}{reason}", told.state.name()), told.would_pay.units());
        assert_eq!(line, ((*state).to_owned(), fen(pays)), "{when} {what}");
    }
    let last = lines.last().map_or(0, |(_, _, _, pays)| fen(pays));
    assert_eq!(paid, if last > 0 { vec![last] } else { vec![] }, "paid once, or not at all");
}

#[test]
fn qb_18_a_bid_of_ten_yuan_told_day_by_day() {
    let ten = || boost(Bidding::Manual { bid: micros("10.00") }, PromiseRule::COST);
    #[rustfmt::skip]
    told(ten(), &[
        ("2026-11-20 10:00", "starts",      "in_effect too_few_results", "0.00"),
        ("2026-11-20 11:00", "5 for 16.00", "in_effect too_few_results", "0.00"),
        ("2026-11-20 12:00", "1 for 16.00", "in_effect",                 "36.00"),
        // Of six one is taken back: what it cost was spent, and five promise nothing.
        ("2026-11-20 13:00", "1 undone",    "in_effect too_few_results", "0.00"),
        ("2026-11-21 09:00", "2 for 16.00", "in_effect",                 "58.00"),
        // Traffic that was not valid is credited: its money is back already, so it does not count at all.
        ("2026-11-21 10:00", "1 credited",  "in_effect",                 "52.00"),
        ("2026-11-22 23:59", "-",           "in_effect",                 "52.00"),
        ("2026-11-23 00:00", "-",           "confirming",                "52.00"),
        // After the window nothing is added any more.
        ("2026-11-23 08:00", "9 for 1.00",  "confirming",                "52.00"),
        ("2026-11-24 00:00", "closed",      "paid",                      "52.00"),
        ("2026-12-24 00:00", "6 undone",    "paid",                      "52.00"),
    ]);
    #[rustfmt::skip]
    told(ten(), &[
        ("2026-11-20 10:00", "starts",      "in_effect too_few_results", "0.00"),
        // 1.2 times the bid exactly is still kept.
        ("2026-11-20 11:00", "6 for 12.00", "in_effect",                 "0.00"),
        ("2026-11-24 00:00", "closed",      "ended kept",                "0.00"),
        ("2026-11-25 00:00", "1 undone",    "ended kept",                "0.00"),
    ]);
    #[rustfmt::skip]
    told(ten(), &[
        ("2026-11-20 10:00", "starts",      "in_effect too_few_results", "0.00"),
        ("2026-11-20 11:00", "8 for 20.00", "in_effect",                 "80.00"),
        ("2026-11-20 12:00", "bid 12.00",   "in_effect",                 "80.00"),
        ("2026-11-20 13:00", "bid 14.00",   "in_effect",                 "80.00"),
        ("2026-11-21 09:00", "bid 16.00",   "in_effect",                 "80.00"),
        ("2026-11-21 10:00", "2 for 16.00", "in_effect",                 "80.00"),
        ("2026-11-21 11:00", "bid 17.00",   "in_effect",                 "80.00"),
        // The third change of one day.
        ("2026-11-21 12:00", "bid 18.00",   "invalid too_many_edits",    "0.00"),
        ("2026-11-24 00:00", "closed",      "invalid too_many_edits",    "0.00"),
    ]);
}

#[test]
fn qb_18_a_goal_of_three_times_the_spend_told_day_by_day() {
    let three = || boost(Bidding::RoiGoal { goal_permille: 3_000 }, PromiseRule::RETURN);
    #[rustfmt::skip]
    told(three(), &[
        ("2026-11-20 10:00", "starts",                  "in_effect too_few_results", "0.00"),
        ("2026-11-20 11:00", "9 for 10.00 sold 15.00",  "in_effect too_few_results", "0.00"),
        // 100.00 spent are to sell 300.00, and 240.00 at least; 150.00 are worth 50.00 of spend.
        ("2026-11-20 12:00", "1 for 10.00 sold 15.00",  "in_effect",                 "50.00"),
        ("2026-11-20 13:00", "1 for 10.00 sold 165.00", "in_effect",                 "0.00"),
        // The great purchase is refunded: ten are left, and 110.00 spent.
        ("2026-11-21 09:00", "1 undone",                "in_effect",                 "60.00"),
        ("2026-11-23 00:00", "-",                       "confirming",                "60.00"),
        ("2026-11-24 00:00", "closed",                  "paid",                      "60.00"),
    ]);
    #[rustfmt::skip]
    told(three(), &[
        ("2026-11-20 10:00", "starts",                  "in_effect too_few_results", "0.00"),
        ("2026-11-20 11:00", "10 for 10.00 sold 15.00", "in_effect",                 "50.00"),
        // From here on twice the spend is the goal; what came before is judged by what held then.
        ("2026-11-20 12:00", "goal 2.00",               "in_effect",                 "50.00"),
        ("2026-11-20 13:00", "10 for 10.00 sold 15.00", "in_effect",                 "75.00"),
        ("2026-11-24 00:00", "closed",                  "paid",                      "75.00"),
    ]);
}

#[test]
fn qb_18_a_bid_is_changed_for_a_bid_and_a_goal_for_a_goal() {
    let policy = Policy::default();
    let rules = policy.product(Product::QuickBoost, Goal::Purchases);
    let refused = |order: PromotionOrder, to: Bidding| order.change_bid(to, &rules, START).unwrap_err().to_string();
    let (bid, goal) = (Bidding::Manual { bid: micros("10.00") }, Bidding::RoiGoal { goal_permille: 3_000 });
    let (by_bid, by_goal) = (|| boost(bid, PromiseRule::COST), || boost(goal, PromiseRule::RETURN));
    let other_kind = "change a bid or goal of an order that has none of its kind";
    assert_eq!(refused(by_bid(), goal), other_kind);
    assert_eq!(refused(by_goal(), bid), other_kind);
    assert_eq!(refused(by_goal(), Bidding::Automatic), other_kind);
    assert_eq!(
        refused(by_goal(), Bidding::RoiGoal { goal_permille: 99 }),
        "ask for sales of `99` thousandths of the spend: it must be from `100` to `100000`"
    );
    assert_eq!(by_goal().change_bid(goal, &rules, START).unwrap().state.bids.len(), 1, "the same is no change");
}

#[test]
fn qb_06_a_goal_of_sales_per_spend_is_for_purchases_only() {
    let story = Story::live_with_cart();
    let place_with = |goal: Goal, goal_permille: i64| {
        let bidding = Bidding::RoiGoal { goal_permille };
        let draft =
            OrderDraft { product: Product::QuickBoost, bidding, duration_ms: 2 * HOUR_MS, ..story.draft(goal, 100) };
        place(draft, &story.content(), &story.policy, story.now).map(|outcome| outcome.state)
    };
    let order = place_with(Goal::Sales, 3_000).unwrap();
    assert_eq!(order.guarantee, Some(OrderGuarantee { rule: PromiseRule::RETURN, closed: None }));
    assert_eq!(order.bids, [BidChange { at: story.now, promised: 3_000 }]);
    assert!(matches!(place_with(Goal::Follows, 3_000), Err(PlaceOrderError::BiddingNotOffered { .. })));
    assert!(matches!(place_with(Goal::Sales, 99), Err(PlaceOrderError::RoiGoalOutOfRange { goal: 99, .. })));
    // What a purchase may cost follows from what it is paid: a third of it.
    assert_eq!(order.bidding.cost_max_at(micros("90.00")), Some(micros("30.00")));
}
