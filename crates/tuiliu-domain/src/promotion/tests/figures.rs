use super::*;

const AT: Timestamp = START;

fn judge(goal: Goal, engagement: Engagement, wait_ms: i64, facts: PersonFacts) -> String {
    let rule = ChargeRule::for_goal(goal, &Policy::default().charge);
    match billable(rule, engagement, AT, AT.plus_ms(wait_ms), facts) {
        Billable::Now => "now".to_owned(),
        Billable::From(from) => format!("after {} s", from.since_ms(AT) / 1000),
        Billable::No(reason) => reason.code().to_owned(),
    }
}

#[test]
fn tp_27_what_is_charged_per_goal() {
    let new = PersonFacts::default();
    let view = |watched_ms| Engagement::View { watched_ms };
    assert_eq!(judge(Goal::Viewers, view(5000), 0, new), "now");
    assert_eq!(judge(Goal::Viewers, view(4999), 0, new), "too_short");
    assert_eq!(judge(Goal::Interactions, Engagement::Comment, 0, new), "now");
    assert_eq!(judge(Goal::ProductClicks, Engagement::ProductClick, 0, new), "now");
    assert_eq!(judge(Goal::Viewers, Engagement::Comment, 0, new), "other_kind");
    assert_eq!(judge(Goal::Interactions, view(9000), 0, new), "other_kind");
    assert_eq!(judge(Goal::ProductClicks, Engagement::Follow { undone_at: None }, 0, new), "other_kind");
}

#[test]
fn tp_27_a_person_is_charged_once_for_an_order() {
    let charged = PersonFacts { charged: true, ..PersonFacts::default() };
    let follow = Engagement::Follow { undone_at: None };
    assert_eq!(judge(Goal::Viewers, Engagement::View { watched_ms: 9000 }, 0, charged), "charged_before");
    assert_eq!(judge(Goal::Interactions, Engagement::Comment, 0, charged), "charged_before");
    assert_eq!(judge(Goal::Follows, follow, 0, charged), "charged_before");
    assert_eq!(judge(Goal::Follows, follow, HOUR_MS, charged), "charged_before");
    assert_eq!(judge(Goal::ProductClicks, Engagement::ProductClick, 0, charged), "charged_before");
    assert_eq!(judge(Goal::Viewers, Engagement::View { watched_ms: 1 }, 0, charged), "too_short");
}

#[test]
fn tp_27_a_follow_counts_when_it_is_still_there_after_ten_minutes() {
    let new = PersonFacts::default();
    let follow =
        |undone_after_ms: Option<i64>| Engagement::Follow { undone_at: undone_after_ms.map(|ms| AT.plus_ms(ms)) };
    let hold = 10 * MINUTE_MS;
    assert_eq!(judge(Goal::Follows, follow(None), 0, new), "after 600 s");
    assert_eq!(judge(Goal::Follows, follow(None), hold - 1, new), "after 600 s");
    assert_eq!(judge(Goal::Follows, follow(None), hold, new), "now");
    assert_eq!(judge(Goal::Follows, follow(Some(hold - 1)), hold, new), "undone");
    assert_eq!(judge(Goal::Follows, follow(Some(1)), 2, new), "undone");
    assert_eq!(judge(Goal::Follows, follow(Some(hold)), hold, new), "now", "it was there after ten minutes");
}

#[test]
fn lv_16_a_muted_viewers_comment_is_no_interaction() {
    let muted = PersonFacts { muted: true, ..PersonFacts::default() };
    assert_eq!(judge(Goal::Interactions, Engagement::Comment, 0, muted), "muted");
    assert_eq!(judge(Goal::Viewers, Engagement::View { watched_ms: 9000 }, 0, muted), "now");
}

fn request(goal: Goal, bid: Option<i64>) -> EstimateRequest {
    EstimateRequest {
        product: Product::TrafficPack,
        goal,
        budget: Beans::from(1000),
        bidding: Bidding::by_bid(bid.map(Micros::new)),
        duration_ms: HOUR_MS,
    }
}

#[test]
fn at_06_without_traffic_the_platform_supposes() {
    let policy = Policy::default();
    let told = suppose(&request(Goal::Viewers, None), &policy);
    assert_eq!(told.results, Range { low: 333, mid: 666, high: 1250 });
    assert_eq!(told.views, told.results, "every viewer is a view");
    assert_eq!(told.duration_ms, Range { low: HOUR_MS / 2, mid: HOUR_MS, high: HOUR_MS });
}

#[test]
fn at_06_around_an_expectation_costs_lie_as_far_as_supposed() {
    let policy = Policy::default();
    let expected = Expected { results: 1_000, views: 1_500, duration_ms: HOUR_MS / 2 };
    let told = suppose_around(expected, &request(Goal::Viewers, None), &policy);
    assert_eq!(told.results, Range { low: 500, mid: 1_000, high: 1_875 });
    assert_eq!(told.views, Range { low: 750, mid: 1_500, high: 2_812 });
    assert_eq!(told.duration_ms, Range { low: HOUR_MS / 4, mid: HOUR_MS / 2, high: HOUR_MS });
    assert_eq!(told.expected(), expected);
    assert!(told.results.holds(500) && told.results.holds(1_875) && !told.results.holds(499));
}

#[test]
fn tp_07_a_bid_below_the_usual_cost_may_bring_nothing() {
    let policy = Policy::default();
    let low = |bid| suppose(&request(Goal::Viewers, Some(bid)), &policy).results.low;
    assert_eq!((low(1_499_999), low(1_500_000)), (0, 333));
    let capped = |cost_max| {
        let bidding = Bidding::CostCap { cost_max: Micros::new(cost_max) };
        suppose(&EstimateRequest { bidding, ..request(Goal::Viewers, None) }, &policy).results.low
    };
    assert_eq!((capped(1_499_999), capped(1_500_000)), (0, 333));
}

#[test]
fn tp_07_ranges_are_ordered_for_every_goal() {
    let policy = Policy::default();
    for goal in Goal::ALL {
        let request = request(*goal, Some(1));
        let told = suppose(&request, &policy);
        for told in [told, suppose_around(told.expected(), &request, &policy)] {
            for range in [told.results, told.views, told.duration_ms] {
                assert!(0 <= range.low && range.low <= range.mid && range.mid <= range.high, "{goal} {range:?}");
            }
            assert!(told.results.mid <= told.views.mid);
        }
    }
}
