use super::*;
use crate::tests::NOON;

const FEN: i64 = 100_000;
const BID: Micros = Micros::new(3 * FEN);

fn fen(amount: i64) -> Micros {
    Micros::new(amount * FEN)
}

/// What a node with so much in its lease borrows of so much free, shared by so many.
fn check(available: i64, free: i64, nodes: u32, lent: i64) {
    let need = LeaseNeed { free: fen(free), nodes, available: fen(available), bid: BID, contended: false };
    assert_eq!(need.to_borrow(), fen(lent), "{need:?}");
    let look = LeaseLook {
        available: fen(available),
        held: fen(available),
        bid: BID,
        asked: true,
        wanting: false,
        awake: true,
        contended: false,
    };
    let loan = look.borrow(LeaseSource { free: fen(free), leased: fen(available), nodes, wanted: false });
    assert_eq!(loan.lent, fen(lent));
    assert!(loan.low_below <= fen(available + lent), "it is not low at once");
}

#[test]
fn dl_05_a_node_borrows_its_part_and_the_last_units_go_to_one() {
    check(0, 16_000, 10, 400);
    check(0, 16_000, 1, 4_000);
    check(199, 16_000, 10, 201);
    check(5, 5, 10, 5);
    check(200, 16_000, 10, 0);
    check(0, 1_600, 10, 40);
    check(0, 39, 10, 39);
    check(0, 1, 64, 1);
    check(0, 0, 64, 0);
    check(0, -5, 64, 0);
    let dear = LeaseNeed { free: fen(1_000), nodes: 64, available: Micros::ZERO, bid: fen(100), contended: false };
    assert_eq!(dear.slice(), fen(400), "a few bids fit into the smallest slice");
    assert_eq!(LeaseNeed { contended: true, ..dear }.slice(), fen(200), "where nodes starve, two");
}

/// A lease, what is remembered of it, and the looks it gets.
struct Story {
    lease: LeaseCounter,
    borrowing: Borrowing,
    now: Timestamp,
}

impl Story {
    fn new(held: i64) -> Self {
        Self { lease: LeaseCounter::new(fen(held), 1), borrowing: Borrowing::default(), now: NOON }
    }

    fn look(&mut self, source: LeaseSource) -> Option<Loan> {
        let look = self.borrowing.look(&self.lease, Micros::ZERO, BID, self.now)?;
        let loan = look.borrow(source);
        self.borrowing.answer(loan);
        self.lease.grant(loan.lent);
        Some(loan)
    }

    fn give(&mut self) -> Micros {
        self.borrowing.give(&self.lease, BID, self.now)
    }
}

/// Much is lent to others.
const fn source(free: i64, wanted: bool) -> LeaseSource {
    LeaseSource { free: Micros::new(free * FEN), leased: Micros::new(1_000 * FEN), nodes: 4, wanted }
}

#[test]
fn dl_05_who_is_not_asked_keeps_one_result_and_then_nothing() {
    let mut idle = Story::new(40);
    assert_eq!(idle.give(), fen(37));
    assert_eq!(idle.give(), Micros::ZERO, "not twice at once");
    idle.now = idle.now.plus_ms(500);
    assert_eq!(idle.give(), BID, "what the others gave did not suffice");
    let look = idle.borrowing.look(&idle.lease, Micros::new(1), BID, idle.now).unwrap();
    assert_eq!(look.borrow(source(20, true)).lent, Micros::ZERO);
    assert_eq!(look.borrow(source(20, false)).lent, Micros::ZERO, "it rests until somebody asks");
    assert_eq!(look.borrow(source(10_000, false)).lent, fen(625), "what is plenty is for everybody");
    assert!(!idle.lease.reserve(BID));
    assert_eq!(idle.look(source(40, false)).map(|loan| loan.lent), Some(fen(6)), "woken at once, and modest");
    idle.now = idle.now.plus_ms(60_000);
    idle.lease.settle(Micros::ZERO, fen(6));
    assert!(!idle.lease.reserve(BID));
    assert_eq!(idle.look(source(40, false)).map(|loan| loan.lent), Some(fen(40)), "nobody has starved for long");
}

#[test]
fn dl_05_who_is_asked_shares_half_and_keeps_one_result() {
    let mut busy = Story::new(40);
    assert!(busy.lease.reserve(BID));
    assert_eq!((busy.give(), busy.give()), (Micros::new(37 * FEN - 37 * FEN / 2), Micros::ZERO));
    let look = busy.borrowing.look(&busy.lease, Micros::new(i64::MAX), BID, busy.now).unwrap();
    assert_eq!(look.borrow(source(19, true)).lent, Micros::ZERO, "it leaves what it gave to others");
    for _ in 0..9 {
        busy.now = busy.now.plus_ms(500);
        assert!(busy.lease.reserve(Micros::ZERO));
        let _given = busy.give();
    }
    assert_eq!(busy.lease.balance().available, BID);
}

#[test]
fn dl_05_who_starves_tells_the_others_and_looks_twice_a_second() {
    let mut poor = Story::new(2);
    assert_eq!(poor.look(source(0, false)), None, "nobody asked");
    assert!(!poor.lease.reserve(BID));
    assert!(poor.look(source(0, false)).unwrap().wanting);
    assert_eq!(poor.give(), fen(2), "what is no use here may be together with others' rest");
    assert_eq!(poor.look(source(0, false)), None);
    poor.now = poor.now.plus_ms(1_000);
    assert!(!poor.look(source(0, false)).unwrap().wanting, "nobody asks any more");
    assert!(!poor.lease.reserve(BID));
    poor.now = poor.now.plus_ms(500);
    let loan = poor.look(source(20, true)).unwrap();
    assert_eq!((loan.lent, loan.wanting), (fen(6), false), "two results, not all there is");
}

#[test]
fn dl_05_less_than_one_result_is_lent_only_when_nobody_else_holds_any() {
    let mut poor = Story::new(0);
    assert!(!poor.lease.reserve(BID));
    let loan = poor.look(source(2, false)).unwrap();
    assert_eq!((loan.lent, loan.wanting), (Micros::ZERO, true));
    poor.now = poor.now.plus_ms(500);
    let last = LeaseSource { leased: Micros::ZERO, ..source(2, false) };
    assert_eq!(poor.look(last).unwrap().lent, fen(2));
}

#[test]
fn dl_05_who_starved_tells_the_others_when_promises_come_back() {
    let mut poor = Story::new(40);
    assert!(poor.lease.reserve(fen(38)) && !poor.lease.reserve(BID));
    assert!(poor.look(source(0, false)).unwrap().wanting);
    poor.lease.release(fen(38));
    assert_eq!(poor.look(source(0, false)), None, "twice a second, not more often");
    poor.now = poor.now.plus_ms(500);
    assert!(!poor.look(source(0, false)).unwrap().wanting);
    poor.now = poor.now.plus_ms(500);
    assert_eq!(poor.look(source(0, false)), None, "nothing is left to tell");
}
