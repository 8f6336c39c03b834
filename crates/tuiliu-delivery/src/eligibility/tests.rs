use std::sync::Arc;

use tuiliu_domain::id::{ContentId, PartyId, RoomId};
use tuiliu_domain::money::Micros;

use super::*;
use crate::audience::CompiledAudience;
use crate::bidding::PacingCell;
use crate::decide;
use crate::explain;
use crate::frequency::{FrequencyCap, FrequencyWindow};
use crate::lease::LeaseCounter;
use crate::random::Rng;
use crate::request::ContentType;
use crate::tests::{NOON, UNIT, audience, candidate, request, snapshot};

/// Lets one order meet one request; the first reason why it was not shown, or none if it was.
fn fate(candidate: Candidate, request: &Request) -> Option<LossReason> {
    let order = candidate.order;
    let snapshot = snapshot(vec![candidate]);
    let explanation = explain(&snapshot, request, &mut Rng::seeded(1), NOON);
    let told = explanation.candidates[0].refusal;
    let decision = decide(&snapshot, request, &mut Rng::seeded(1), NOON);
    assert_eq!(decision.wins.iter().any(|won| won.order == order), told.is_none(), "explaining tells what happens");
    told
}

fn check(change: impl FnOnce(&mut Candidate, &mut Request), expected: Option<LossReason>) {
    let (mut candidate, mut request) = (candidate(1), request(1));
    change(&mut candidate, &mut request);
    assert_eq!(fate(candidate, &request), expected);
}

#[test]
fn dl_02_a_healthy_order_is_shown() {
    check(|_, _| {}, None);
}

#[test]
fn dl_02_only_running_orders_are_shown() {
    check(|candidate, _| candidate.paused = true, Some(LossReason::Paused));
}

#[test]
fn dl_02_only_in_schedule() {
    check(|candidate, _| candidate.starts_at = NOON, None);
    check(|candidate, _| candidate.starts_at = NOON.plus_ms(1), Some(LossReason::Schedule));
    check(|candidate, _| candidate.ends_at = NOON, Some(LossReason::Schedule));
    check(|candidate, _| candidate.ends_at = NOON.plus_ms(1), None);
}

#[test]
fn dl_02_the_room_is_live_and_not_interrupted() {
    check(|candidate, _| candidate.room_state = RoomState::Offline, Some(LossReason::RoomOffline));
    check(|candidate, _| candidate.room_state = RoomState::Interrupted, Some(LossReason::RoomInterrupted));
}

#[test]
fn dl_02_the_audience_matches() {
    let only_women = |candidate: &mut Candidate, _: &mut Request| {
        candidate.audience = CompiledAudience::try_new(&audience("gender:female"), candidate.creator).unwrap();
    };
    check(only_women, Some(LossReason::Audience));
    check(
        |candidate, request| {
            only_women(candidate, request);
            request.viewer.gender = Some(crate::audience::Tag::named("female"));
        },
        None,
    );
}

#[test]
fn dl_02_the_lease_has_room() {
    let lease = |micros| Arc::new(LeaseCounter::new(Micros::new(micros), 1));
    check(|candidate, _| candidate.lease = lease(0), Some(LossReason::Budget));
    check(|candidate, _| candidate.lease.close(), Some(LossReason::Budget));
    check(|candidate, _| candidate.lease = lease(1), None);
}

#[test]
fn dl_02_the_frequency_cap_is_not_reached() {
    let cap = FrequencyCap::try_new(2, FrequencyWindow::Hour).unwrap();
    let capped = snapshot(vec![Candidate { frequency_cap: Some(cap), ..candidate(1) }]);
    let request = request(1);
    for expected in [1, 1, 0] {
        let decision = decide(&capped, &request, &mut Rng::seeded(1), NOON);
        assert_eq!(decision.wins.len(), expected);
        for won in &decision.wins {
            capped.frequency().record(request.viewer.hash, won.order, cap.window, NOON);
        }
    }
    let told = explain(&capped, &request, &mut Rng::seeded(1), NOON);
    assert_eq!(told.candidates[0].refusal, Some(LossReason::Frequency));
}

#[test]
fn dl_02_a_viewer_is_never_shown_the_own_promotion() {
    let own = Some(LossReason::OwnPromotion);
    check(|candidate, request| request.viewer.party = Some(candidate.promoter), own);
    check(|candidate, request| request.viewer.party = Some(candidate.creator), own);
    check(|_, request| request.viewer.party = Some(PartyId::new(9)), None);
}

#[test]
fn dl_02_what_the_viewer_hid_or_blocked_stays_away() {
    let hidden = Some(LossReason::HiddenByViewer);
    check(|candidate, request| request.viewer.hidden_contents = vec![candidate.content], hidden);
    check(|candidate, request| request.viewer.blocked_creators = vec![candidate.creator], hidden);
    check(|_, request| request.viewer.hidden_contents = vec![ContentId::Room(RoomId::new(1))], None);
}

#[test]
fn qb_10_only_commerce_runs_where_goods_are_on_offer() {
    let exclusive = Some(LossReason::Exclusivity);
    check(|candidate, _| candidate.room_sells = true, exclusive);
    check(|candidate, _| (candidate.room_sells, candidate.is_commerce) = (true, true), None);
    check(|candidate, _| candidate.is_commerce = true, None);
    check(
        |candidate, _| (candidate.room_sells, candidate.room_state) = (true, RoomState::Offline),
        Some(LossReason::RoomOffline),
    );
}

#[test]
fn dl_01_the_host_narrows_what_may_come() {
    check(|_, request| request.placement.content_types = vec![ContentType::Video], Some(LossReason::ContentType));
    check(|_, request| request.placement.content_types = vec![ContentType::LiveRoom], None);
    check(|candidate, request| candidate.placement = Some(request.placement.hash), None);
    let elsewhere = Some(LossReason::OtherPlacement);
    check(|candidate, request| candidate.placement = Some(request.placement.hash + 1), elsewhere);
    check(|_, request| request.candidate_contents = Some(Vec::new()), Some(LossReason::NotAmongCandidates));
    check(|candidate, request| request.candidate_contents = Some(vec![candidate.content]), None);
    check(|candidate, request| request.excluded_contents = vec![candidate.content], Some(LossReason::ExcludedByHost));
    check(|candidate, request| request.excluded_creators = vec![candidate.creator], Some(LossReason::ExcludedByHost));
    check(|candidate, request| request.excluded_orders = vec![candidate.order], Some(LossReason::ExcludedByHost));
}

#[test]
fn dl_02_the_first_reason_is_told() {
    check(
        |candidate, request| {
            candidate.paused = true;
            candidate.room_state = RoomState::Offline;
            candidate.ends_at = NOON;
            request.viewer.party = Some(candidate.promoter);
        },
        Some(LossReason::Paused),
    );
    check(
        |candidate, request| {
            candidate.ends_at = NOON;
            candidate.lease.close();
            request.viewer.party = Some(candidate.promoter);
        },
        Some(LossReason::Schedule),
    );
}

#[test]
fn dl_06_pacing_leaves_out_the_share_it_is_told_to() {
    let pacing = Arc::new(PacingCell::new(Micros::new(UNIT)));
    pacing.set(Micros::new(UNIT), 250_000);
    let paced = Candidate { pacing, ..candidate(1) };
    let mut rng = Rng::seeded(3);
    let taken = (0..10_000).filter(|_| !is_paced_out(&paced, rng.next_u64())).count();
    assert!((2_350..=2_650).contains(&taken), "a quarter of 10 000, by chance {taken}");
}

#[test]
fn every_reason_has_its_place_and_its_own_code() {
    for (place, reason) in LossReason::ALL.into_iter().enumerate() {
        assert_eq!(reason.index(), place);
        assert!(LossReason::ALL[..place].iter().all(|other| other.code() != reason.code()));
    }
}
