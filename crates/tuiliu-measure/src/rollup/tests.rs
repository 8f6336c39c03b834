//! Formulas, steps, stays and sketches.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tuiliu_domain::time::Timestamp;

use super::*;
use crate::approximate::approximate;

const SETTING: Setting = Setting { units_per_yuan: 10 };

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

/// `viewers=40 reach=160` as counts.
fn counts(text: &str) -> Counts {
    let one = |part: &str| {
        let (code, value) = part.split_once('=').unwrap();
        (Count::from_code(code).unwrap_or_else(|| panic!("nobody counts `{code}`")), value.parse().unwrap())
    };
    text.split_whitespace().map(one).collect()
}

fn check(id: &str, text: &str, expected: Option<(i128, i128)>) {
    let found = Metric::find(id).unwrap().figure(&counts(text), SETTING);
    let found = found.map(|figure| match figure {
        Figure::Whole(whole) => (i128::from(whole), 1),
        Figure::Ratio { numerator, denominator } => (numerator, denominator),
    });
    assert_eq!(found, expected, "{id} of {text}");
}

#[test]
fn at_04_every_metric_has_its_formula() {
    check("entry_rate", "viewers=40 reach=160", Some((40, 160)));
    check("entry_rate", "viewers=40", None);
    check("average_online", "watch_ms=7200000 broadcast_ms=3600000", Some((7_200_000, 3_600_000)));
    check("average_watch_time", "watch_ms=900 viewers=3", Some((900, 3)));
    check("average_stay", "watch_ms=900 views=9", Some((900, 9)));
    check("engagement_rate", "engagers=5 viewers=10 comments=99", Some((5, 10)));
    check("new_follows", "follows=9 followers=7", Some((7, 1)));
    check("net_gmv", "gmv_fen=1000 refunds_fen=1200", Some((-200, 1)));
    check("refund_rate", "gmv_fen=1000 refunds_fen=50", Some((50, 1_000)));
    check("gpm", "gmv_fen=1000 views=50", Some((1_000_000, 50)));
    check("average_order_value", "gmv_fen=1000 payers=4 purchases=5", Some((1_000, 4)));
    check("sell_through", "products_listed=8 products_sold=2", Some((2, 8)));
    check("cpm", "charged_micros=5 impressions=7", Some((5_000, 7)));
    check("cost_per_result", "charged_micros=10 results=0", None);
    // 100 beans are ten yuan; 25 yuan of sales are 2.5 times that.
    check("roas_paid", "gmv_fen=2500 charged_micros=100000000", Some((250_000_000, 100_000_000)));
    check("roas_net", "gmv_fen=2500 refunds_fen=1500 charged_micros=100000000", Some((100_000_000, 100_000_000)));
    check("blended_roas", "room_gmv_fen=10 gmv_fen=5 charged_micros=1000000", Some((1_000_000, 1_000_000)));
    check("peak_online", "views=3", None);
    check("spend", "", Some((0, 1)));
}

#[test]
fn at_04_every_metric_of_the_dictionary_is_there_and_explained() {
    let wanted =
        "impressions reach views viewers peak_online average_online inflow_rate average_watch_time average_stay
        effective_views entry_rate new_follows follow_rate comment_rate like_rate engagement_rate product_exposure_rate
        product_ctr click_to_pay_rate conversion_rate gmv net_gmv settled_gmv_7d settled_gmv_14d refund_rate
        average_order_value gpm value_per_viewer sell_through presentation_conversion draw_entry_rate spend cpm
        cost_per_result roas_paid roas_net roas_settled_7d roas_settled_14d blended_roas lift incremental_roas dry_spend
        idle_time attainment";
    for id in wanted.split_whitespace() {
        assert!(Metric::find(id).is_some(), "{id}");
    }
    let ids: BTreeSet<&str> = METRICS.iter().map(|metric| metric.id).collect();
    assert_eq!(ids.len(), METRICS.len());
    for metric in METRICS {
        let (numerator, _) = metric.formula_text();
        let texts = [metric.name_zh, metric.name_en, metric.window, metric.deduplication, &numerator];
        assert!(texts.iter().all(|text| !text.is_empty()), "{}", metric.id);
        // What is not a sum is zero, or nothing, of nothing.
        assert!(metric.figure(&Counts::default(), SETTING).is_none_or(|figure| figure == Figure::Whole(0)));
    }
    assert!(!Metric::find("blended_roas").unwrap().is_effect);
    let codes: BTreeSet<&str> = Count::ALL.iter().map(|count| count.code()).collect();
    assert_eq!(codes.len(), Count::ALL.len());
}

#[test]
fn at_04_a_return_with_natural_traffic_in_it_is_never_an_effect_of_promotion() {
    let counts = counts("gmv_fen=5 room_gmv_fen=9 charged_micros=1000000 results=1 views=1");
    let told = |scope: Scope| -> BTreeSet<&str> {
        Metric::figures(&counts, scope, SETTING).into_iter().map(|(metric, _)| metric.id).collect()
    };
    for scope in [Scope::Order, Scope::Promoted] {
        assert!(told(scope).contains("roas_paid") && told(scope).contains("spend"), "{scope:?}");
        assert!(!told(scope).contains("blended_roas"), "{scope:?}");
    }
    let of_spend = ["roas_paid", "roas_net", "cpm", "cost_per_result", "spend", "results"];
    for scope in [Scope::Natural, Scope::All] {
        assert!(of_spend.iter().all(|id| !told(scope).contains(id)), "{scope:?}");
        assert!(told(scope).contains("gmv"));
    }
    assert!(told(Scope::All).contains("blended_roas"));
    assert!(!told(Scope::Natural).contains("blended_roas"));
}

#[test]
fn at_05_steps_follow_the_clocks_of_a_zone() {
    let zone = |text: &str| text.parse::<Zone>().unwrap();
    let start = |grain: Grain, text: &str, ms: i64| grain.start(at(ms), zone(text)).ms();
    const HOUR: i64 = 3_600_000;
    assert_eq!(start(Grain::Day, "+08:00", 20 * HOUR), 16 * HOUR);
    assert_eq!(start(Grain::Day, "Z", 20 * HOUR), 0);
    assert_eq!(start(Grain::Day, "-05:00", 4 * HOUR), -19 * HOUR);
    assert_eq!(start(Grain::Hour, "+05:30", HOUR), HOUR / 2);
    assert_eq!(start(Grain::Minute, "+05:45", 61_000), 60_000);
    assert_eq!(Zone::quarter(at(-1)).ms(), -900_000);
    for text in ["+08:00", "-03:30", "+05:45", "+00:00"] {
        assert_eq!(zone(text).to_string(), text);
    }
    for bad in ["", "8", "+8:00", "+08:10", "+15:00", "+08:60", "08:00", "+aa:00", "＋08:00"] {
        assert_eq!(bad.parse::<Zone>(), Err(ParseZoneError), "{bad}");
    }
}

fn stay(join: i64, leave: i64, is_promoted: bool) -> Stay {
    Stay { join: at(join), leave: at(leave), is_promoted }
}

/// All stays of one viewer and the sums after all of these reports.
fn united(pieces: &[Stay]) -> (Vec<Stay>, Changes) {
    let (mut stays, mut sums) = (Vec::new(), Changes::new());
    for piece in pieces {
        let (after, changes) = unite(&stays, *piece, 5_000);
        stays = after;
        for (key, change) in changes {
            *sums.entry(key).or_default() += change;
        }
    }
    sums.retain(|_, sum| *sum != 0);
    (stays, sums)
}

#[test]
fn at_05_watch_time_lies_in_the_minutes_in_which_it_was_watched() {
    let (stays, sums) = united(&[stay(50_000, 50_000, true), stay(50_000, 54_000, true), stay(50_000, 130_000, true)]);
    assert_eq!(stays, [stay(50_000, 130_000, true)]);
    let watched = |minute: i64| sums.get(&(at(minute * 60_000), true, Count::WatchMs)).copied().unwrap_or(0);
    assert_eq!([watched(0), watched(1), watched(2), watched(3)], [10_000, 60_000, 10_000, 0]);
    assert_eq!(sums[&(at(0), true, Count::EffectiveViews)], 1);
    // The gap between two stays is filled: two effective views become one.
    let (stays, sums) = united(&[stay(0, 6_000, false), stay(8_000, 20_000, true), stay(5_000, 9_000, false)]);
    assert_eq!(stays, [stay(0, 20_000, false)]);
    assert_eq!(sums.len(), 2);
    assert_eq!(sums[&(at(0), false, Count::EffectiveViews)], 1);
    assert_eq!(sums[&(at(0), false, Count::WatchMs)], 20_000);
}

#[test]
fn at_05_peak_and_present_viewers_are_counted_by_a_sweep() {
    let stays = [stay(0, 10, false), stay(5, 20, true), stay(10, 30, false), stay(9, 9, false)];
    let found = online(stays.into_iter(), at(15));
    assert_eq!(found, Online { peak: 2, peak_at: Some(at(5)), last: 2 });
    assert_eq!(online([].into_iter(), at(0)), Online::default());
}

#[test]
fn live_dashboards_compare_with_before_and_with_what_is_usual() {
    let [now, before] = Window::now_and_before(at(1_234_567));
    assert_eq!((now.from.ms(), now.to.ms()), (600_000, 1_200_000));
    assert_eq!((before.from.ms(), before.to), (0, now.from));
    assert!(now.holds(at(600_000)) && !now.holds(at(1_200_000)));
    let last =
        [counts("viewers=1 reach=2"), counts("viewers=9"), counts("viewers=3 reach=4"), counts("viewers=1 reach=1")];
    let sessions = LiveCounts {
        now: counts("viewers=4"),
        before: Counts::default(),
        session: counts("viewers=8 reach=9"),
        last: last.into(),
    };
    let told = LiveFigures::of(&sessions, Scope::Order, SETTING);
    let of = |id: &str| *told.iter().find(|own| own.metric.id == id).unwrap();
    assert_eq!(of("viewers").now, Some(Figure::Whole(4)));
    assert_eq!(of("viewers").before, Some(Figure::Whole(0)));
    assert_eq!(of("viewers").usual, Some(2.0));
    assert_eq!((of("entry_rate").now, of("entry_rate").usual), (None, Some(0.75)));
    assert_eq!(median(vec![]), None);
    assert_eq!(smoothed(&[10, 0, 2, 0, 0, 0, 7]), [10_000, 5_000, 4_000, 3_000, 2_400, 400, 1_800]);
}

/// A viewer hash that looks like one.
fn viewer(number: u64) -> u128 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    u128::from(z ^ (z >> 31)) << 64 | u128::from(number)
}

fn sketch(viewers: impl Iterator<Item = u64>) -> ViewerSketch {
    let mut sketch = ViewerSketch::default();
    viewers.for_each(|number| sketch.add(viewer(number)));
    sketch
}

#[test]
fn sketches_are_exact_when_small_and_right_within_a_percent_when_large() {
    for number in 0..=100 {
        let small = sketch((0..number).chain(0..number));
        assert_eq!(small.estimate(), i64::try_from(number).unwrap());
    }
    for (number, trials, bound) in [(5_000_u64, 24_u64, 0.008), (50_000, 16, 0.009)] {
        let mut square = 0.0;
        for trial in 0..trials {
            // Sixteen parts that overlap.
            let first = trial * 1_000_000;
            let part = |part: u64| sketch((first..first + number).filter(move |one| one % 16 == part || one % 5 == 0));
            let parts: Vec<_> = (0..16).map(part).collect();
            let found = approximate(u64::try_from(ViewerSketch::union(&parts).estimate()).unwrap());
            square += (found / approximate(number) - 1.0).powi(2);
        }
        let rms = (square / approximate(trials)).sqrt();
        assert!(rms <= bound, "{number} viewers: {rms}");
    }
}

#[test]
fn sketches_are_the_same_whatever_the_order() {
    let parts: Vec<_> = [0..10, 5..20_000, 100..300, 15_000..40_000].map(sketch).into();
    let forwards = ViewerSketch::union(&parts).estimate();
    assert_eq!(forwards, ViewerSketch::union(parts.iter().rev()).estimate());
    assert_eq!(forwards, sketch((0..40_000).rev()).estimate());
    let read = ViewerSketch::from_bytes(&parts[1].to_bytes()).unwrap();
    assert_eq!(read.estimate(), parts[1].estimate());
    assert!(ViewerSketch::from_bytes(&[1, 2, 3]).is_err());
    assert_eq!(ViewerSketch::union([]).estimate(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn stays_and_sums_do_not_depend_on_the_order_of_arrival(
        pieces in prop::collection::vec((0_i64..40, 0_i64..20, any::<bool>()), 0..12),
        turn in 0_usize..12,
    ) {
        let pieces: Vec<Stay> =
            pieces.into_iter().map(|(join, length, promoted)| stay(join * 7_000, (join + length) * 7_000, promoted)).collect();
        let mut turned = pieces.clone();
        turned.reverse();
        let places = turned.len().max(1);
        turned.rotate_left(turn % places);
        turned.extend(pieces.iter().take(3).copied());
        let (stays, sums) = united(&pieces);
        prop_assert_eq!(&(stays.clone(), sums.clone()), &united(&turned));
        let total: i64 = stays.iter().map(|stay| stay.leave.since_ms(stay.join)).sum();
        let watched: i64 = sums.iter().filter(|((_, _, count), _)| *count == Count::WatchMs).map(|(_, sum)| sum).sum();
        prop_assert_eq!(total, watched);
    }
}

/// The dictionary as a page of the documentation: `UPDATE_EXPECT=1` writes it anew.
#[test]
fn at_04_the_documentation_is_the_dictionary() {
    let mut page = String::from(
        "# Metric dictionary\n\nOne definition for every field, chart and export (AT-04); `GET /v1/metrics` tells the same. \
         Written by a test of\n`tuiliu-measure`: change `rollup/dictionary.rs` and run it with `UPDATE_EXPECT=1`.\n\nRatios \
         of nothing are left out. Hours and days are those of the asked time zone, `+08:00` by default. Every figure of a \
         room\nis there for natural traffic, for promoted traffic and for both.\n\n\
         | id | 名称 | name | made of | by | unit | window | counted once |\n|---|---|---|---|---|---|---|---|\n",
    );
    for metric in METRICS {
        let (numerator, denominator) = metric.formula_text();
        let Metric { id, name_zh, name_en, unit, window, deduplication, is_effect, .. } = metric;
        let note = if *is_effect { "" } else { " — never an effect of the promotion" };
        page.push_str(&format!(
            "| `{id}` | {name_zh} | {name_en}{note} | {numerator} | {} | {} | {window} | {deduplication} |\n",
            denominator.unwrap_or_default(),
            unit.code(),
        ));
    }
    page.push_str("\n## What is counted\n\n| code | |\n|---|---|\n");
    for count in Count::ALL {
        page.push_str(&format!("| `{}` | {} |\n", count.code(), count.text().trim()));
    }
    expect_test::expect_file!["../../../../docs/metrics.md"].assert_eq(&page);
}
