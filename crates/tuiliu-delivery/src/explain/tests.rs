use std::fmt::Write;

use expect_test::{Expect, expect};
use tuiliu_domain::limits::LOSS_MINUTES_MAX;
use tuiliu_domain::money::Micros;
use tuiliu_domain::time::MINUTE_MS;

use super::*;
use crate::auction::Outcome;
use crate::decide;
use crate::snapshot::Candidate;
use crate::tests::{NOON, bidding, candidate, request, snapshot};

fn check(candidates: Vec<Candidate>, request: &Request, expected: Expect) {
    let snapshot = snapshot(candidates);
    let before: Vec<_> = snapshot.candidates().iter().map(|candidate| candidate.lease.balance()).collect();
    let explanation = explain(&snapshot, request, &mut Rng::seeded(1), NOON);
    let after: Vec<_> = snapshot.candidates().iter().map(|candidate| candidate.lease.balance()).collect();
    assert_eq!(before, after, "explaining takes nothing");
    let mut text = String::new();
    for candidate in &explanation.candidates {
        let order = candidate.order.value();
        if let Some(reason) = candidate.refusal {
            writeln!(text, "{order}: {}", reason.code()).unwrap();
        }
        for entry in &candidate.auctions {
            let outcome = match entry.outcome {
                Outcome::Won => "won",
                Outcome::Lost(reason) => reason.code(),
            };
            let (bid, rate, value) = (entry.bid.get(), entry.rate.number(), entry.rank.price().get());
            let (slot, price) = (entry.slot, entry.price_to_win.get());
            writeln!(text, "{order}: slot {slot} bid {bid} × {rate} = {value}, price {price}: {outcome}").unwrap();
        }
    }
    expected.assert_eq(&text);
    let decision = decide(&snapshot, request, &mut Rng::seeded(1), NOON);
    let shown = |wins: &[Won]| wins.iter().map(|won| (won.slot, won.order, won.price)).collect::<Vec<_>>();
    assert_eq!(shown(&explanation.wins), shown(&decision.wins), "explaining tells what is decided");
}

#[test]
fn dl_09_tells_of_every_order_why() {
    let mut request = request(2);
    request.placement.slots[0].floor = Some(Micros::new(40));
    let minimum = Candidate { price_min: Micros::new(500), ..bidding(5, 450) };
    let paused = Candidate { paused: true, ..candidate(6) };
    let over = Candidate { ends_at: NOON, ..candidate(7) };
    let twin = Candidate { content: candidate(1).content, ..bidding(8, 600) };
    check(
        vec![bidding(1, 700), bidding(2, 500), bidding(3, 300), minimum, paused, over, twin],
        &request,
        expect![[r#"
            1: slot 0 bid 700 × 0.1 = 70, price 500: won
            2: slot 0 bid 500 × 0.1 = 50, price 700: lost_auction
            2: slot 1 bid 500 × 0.1 = 50, price 300: won
            3: slot 0 bid 300 × 0.1 = 30, price 700: below_floor
            3: slot 1 bid 300 × 0.1 = 30, price 500: lost_auction
            5: slot 0 bid 450 × 0.1 = 45, price 700: bid_below_minimum
            5: slot 1 bid 450 × 0.1 = 45, price 500: bid_below_minimum
            6: paused
            7: schedule
            8: slot 0 bid 600 × 0.1 = 60, price 500: room_shown
        "#]],
    );
}

#[test]
fn dl_09_losses_are_counted_by_order_and_reason() {
    let book = snapshot(vec![bidding(1, 700), bidding(2, 500), Candidate { ends_at: NOON, ..candidate(3) }]);
    let mut counts = LossCounts::default();
    for seed in 0..10 {
        counts.add(&decide(&book, &request(1), &mut Rng::seeded(seed), NOON), NOON);
    }
    assert_eq!(counts.requests, 10);
    let of = |n| counts.of(PromotionOrderId::new(n)).unwrap();
    assert_eq!((of(1).auctions, of(1).wins), (10, 10));
    assert_eq!((of(2).auctions, of(2).lost(LossReason::LostAuction), of(2).short_by), (10, 10, Micros::new(2_000)));
    assert_eq!((of(3).auctions, of(3).lost(LossReason::Schedule)), (0, 10));
}

#[test]
fn qb_13_only_who_is_outbid_falls_short() {
    let paced_out = bidding(2, 500);
    paced_out.pacing.set(Micros::new(500), 0);
    let book = snapshot(vec![bidding(1, 700), paced_out, bidding(3, 600)]);
    let mut counts = LossCounts::default();
    counts.add(&decide(&book, &request(1), &mut Rng::seeded(1), NOON), NOON);
    let of = |n| counts.of(PromotionOrderId::new(n)).unwrap();
    assert_eq!((of(2).lost(LossReason::Pacing), of(2).outbid(), of(2).short_by), (1, 0, Micros::ZERO));
    assert_eq!((of(3).outbid(), of(3).short_by), (1, Micros::new(100)));
}

#[test]
fn qb_13_losses_are_told_minute_by_minute_for_two_hours() {
    let book = snapshot(vec![bidding(1, 700), bidding(2, 500)]);
    let mut counts = LossCounts::default();
    let last = LOSS_MINUTES_MAX + 30;
    for minute in 0..=last {
        for seed in 0..2 {
            counts.add(&decide(&book, &request(1), &mut Rng::seeded(seed), NOON), NOON.plus_ms(minute * MINUTE_MS));
        }
    }
    let minutes = counts.minutes_of(PromotionOrderId::new(2));
    assert_eq!(minutes.len(), usize::try_from(LOSS_MINUTES_MAX).unwrap());
    for minute in &minutes {
        let of = &minute.counts;
        assert_eq!((of.auctions, of.wins, of.lost(LossReason::LostAuction), of.short_by), (2, 0, 2, Micros::new(400)));
    }
    let newest = minutes.last().unwrap().at;
    assert_eq!(newest.ms().div_euclid(MINUTE_MS), NOON.plus_ms(last * MINUTE_MS).ms().div_euclid(MINUTE_MS));
    assert_eq!(counts.of(PromotionOrderId::new(2)).unwrap().auctions, u64::try_from(2 * (last + 1)).unwrap());
    counts.retain(|order| order == PromotionOrderId::new(1));
    assert!(counts.minutes_of(PromotionOrderId::new(2)).is_empty());
}
