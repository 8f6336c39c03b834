use tuiliu_domain::promotion::Goal;

use super::*;
use crate::request::HostRates;
use crate::snapshot::Candidate;
use crate::tests::{NOON, bidding, request, snapshot};

#[test]
fn dl_05_nobody_pays_more_than_the_bid_when_a_rival_is_repriced_meanwhile() {
    let rival = Candidate { goal: Goal::Follows, ..bidding(2, 50) };
    let raised = Arc::clone(&rival.pacing);
    let book = snapshot(vec![bidding(1, 100), rival]);
    let request = request(1);
    let mut search = Search::new(&book, &request, 1, NOON);
    let ranking = search.ranking(HostRates::NONE);
    let slot = &request.placement.slots[0];
    let first = search.take_best(ranking, floor(slot)).unwrap();
    assert_eq!(search.contenders.len(), 1, "the rival is not looked at before it matters");
    raised.set(Micros::new(300), 1_000_000);
    book.reprice();
    let held = Held { place: 0, slot, gone_before: 0, winner: None, ghosts: Vec::new(), best: None };
    let winner = held.priced(&mut search, ranking, first);
    assert_eq!(search.contenders.len(), 2, "the rival stands above by now");
    assert_eq!((winner.price.get(), winner.stake.bid.get()), (100, 100));
}
