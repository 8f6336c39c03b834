//! A synthetic broadcast with its expected recap, and laws.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const FIXTURE: &str = include_str!("../../tests/fixtures/live_recap.csv");

fn lines() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    FIXTURE.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (kind, rest) = line.split_once(',').unwrap();
        (kind, rest.split(',').collect())
    })
}

/// Facts of the fixture; a viewer is promoted when `is_promoted` says so.
fn facts(is_promoted: impl Fn(u64) -> bool) -> BroadcastFacts {
    let mut facts = BroadcastFacts { duration_seconds: 7_200, ..BroadcastFacts::default() };
    facts.lucky_bags.push(LuckyBag { bag: 1, start_second: 4_000 });
    for ((kind, cells), sequence) in lines().zip(0..) {
        let second = |place: usize| cells[place].parse::<u32>().unwrap();
        let number = |place: usize| cells[place].parse::<u64>().unwrap();
        match kind {
            "s" => facts.sessions.push(Session {
                viewer: number(0),
                join_second: second(1),
                leave_second: second(2),
                is_promoted: is_promoted(number(0)),
            }),
            "p" => {
                facts.products.push(Product { product: number(0), stock_units: Some(20) });
                let (start_second, end_second) = (second(1), second(2));
                facts.presentations.push(Presentation { product: number(0), start_second, end_second });
            }
            "o" => facts.purchases.push(Purchase {
                viewer: number(0),
                product: number(1),
                second: second(2),
                units: 1,
                paid_fen: cells[3].parse().unwrap(),
            }),
            "f" => facts.follow_toggles.push(FollowToggle {
                viewer: number(0),
                second: second(1),
                sequence,
                is_following: cells[2] == "1",
            }),
            "l" => facts.lucky_bag_entries.push(LuckyBagEntry { viewer: number(0), bag: 1 }),
            "e" => {}
            other => panic!("nobody knows `{other}`"),
        }
    }
    facts
}

fn close(own: f64, expected: f64) {
    assert!((own / expected - 1.0).abs() < 1e-9, "{own} is not {expected}");
}

#[test]
fn agrees_with_the_expected_recap() {
    let figures = recap(&facts(|_| false)).unwrap().all;
    let expected: BTreeMap<&str, &str> = lines()
        .filter(|(kind, cells)| *kind == "e" && cells.len() == 2)
        .map(|(_, cells)| (cells[0], cells[1]))
        .collect();
    let whole = |name: &str| expected[name].parse::<i64>().unwrap();
    let real = |name: &str| expected[name].parse::<f64>().unwrap();
    let bag = figures.lucky_bags[0];
    let own = [
        ("viewers_uv", figures.viewers),
        ("sessions", figures.sessions),
        ("peak_online", figures.peak_online),
        ("peak_second", u64::from(figures.peak_second)),
        ("new_followers_net", figures.new_followers),
        ("lottery_participants", bag.entrants),
        ("lottery_eligible_online_at_start", bag.online_at_start),
    ];
    for (name, own) in own {
        assert_eq!(i64::try_from(own).unwrap(), whole(name), "{name}");
    }
    assert_eq!(figures.trend.score, whole("inflow_mann_kendall_S"));
    close(figures.mean_online, real("avg_online"));
    close(figures.mean_watch_seconds, real("avg_watch_s"));
    close(figures.trend.slope.unwrap(), real("inflow_theil_sen_per_bucket"));
    close(bag.entry_rate.unwrap(), 26.0 / 94.0);
    let (_, inflow) = lines().find(|(kind, cells)| *kind == "e" && cells[0] == "inflow_per_5min").unwrap();
    let inflow: Vec<u64> = inflow[1..].iter().map(|cell| cell.parse().unwrap()).collect();
    assert_eq!(figures.trend.entries, inflow);
    let products: Vec<_> = lines().filter(|(kind, cells)| *kind == "e" && cells[0] == "product").collect();
    assert_eq!(products.len(), figures.presentations.len());
    for (own, (_, cells)) in figures.presentations.iter().zip(products) {
        let told =
            [own.presentation.product, own.viewers, own.orders, own.buyers, u64::try_from(own.sales_fen).unwrap()];
        assert_eq!(told.map(|number| number.to_string()), cells[1..6]);
        close(own.conversion.unwrap(), cells[6].parse().unwrap());
    }
}

#[test]
fn natural_and_promoted_add_up() {
    let Recap { all, natural, promoted } = recap(&facts(|viewer| viewer % 3 == 0)).unwrap();
    assert!(promoted.viewers > 1_000 && natural.viewers > 1_000);
    assert_eq!(natural.viewers + promoted.viewers, all.viewers);
    assert_eq!(natural.entries + promoted.entries, all.entries);
    assert_eq!(natural.new_followers + promoted.new_followers, all.new_followers);
    assert_eq!((natural.lost_followers + promoted.lost_followers, all.lost_followers), (22, 22));
    close(natural.mean_online + promoted.mean_online, all.mean_online);
    for (place, whole) in all.products.iter().enumerate() {
        assert_eq!(natural.products[place].orders + promoted.products[place].orders, whole.orders);
        assert_eq!(natural.products[place].sales_fen + promoted.products[place].sales_fen, whole.sales_fen);
        close(whole.sell_through.unwrap(), crate::approximate::approximate(whole.units) / 20.0);
    }
    for (minute, whole) in all.online_each_minute.iter().enumerate() {
        assert_eq!(natural.online_each_minute[minute] + promoted.online_each_minute[minute], *whole);
    }
}

/// Sessions of a broadcast of a hundred seconds.
fn room(sessions: &[(u64, u32, u32, bool)]) -> BroadcastFacts {
    let sessions = sessions.iter().map(|&(viewer, join_second, leave_second, is_promoted)| Session {
        viewer,
        join_second,
        leave_second,
        is_promoted,
    });
    BroadcastFacts { duration_seconds: 100, sessions: sessions.collect(), ..BroadcastFacts::default() }
}

#[test]
fn devices_of_one_viewer_are_one_viewer() {
    let figures =
        recap(&room(&[(1, 0, 50, false), (1, 40, 60, true), (1, 60, 70, false), (2, 70, 500, true)])).unwrap();
    assert_eq!((figures.all.viewers, figures.all.sessions, figures.all.entries), (2, 4, 2));
    assert_eq!((figures.all.peak_online, figures.all.peak_second), (1, 0));
    assert_eq!(figures.all.mean_online, 1.0);
    assert_eq!((figures.natural.viewers, figures.promoted.viewers), (1, 1));
    assert_eq!(figures.all.online_each_minute, [1, 1]);
}

#[test]
fn an_order_goes_to_the_latest_presentation_that_had_begun() {
    let mut facts = room(&[(1, 0, 100, false), (2, 0, 100, false)]);
    facts.duration_seconds = 1_000;
    let presentation = |start_second, end_second| Presentation { product: 7, start_second, end_second };
    facts.presentations = vec![presentation(0, 100), presentation(300, 400)];
    let purchase = |viewer, second| Purchase { viewer, product: 7, second, units: 2, paid_fen: 100 };
    facts.purchases = vec![purchase(1, 0), purchase(2, 299), purchase(2, 300), purchase(1, 700), purchase(1, 701)];
    let figures = recap(&facts).unwrap().all;
    let orders: Vec<(u64, u64)> = figures.presentations.iter().map(|own| (own.orders, own.buyers)).collect();
    assert_eq!(orders, [(2, 2), (2, 2)]);
    assert_eq!((figures.presentations[0].viewers, figures.presentations[1].viewers), (2, 0));
    assert_eq!(figures.presentations[1].conversion, None);
}

#[test]
fn presentations_are_told_by_their_marks() {
    let marks = |text: &str| -> Vec<PresentationMark> {
        let mark = |part: &str| PresentationMark {
            product: part[1..2].parse().unwrap(),
            second: part[3..].parse().unwrap(),
            is_start: part.starts_with('+'),
        };
        text.split_whitespace().map(mark).collect()
    };
    let check = |text: &str, expected: &[(u64, u32, u32)]| {
        let mut told = marks(text);
        for _ in 0..2 {
            let found: Vec<_> =
                presentations(&told, 100).iter().map(|own| (own.product, own.start_second, own.end_second)).collect();
            assert_eq!(found, expected, "{text}");
            told.reverse();
        }
    };
    check("+1@5 -1@9", &[(1, 5, 9)]);
    check("+1@5 -1@9 +1@9 -1@20", &[(1, 5, 9), (1, 9, 20)]);
    check("+1@5 +2@30 -2@40", &[(1, 5, 30), (2, 30, 40)]);
    check("+1@5 +2@10 -1@30 -2@40", &[(1, 5, 30), (2, 10, 40)]);
    check("-1@1 +1@5 +1@7", &[(1, 5, 100)]);
    check("+1@100", &[]);
}

#[test]
fn who_takes_it_back_is_no_new_follower() {
    let mut facts = room(&[]);
    let toggle = |viewer, second, sequence, is_following| FollowToggle { viewer, second, sequence, is_following };
    // One follows, one leaves and comes back, one who followed before leaves, one changes his mind in the same second.
    facts.follow_toggles = vec![
        toggle(1, 5, 1, true),
        toggle(2, 5, 2, false),
        toggle(2, 9, 3, true),
        toggle(3, 5, 4, false),
        toggle(4, 7, 6, false),
        toggle(4, 7, 5, true),
    ];
    let figures = recap(&facts).unwrap().all;
    assert_eq!((figures.new_followers, figures.lost_followers, figures.follow_rate), (1, 1, None));
}

#[test]
fn refuses_what_no_broadcast_can_have() {
    let refusal = |facts: BroadcastFacts| recap(&facts).unwrap_err();
    assert_eq!(refusal(BroadcastFacts::default()), RecapError::NoDuration);
    assert_eq!(refusal(room(&[(5, 9, 8, false)])), RecapError::SessionEndsBeforeItBegins { viewer: 5 });
    let long = BroadcastFacts { duration_seconds: 2_000_000, ..room(&[]) };
    assert_eq!(refusal(long), RecapError::TooLong { seconds: 2_000_000 });
    let purchase = Purchase { viewer: 1, product: 3, second: 1, units: 1, paid_fen: i64::MAX };
    let mut rich = room(&[]);
    rich.products.push(Product { product: 3, stock_units: None });
    rich.purchases = vec![purchase, purchase];
    assert_eq!(refusal(rich), RecapError::SalesTooLarge { product: 3 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        sessions in prop::collection::vec((0_u64..8, 0_u32..100, 0_u32..40, any::<bool>()), 0..40),
        turn in 0_usize..40,
    ) {
        let sessions: Vec<_> =
            sessions.into_iter().map(|(viewer, join, length, promoted)| (viewer, join, join + length, promoted)).collect();
        let mut turned = sessions.clone();
        turned.reverse();
        let places = turned.len().max(1);
        turned.rotate_left(turn % places);
        let told = recap(&room(&sessions)).unwrap();
        prop_assert_eq!(&told, &recap(&room(&turned)).unwrap());
        // What a sweep finds is what looking at every second finds.
        let online = |second: u32| {
            let viewers: std::collections::BTreeSet<u64> = sessions
                .iter()
                .filter(|(_, join, leave, _)| *join <= second && second < (*leave).min(100))
                .map(|(viewer, ..)| *viewer)
                .collect();
            viewers.len()
        };
        let peak = (0..100).map(online).max().unwrap();
        prop_assert_eq!(told.all.peak_online, u64::try_from(peak).unwrap());
        let curve: Vec<u64> = [0, 60].map(|second| u64::try_from(online(second)).unwrap()).into();
        prop_assert_eq!(told.all.online_each_minute, curve);
    }
}
