//! Rules of valid traffic by tables; the grid on made-up broadcasts with known attacks.

use std::net::IpAddr;

use tuiliu_domain::time::Timestamp;

use super::{
    Family, Grid, Hints, Invalid, Network, Networks, RateLimits, Reference, Screen, Speed, ViewerHour, Visit,
    impossible_rate, is_impossible_speed, is_repeat_view, suspicious_cells,
};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn screen() -> Screen {
    let ranges = ["192.0.2.0/24", "192.0.2.128/25", "198.51.100.7", "2001:db8::/32"];
    let networks: Networks = ranges.iter().map(|text| text.parse::<Network>().unwrap()).collect();
    assert_eq!(networks.len(), 3, "overlaps are joined");
    Screen::new(["Googlebot".to_owned(), " HeadlessChrome ".to_owned(), String::new()], networks)
}

fn check(hints: Hints<'_>, expected: Option<Invalid>) {
    assert_eq!(screen().judge(hints), expected, "{hints:?}");
}

#[test]
fn at_03_known_bots_are_no_valid_traffic() {
    let agent = |user_agent| Hints { user_agent: Some(user_agent), ..Hints::default() };
    check(agent("Mozilla/5.0 (compatible; GOOGLEBOT/2.1)"), Some(Invalid::KnownBot));
    check(agent("Mozilla/5.0 headlesschrome/120"), Some(Invalid::KnownBot));
    check(agent("Mozilla/5.0 (iPhone) MicroMessenger/8.0"), None);
    check(agent(""), None);
    check(Hints { automated: true, ..Hints::default() }, Some(Invalid::KnownBot));
    check(Hints::default(), None);
}

#[test]
fn at_03_addresses_of_data_centres_are_no_valid_traffic() {
    for (text, is_inside) in [
        ("192.0.2.0", true),
        ("192.0.2.255", true),
        ("192.0.3.0", false),
        ("192.0.1.255", false),
        ("198.51.100.7", true),
        ("198.51.100.8", false),
        ("::ffff:192.0.2.9", true),
        ("2001:db8:ffff::1", true),
        ("2001:db9::1", false),
        ("::1", false),
    ] {
        let hints = Hints { address: Some(address(text)), ..Hints::default() };
        check(hints, is_inside.then_some(Invalid::Datacentre));
    }
    for text in ["192.0.2.0/33", "::/129", "192.0.2/24", "", "/8", "a/8", "192.0.2.0/-1"] {
        assert!(text.parse::<Network>().is_err(), "{text}");
    }
    let all: Networks = ["0.0.0.0/0", "::/0"].iter().map(|text| text.parse::<Network>().unwrap()).collect();
    assert!(all.contains(address("255.255.255.255")) && all.contains(address("::")));
    assert!(Networks::default().is_empty() && !Networks::default().contains(address("::")));
}

#[test]
fn at_03_what_nobody_looked_at_is_no_valid_traffic() {
    check(Hints { prefetched: true, ..Hints::default() }, Some(Invalid::Prefetch));
    check(Hints { rendered: Some(false), ..Hints::default() }, Some(Invalid::NotRendered));
    check(Hints { rendered: Some(true), ..Hints::default() }, None);
}

#[test]
fn at_03_nobody_watches_longer_than_time_has_passed() {
    let speed = |watched_ms| Speed {
        decided_at: Timestamp::from_ms(10_000),
        at: Timestamp::from_ms(15_000),
        watched_ms,
        skew_ms: 1_000,
    };
    assert!(!is_impossible_speed(speed(6_000)));
    assert!(is_impossible_speed(speed(6_001)));
}

#[test]
fn at_03_repeats_within_the_window_count_once() {
    let at = Timestamp::from_ms;
    assert!(!is_repeat_view(None, at(5), 30));
    assert!(is_repeat_view(Some(at(5)), at(34), 30));
    assert!(!is_repeat_view(Some(at(5)), at(35), 30));
    // A report that comes late is measured the same way.
    assert!(is_repeat_view(Some(at(34)), at(5), 30));
}

#[test]
fn at_03_rates_that_no_person_has() {
    let limits = RateLimits::default();
    let most = ViewerHour {
        views: limits.views_max,
        clicks: limits.clicks_max,
        interactions: limits.interactions_max,
        purchases: limits.purchases_max,
        watched_ms: limits.watched_ms_max,
    };
    assert!(!impossible_rate(most, limits));
    for more in [
        ViewerHour { views: most.views + 1, ..most },
        ViewerHour { clicks: most.clicks + 1, ..most },
        ViewerHour { interactions: most.interactions + 1, ..most },
        ViewerHour { purchases: most.purchases + 1, ..most },
        ViewerHour { watched_ms: most.watched_ms + 1, ..most },
    ] {
        assert!(impossible_rate(more, limits), "{more:?}");
    }
}

#[test]
fn the_published_list_names_every_rule_once() {
    for rule in Invalid::ALL {
        assert_eq!(Invalid::from_code(rule.code()), Some(*rule));
        assert_eq!(rule.metric(), format!("invalid_{}", rule.code()));
        assert!(!rule.title().is_empty() && rule.text().ends_with('.'));
    }
    assert_eq!(Invalid::from_code("x"), None);
    let late = Invalid::ALL.iter().filter(|rule| rule.family() == Family::Session).count();
    assert_eq!(late, 2);
}

/// A seeded generator (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        u32::try_from((z ^ (z >> 31)) % u64::from(limit)).unwrap()
    }

    /// People come all the time and mostly stay shortly; some broadcasts begin with a rush.
    fn person(&mut self, rush: u32) -> Visit {
        let start_permille = if self.below(10) < rush { self.below(150) } else { self.below(1_000) };
        let stay = self.below(1_000) * self.below(1_000) / 1_000 * self.below(1_000) / 1_000;
        Visit { start_permille, stay_permille: stay.min(1_000 - start_permille) }
    }

    fn people(&mut self, visits: u32) -> Vec<Visit> {
        let rush = self.below(4);
        (0..visits).map(|_| self.person(rush)).collect()
    }
}

fn reference(random: &mut Random) -> Reference {
    let grids: Vec<Grid> = (0..60)
        .map(|_| {
            let visits = 200 + random.below(2_000);
            random.people(visits).into_iter().collect()
        })
        .collect();
    assert!(Reference::of(&grids[..19]).is_none(), "too few broadcasts tell nothing");
    Reference::of(&grids).unwrap()
}

#[test]
fn at_03_bought_viewers_are_found_and_people_are_left_alone() {
    let mut random = Random(7);
    let reference = reference(&mut random);
    let (mut suspected, mut bought_all, mut bought_found, mut people_taken) = (0, 0, 0, 0);
    for broadcast in 0..200 {
        let visits = 200 + random.below(2_000);
        let people = random.people(visits);
        let clean: Grid = people.iter().copied().collect();
        suspected += u32::from(!suspicious_cells(&clean, &reference).cells.is_empty());
        // Half as many again come within a few minutes and stay for three quarters of the rest.
        let start = random.below(400);
        let bought: Vec<Visit> = (0..visits / 2)
            .map(|_| Visit { start_permille: start + random.below(20), stay_permille: 430 + random.below(40) })
            .collect();
        let attacked: Grid = people.iter().chain(&bought).copied().collect();
        let found = suspicious_cells(&attacked, &reference);
        assert!(found.divergence > found.allowed, "broadcast {broadcast}");
        let within = |visits: &[Visit]| {
            u32::try_from(visits.iter().filter(|visit| found.cells.contains(&visit.cell())).count()).unwrap()
        };
        bought_all += visits / 2;
        bought_found += within(&bought);
        people_taken += within(&people);
    }
    assert!(suspected <= 4, "{suspected} of 200 clean broadcasts are suspected");
    assert!(bought_found * 100 >= bought_all * 90, "{bought_found} of {bought_all} bought viewers are found");
    assert!(people_taken * 100 <= bought_found * 5, "{people_taken} people beside {bought_found} bought viewers");
}

#[test]
fn a_small_broadcast_is_never_suspected() {
    let mut random = Random(8);
    let reference = reference(&mut random);
    let same = vec![Visit { start_permille: 500, stay_permille: 450 }; 99];
    assert!(suspicious_cells(&same.into_iter().collect(), &reference).cells.is_empty());
}
