use super::{
    BookEntry, Decision, FreezeCause, FreezeServiceError, GuaranteeService, LeftOut, Offer, PlaceGuaranteeError,
    PlaysReading, PublishServiceError, ReadingError, Ruling, ServiceDraft, ServiceState, Shortfall, StopLoss, YuanLot,
    book, compensation, escrow_of, guarantee_fee, help_postings, plan_yuan,
};
use crate::calendar::{Calendar, Certainty, Day};
use crate::event::Outcome;
use crate::id::{CreatorVideoId, GuaranteeOrderId, GuaranteeServiceId, LotId, PartyId, TenantId};
use crate::ledger::{LedgerCommand, ReleaseMode};
use crate::money::Amount;
use crate::policy::Policy;
use crate::time::{DAY_MS, HOUR_MS, Timestamp};

const VIDEO: CreatorVideoId = CreatorVideoId::new(9);

/// An instant as Shanghai's clocks show it: `2026-11-20 18:30`.
fn at(text: &str) -> Timestamp {
    let (day, clock) = text.split_once(' ').expect("a day and a time");
    let (hour, minute) = clock.split_once(':').expect("hours and minutes");
    let [hour, minute] = [hour, minute].map(|number| number.parse::<i64>().expect("a number"));
    day.parse::<Day>().expect("a day").start().plus_ms(hour * HOUR_MS + minute * 60_000)
}

fn yuan(text: &str) -> Amount {
    let (yuan, fen) = text.split_once('.').expect("yuan and fen");
    Amount::new(yuan.replace(' ', "").parse::<i64>().expect("yuan") * 100 + fen.parse::<i64>().expect("fen"))
}

/// The example of the rule book: 10 000 yuan, 20 %, a million plays.
const OFFER: Offer = Offer {
    fixed_price: Amount::new(1_000_000),
    premium_permille: 200,
    expected_plays: 1_000_000,
    low_plays: 400_000,
    high_plays: 2_500_000,
    loss_permille: 420,
};

fn placed(now: Timestamp) -> Outcome<GuaranteeService> {
    let draft = ServiceDraft {
        id: GuaranteeServiceId::new(7),
        order: GuaranteeOrderId::new(6),
        tenant: TenantId::new(1),
        buyer: PartyId::new(2),
        creator: PartyId::new(3),
    };
    let parts = [YuanLot { lot: LotId::new(5), amount: yuan("2000.00") }];
    GuaranteeService::place(draft, &OFFER, &parts, (&Policy::default(), now)).expect("the draft is good")
}

fn running(published: Timestamp) -> GuaranteeService {
    let placed = placed(published).state;
    placed.publish(VIDEO, published, published).expect("it waits for this").state
}

fn calendar() -> Calendar {
    Calendar::mainland()
}

#[test]
fn gb_06_compensation_is_exact_and_rounded_up_once() {
    let check = |price: &str, fee: &str, expected: u64, actual: u64, back: &str| {
        let (price, fee) = (yuan(price), yuan(fee));
        let shortfall = Shortfall { expected_plays: expected, paid_fen: price.units() + fee.units(), cap: fee };
        assert_eq!(compensation(shortfall, actual), yuan(back), "{actual} of {expected} plays");
    };
    //     price        fee         expected    actual      back
    check("10 000.00", "2 000.00", 1_000_000, 1_000_000, "0.00");
    check("10 000.00", "2 000.00", 1_000_000, 1_500_000, "0.00");
    check("10 000.00", "2 000.00", 1_000_000, 900_000, "1 200.00");
    check("10 000.00", "2 000.00", 1_000_000, 833_334, "2 000.00"); // 1 999.992 rounded up
    check("10 000.00", "2 000.00", 1_000_000, 833_335, "1 999.98");
    check("10 000.00", "2 000.00", 1_000_000, 800_000, "2 000.00"); // the cap
    check("10 000.00", "2 000.00", 1_000_000, 0, "2 000.00");
    check("10 000.00", "2 000.00", 1_000_000, 999_999, "0.02"); // 1.2 fen rounded up
    check("0.01", "0.01", 3, 2, "0.01"); // two thirds of a fen
    check("10 000 000.00", "5 000 000.00", 9_000_000_000, 8_999_999_999, "0.01");
    check("99 999 999.99", "9 999 999.99", 7, 6, "9 999 999.99");
}

#[test]
fn gb_02_the_fee_is_the_price_times_the_rate() {
    for (price, permille, fee) in
        [("10000.00", 200, "2000.00"), ("3333.33", 138, "459.99"), ("0.01", 100, "0.01"), ("88888.88", 500, "44444.44")]
    {
        assert_eq!(guarantee_fee(yuan(price), permille), yuan(fee), "{permille} of {price}");
    }
}

/// A life that a merchant could read: what happens in Shanghai, and what becomes of a fee of 2 000.00 yuan.
#[test]
fn gb_a_table_of_lives() {
    #[rustfmt::skip]
    let lives = [
        // what happens                                                    state          back        by           paid
        ("publish 2026-11-21 12:00; plays 1000000",                        "succeeded",   "0.00",     "-",         "-"),
        ("publish 2026-11-21 12:00; plays 900000",                         "compensated", "1200.00",  "2026-12-15", "2026-12-06 12:00"),
        ("publish 2026-11-21 12:00; plays 800000",                         "compensated", "2000.00",  "2026-12-15", "2026-12-06 12:00"),
        ("publish 2026-11-21 12:00; plays 0",                              "compensated", "2000.00",  "2026-12-15", "2026-12-06 12:00"),
        ("wait",                                                           "lapsed",      "2000.00",  "2026-12-30", "2026-12-22 01:00"),
        ("publish 2026-12-20 23:59; plays 1000001",                        "succeeded",   "0.00",     "-",         "-"),
        ("publish 2026-11-21 12:00; hide; void",                           "voided",      "2000.00",  "2026-12-01", "2026-11-23 12:00"),
        ("publish 2026-11-21 12:00; delete; compensate 250000",            "compensated", "2000.00",  "2026-12-01", "2026-11-23 12:00"),
        ("publish 2026-11-21 12:00; edit; compensate 950000",              "compensated", "600.00",   "2026-12-01", "2026-11-23 12:00"),
        ("publish 2026-11-21 12:00; hide; resume; plays 1200000",          "succeeded",   "0.00",     "-",         "-"),
    ];
    for (story, state, back, by, paid) in lives {
        let service = live(placed(at("2026-11-20 18:30")).state, story);
        assert_eq!(service.state.name(), state, "{story}");
        match service.state.refund() {
            None => assert_eq!((back, by, paid), ("0.00", "-", "-"), "{story}"),
            Some((_, refund)) => {
                assert_eq!(refund.amount, yuan(back), "{story}");
                assert_eq!(refund.promised.day.to_string(), by, "{story}");
                assert_eq!(refund.promised.certainty, Certainty::Announced, "{story}");
                assert_eq!(refund.paid_at, Some(at(paid)), "{story}");
                assert_eq!(service.due_at(), None, "{story}");
            }
        }
    }
}

/// Lives through a story; a refund is paid as soon as it is due.
fn live(mut service: GuaranteeService, story: &str) -> GuaranteeService {
    let mut now = service.placed_at;
    for step in story.split("; ") {
        let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
        let ruling = |decision: Decision| Ruling { decision, plays: rest.parse().unwrap_or_default() };
        let before = service.clone();
        let outcome = match word {
            "publish" => {
                now = at(rest);
                service.publish(VIDEO, now, now).expect(step)
            }
            "plays" => {
                let ServiceState::Running { ends_at, .. } = service.state else { panic!("{story}") };
                now = ends_at;
                service.close(rest.parse().expect("plays"), &calendar(), now).expect(step)
            }
            "hide" | "delete" | "edit" => {
                now = now.plus_ms(DAY_MS);
                let cause = FreezeCause::ALL.iter().find(|cause| cause.code().starts_with(&word[..3]));
                service.freeze(*cause.expect("a cause"), now).expect(step)
            }
            "resume" => service.decide(ruling(Decision::Resume), &calendar(), now).expect(step),
            "compensate" => service.decide(ruling(Decision::Compensate), &calendar(), now).expect(step),
            "void" => service.decide(ruling(Decision::Void), &calendar(), now).expect(step),
            _ => {
                now = service.due_at().expect("it lapses some time");
                service.lapse(&calendar(), now).expect(step)
            }
        };
        assert!(outcome.state != before && !outcome.events.is_empty() || word == "resume", "{step}");
        service = outcome.state;
    }
    match service.state.refund() {
        Some((_, refund)) => service.pay_refund(refund.pay_at).expect("it is due").state,
        None => service,
    }
}

#[test]
fn gb_08_an_order_is_valid_for_a_month_and_no_longer() {
    for (placed_at, lapses) in [
        ("2026-11-20 18:30", "2026-12-21 00:00"),
        ("2027-01-31 09:00", "2027-03-01 00:00"),
        ("2026-10-31 23:59", "2026-12-01 00:00"),
    ] {
        let (service, lapses_at) = (placed(at(placed_at)).state, at(lapses));
        assert_eq!(service.state, ServiceState::Waiting { lapses_at }, "{placed_at}");
        let last = lapses_at.plus_ms(-1);
        assert!(service.clone().publish(VIDEO, last, lapses_at.plus_ms(60_000)).is_ok(), "told a minute later");
        let late = service.clone().publish(VIDEO, lapses_at, lapses_at);
        assert_eq!(late.map(drop), Err(PublishServiceError::TooLate { lapses_at }));
        assert!(service.clone().lapse(&calendar(), lapses_at).is_err(), "a publication may still be told");
        assert!(service.lapse(&calendar(), lapses_at.plus_ms(HOUR_MS)).is_ok());
    }
}

#[test]
fn gb_04_the_clock_starts_when_the_video_is_published() {
    let placed = placed(at("2026-11-20 18:30")).state;
    let published = at("2026-11-25 08:15");
    let told = published.plus_ms(3 * HOUR_MS);
    let outcome = placed.clone().publish(VIDEO, published, told).expect("it waits for this");
    let ServiceState::Running { ends_at, .. } = outcome.state.state else { panic!("it runs") };
    assert_eq!(ends_at, at("2026-12-09 08:15"), "14 times 24 hours (GB-05)");
    assert!(outcome.postings.is_empty(), "no money moves");
    let before = placed.clone().publish(VIDEO, at("2026-11-20 18:29"), told);
    assert_eq!(before.map(drop), Err(PublishServiceError::TooEarly));
    assert_eq!(placed.publish(VIDEO, told, published).map(drop), Err(PublishServiceError::InTheFuture));
    let again = outcome.state.publish(VIDEO, published, told);
    assert_eq!(again.map(drop), Err(PublishServiceError::WrongState { state: "running" }));
}

#[test]
fn gb_05_it_ends_not_a_millisecond_before_14_days() {
    let service = running(at("2026-11-21 12:00"));
    let ends = at("2026-12-05 12:00");
    assert!(service.clone().close(2_000_000, &calendar(), ends.plus_ms(-1)).is_err());
    assert!(service.clone().close(1_000_000, &calendar(), ends).is_ok());
    assert_eq!(service.due_at(), Some(ends.plus_ms(DAY_MS)), "a reading at the end is waited for");
}

#[test]
fn gb_07_the_fee_is_captured_or_released_to_where_it_came_from() {
    let (service, order) = (running(at("2026-11-21 12:00")), escrow_of(GuaranteeServiceId::new(7)));
    let ends = at("2026-12-05 12:00");
    let settle = |mode: ReleaseMode| LedgerCommand::Settle { order, mode, grace_ms: 0, breakage_owner: 1 };
    let spent = |postings: &[LedgerCommand]| {
        postings.iter().find_map(|posting| match posting {
            LedgerCommand::ReportSpent { cumulative, .. } => Some(cumulative.get()),
            _ => None,
        })
    };
    let success = service.clone().close(1_000_000, &calendar(), ends).expect("it is over");
    assert_eq!(spent(&success.postings), Some(2_000_000_000), "2 000.00 yuan in millionths");
    assert_eq!(success.postings.last(), Some(&settle(ReleaseMode::Remainder)));
    let short = service.clone().close(900_000, &calendar(), ends).expect("it is over");
    assert_eq!(spent(&short.postings), Some(800_000_000));
    assert!(!short.postings.contains(&settle(ReleaseMode::Remainder)), "the rest is still held");
    let paid = short.state.pay_refund(ends.plus_ms(DAY_MS)).expect("it is due");
    assert_eq!(paid.postings, [settle(ReleaseMode::Remainder)]);
    assert!(paid.state.pay_refund(ends.plus_ms(2 * DAY_MS)).is_err(), "once");
    let all = service.close(0, &calendar(), ends).expect("it is over");
    assert_eq!(all.postings, [], "nothing is earned");
    assert_eq!(all.state.pay_refund(ends.plus_ms(DAY_MS)).expect("due").postings, [settle(ReleaseMode::Undo)]);
}

#[test]
fn gb_10_only_valid_plays_count() {
    let published = at("2026-11-21 12:00");
    let left_out = LeftOut { machine: 300, repeat: 150, own_account: 50 };
    let reading = PlaysReading { at: published.plus_ms(HOUR_MS), plays: 10_000, left_out };
    let now = published.plus_ms(2 * HOUR_MS);
    assert_eq!(reading.check(published, now).expect("it can be true").valid(), 9_500);
    let more = PlaysReading { plays: 499, ..reading };
    let refusal = ReadingError::MoreLeftOutThanPlayed { left_out: 500, plays: 499 };
    assert_eq!(more.check(published, now), Err(refusal));
    assert!(reading.check(now, now).is_err() && reading.check(published, published).is_err());
    let endless = PlaysReading { plays: u64::MAX, ..reading };
    assert!(matches!(endless.check(published, now), Err(ReadingError::TooMany { .. })));
}

#[test]
fn gb_11_a_video_that_is_hidden_freezes_until_somebody_decides() {
    let service = running(at("2026-11-21 12:00"));
    let ends_at = at("2026-12-05 12:00");
    assert_eq!(
        service.clone().freeze(FreezeCause::Hidden, ends_at).map(drop),
        Err(FreezeServiceError::Over { ends_at }),
        "after day 14 the creator may do as they like"
    );
    let frozen = service.freeze(FreezeCause::Deleted, at("2026-11-30 00:00")).expect("it runs").state;
    assert_eq!(frozen.due_at(), None, "time alone ends nothing");
    assert!(frozen.clone().close(2_000_000, &calendar(), ends_at).is_err());
    let ruling = Ruling { decision: Decision::Compensate, plays: 1_000_000 };
    let nothing = FreezeServiceError::NothingMissing { plays: 1_000_000, expected: 1_000_000 };
    assert_eq!(frozen.clone().decide(ruling, &calendar(), ends_at).map(drop), Err(nothing));
    let resumed = frozen.decide(Ruling { decision: Decision::Resume, plays: 0 }, &calendar(), ends_at);
    let resumed = resumed.expect("it is frozen").state;
    assert!(resumed.clone().close(1_000_000, &calendar(), ends_at).is_ok(), "the clock ran on");
    let again = resumed.decide(ruling, &calendar(), ends_at);
    assert_eq!(again.map(drop), Err(FreezeServiceError::WrongState { state: "running" }));
}

#[test]
fn gb_01_one_order_is_paid_from_several_lots_service_by_service() {
    let lot = |id: u128, fen: i64| YuanLot { lot: LotId::new(id), amount: Amount::new(fen) };
    let mut lots = vec![lot(1, 150), lot(2, 0), lot(3, 500)];
    assert_eq!(plan_yuan(&mut lots, Amount::new(200)), Ok(vec![lot(1, 150), lot(3, 50)]));
    assert_eq!(plan_yuan(&mut lots, Amount::new(450)), Ok(vec![lot(3, 450)]));
    let short = PlaceGuaranteeError::InsufficientFunds { available: 0, needed: 1 };
    assert_eq!(plan_yuan(&mut lots, Amount::new(1)), Err(short));
    let placed = placed(at("2026-11-20 18:30"));
    let [LedgerCommand::OpenEscrow { .. }, LedgerCommand::Hold { amount, .. }] = placed.postings.as_slice() else {
        panic!("{:?}", placed.postings)
    };
    assert_eq!(*amount, yuan("2000.00"));
}

fn entry(service: GuaranteeService) -> BookEntry {
    service.book_entry(Amount::new(1_000))
}

#[test]
fn gb_12_the_book_adds_up_and_stops_the_sale_when_too_much_goes_back() {
    let published = at("2026-11-21 12:00");
    let (ends, story) = (at("2026-12-05 12:00"), |story: &str| live(placed(at("2026-11-20 18:30")).state, story));
    let owed = running(published).close(900_000, &calendar(), ends).expect("it is over").state;
    let entries = [
        entry(running(published)),
        entry(story("publish 2026-11-21 12:00; plays 1300000")),
        entry(owed),
        entry(story("publish 2026-11-21 12:00; plays 300000")),
        entry(story("wait")),
    ];
    let sums = book(&entries);
    assert_eq!((sums.open, sums.fees_held), (1, yuan("2000.00")));
    assert_eq!((sums.resolved, sums.reached, sums.within_interval), (3, 1, 2));
    assert_eq!((sums.fees_resolved, sums.fees_earned), (yuan("6000.00"), yuan("2800.00")));
    assert_eq!((sums.compensation, sums.compensation_owed), (yuan("3200.00"), yuan("1200.00")));
    assert_eq!((sums.refunds, sums.help), (yuan("2000.00"), yuan("50.00")));
    assert_eq!((sums.loss_permille(), sums.compensation_expected), (533, yuan("2520.00")));
    assert_eq!((sums.expected_plays, sums.actual_plays), (3_000_000, 2_500_000));
    let mut policy = Policy::default().guarantee;
    policy.stop_loss_services_min = 3;
    let now = ends.plus_ms(DAY_MS);
    assert!(!StopLoss::at(&entries, &policy, now).stopped);
    let lost = [entries[3]; 3];
    assert_eq!(StopLoss::at(&lost, &policy, now), StopLoss { resolved: 3, loss_permille: 1000, stopped: true });
    assert!(!StopLoss::at(&lost[..2], &policy, now).stopped, "too few to tell");
    assert_eq!(StopLoss::at(&lost, &policy, ends.plus_ms(30 * DAY_MS)), StopLoss::default(), "long ago");
    assert_eq!(
        (help_postings(TenantId::new(1), Amount::ZERO).len(), help_postings(TenantId::new(1), Amount::new(1)).len()),
        (0, 1)
    );
}
