use tuiliu_domain::time::{DAY_MS, HOUR_MS, Timestamp};

use super::growth::log_plays;
use super::premium::promise;
use super::prior::trigamma;
use super::{
    BacktestRules, CreatorSpread, CreatorVideos, DriftIndex, Evidence, GrowthCurve, PastVideo, Predictive,
    PremiumPolicy, PremiumRule, Quote, QuoteError, Reading, ResolvedQuote, SpreadPrior, Video, backtest,
    lognormal_loss_ratio, loss_ratio, payout_share, quote,
};
use crate::quantile::{normal_below, normal_quantile};

/// Numbers between 0 and 1 from a seed (splitmix64).
struct Draws(u64);

impl Draws {
    #[expect(clippy::as_conversions, reason = "53 bits are an exact number")]
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0 + 1e-17
    }

    fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }
}

fn close(own: f64, expected: f64, tolerance: f64) {
    assert!((own - expected).abs() <= tolerance, "{own} is not {expected}");
}

fn steady(videos: usize) -> Vec<PastVideo> {
    let levels = [9.2, 9.8, 8.9, 9.5, 9.1, 10.1, 9.4];
    let day = |place: usize| f64::from(u16::try_from(place).unwrap());
    (0..videos).map(|place| PastVideo { age_days: 3.0 * day(place) + 1.0, log_plays: levels[place % 7] }).collect()
}

#[test]
fn gb_02_the_premium_is_the_exact_root() {
    // measurement.md §4.3, eight degrees of freedom: the scale and the rate in percent.
    for (scale, rate) in [(0.3, 13.8), (0.4, 18.9), (0.5, 24.4), (0.6, 30.2), (0.7, 36.4), (0.8, 43.1), (0.9, 50.0)] {
        let predictive = Predictive { mean: 13.0, scale, degrees: 8.0 };
        let (log_expected, exact) = promise(&predictive, &PremiumRule::default());
        assert_eq!(log_expected, 13.0, "half of the videos reach what is promised");
        close(100.0 * exact, rate, 0.05);
        if exact < 0.5 {
            let paid = loss_ratio(exact, |share| predictive.below(13.0 + share.ln()));
            close(paid, 0.42, 1e-9);
        }
    }
    let calm = Predictive { mean: 13.0, scale: 0.01, degrees: 8.0 };
    assert_eq!(promise(&calm, &PremiumRule::default()).1, 0.10, "never less than the least rate");
}

#[test]
fn the_24_points_agree_with_the_closed_form() {
    for (mean, deviation, rate) in [(0.0, 0.3, 0.1), (0.2, 0.8, 0.5), (-0.4, 1.3, 0.25), (0.0, 0.2, 0.5)] {
        let exact = lognormal_loss_ratio(rate, mean, deviation);
        let rule = loss_ratio(rate, |share: f64| normal_below((share.ln() - mean) / deviation));
        close(rule, exact, 1e-9);
    }
}

#[test]
fn the_mean_payout_of_many_outcomes_is_the_loss_ratio() {
    let (mut draws, count) = (Draws(7), 200_000);
    for (mean, deviation, rate) in [(0.0, 0.6, 0.3), (0.25, 0.8, 0.5)] {
        let payouts = (0..count).map(|_| payout_share(rate, (mean + deviation * draws.normal()).exp()));
        let paid = payouts.sum::<f64>() / f64::from(count);
        // Three standard errors of a mean of numbers between 0 and 1.
        close(paid, lognormal_loss_ratio(rate, mean, deviation), 3.0 * 0.5 / f64::from(count).sqrt());
    }
}

#[test]
fn a_median_promise_pays_back_less_than_half_and_less_at_a_higher_rate() {
    let predictive = Predictive { mean: 9.0, scale: 0.8, degrees: 5.0 };
    let paid = |rate: f64| loss_ratio(rate, |share| predictive.below(9.0 + share.ln()));
    let paid: Vec<f64> = [0.1, 0.2, 0.3, 0.4, 0.5].into_iter().map(paid).collect();
    assert!(paid[0] < 0.5 && paid.windows(2).all(|pair| pair[1] < pair[0]), "{paid:?}");
}

#[test]
fn the_buyer_friendly_policy_pays_back_what_it_says_and_bends_the_promise_at_the_ends() {
    let rule = PremiumRule { policy: PremiumPolicy::LR60, ..PremiumRule::default() };
    let paid = |scale: f64| {
        let predictive = Predictive { mean: 9.0, scale, degrees: 8.0 };
        let (log_expected, rate) = promise(&predictive, &rule);
        let loss_ratio = loss_ratio(rate, |share| predictive.below(log_expected + share.ln()));
        (log_expected.exp() / 9.0_f64.exp(), rate, loss_ratio)
    };
    for scale in [0.05, 0.1, 0.3, 0.6, 1.0, 1.8] {
        let (promise, rate, loss_ratio) = paid(scale);
        assert!((0.10..=0.50).contains(&rate), "scale {scale}: {rate}");
        assert!((0.50 - 1e-9..=0.60 + 1e-9).contains(&loss_ratio), "scale {scale}: {loss_ratio}");
        assert!(promise > 0.9, "scale {scale}: {promise}");
    }
    assert!(paid(0.5).0 > 1.05, "the mean is more than the median");
}

#[test]
fn gb_03_too_little_history_makes_no_guarantee() {
    let rule = PremiumRule::default();
    let refusal = quote(&steady(4), SpreadPrior::MEASURED, 0.0, &rule);
    assert_eq!(refusal, Err(QuoteError::TooFewVideos { videos: 4, min: 5 }));
    let Quote { expected, low, high, videos, .. } = quote(&steady(5), SpreadPrior::MEASURED, 0.0, &rule).unwrap();
    assert!(low < expected && expected < high && videos == 5);
}

#[test]
fn recent_videos_weigh_more_and_drift_moves_the_promise() {
    let videos = [(60.0, 8.0), (50.0, 8.0), (40.0, 8.0), (20.0, 9.0), (0.0, 9.0)];
    let videos = videos.map(|(age_days, log_plays)| PastVideo { age_days, log_plays });
    let weighted = Evidence::of(&videos, 20.0).unwrap();
    let plain = Evidence::of(&videos, f64::INFINITY).unwrap();
    close(plain.mean, 8.4, 1e-12);
    close(plain.effective, 5.0, 1e-12);
    // Weights 1/8, 2^-2.5, 1/4, 1/2, 1.
    let weights = 0.125 + 0.5_f64.powf(2.5) + 0.25 + 1.5;
    close(weighted.mean, 8.0 + 1.5 / weights, 1e-12);
    assert!(weighted.effective < 5.0);
    let rule = PremiumRule::default();
    let plays = |drift: f64| quote(&videos, SpreadPrior::MEASURED, drift, &rule).unwrap().expected;
    close(plays(0.1) / plays(0.0), 0.1_f64.exp(), 1e-9);
}

#[test]
fn the_prior_is_found_again_in_creators_drawn_from_it() {
    let (mut draws, truth, own) = (Draws(3), SpreadPrior { variance: 0.6, degrees: 6.0 }, 9.0);
    let mut chi_square = |degrees: u32| (0..degrees).map(|_| draws.normal().powi(2)).sum::<f64>();
    let spreads = (0..4_000).map(|_| {
        let variance = truth.variance * truth.degrees / chi_square(6);
        CreatorSpread { variance: variance * chi_square(9) / own, degrees: own }
    });
    let fitted = SpreadPrior::fit(&spreads.collect::<Vec<_>>()).unwrap();
    close(fitted.degrees, truth.degrees, 0.8);
    close(fitted.variance, truth.variance, 0.04);
    let alike = [CreatorSpread { variance: 0.3, degrees: 9.0 }; 8];
    let fitted = SpreadPrior::fit(&alike).unwrap();
    assert!(fitted.degrees >= 1_000.0, "creators that do not differ share one variance");
    assert_eq!(SpreadPrior::fit(&alike[..3]), None);
    close(trigamma(1.0), std::f64::consts::PI.powi(2) / 6.0, 1e-12);
    close(trigamma(0.5), std::f64::consts::PI.powi(2) / 2.0, 1e-11);
}

#[test]
fn the_drift_counts_what_was_resolved_lately() {
    let now = Timestamp::from_ms(100 * DAY_MS);
    let quotes =
        |days: i64, count: usize| vec![ResolvedQuote { quoted_at: now.plus_ms(-days * DAY_MS), residual: -0.3 }; count];
    close(DriftIndex::at(now, quotes(20, 30)).drift, -0.15, 1e-12);
    for days in [13, 61] {
        assert_eq!(DriftIndex::at(now, quotes(days, 30)), DriftIndex::default(), "{days} days ago");
    }
}

fn video(readings: &[(i64, u64)]) -> Video {
    let readings = readings.iter().map(|(hours, plays)| Reading { at: hour(*hours), plays: *plays });
    Video { published_at: hour(0), readings: readings.collect() }
}

fn hour(hours: i64) -> Timestamp {
    Timestamp::from_ms(hours * HOUR_MS)
}

#[test]
fn young_videos_grow_along_the_median_of_the_others() {
    // A day old: half of what they have at 14 days; three days old: three quarters.
    let grown = video(&[(24, 5_000), (72, 7_500), (336, 10_000), (720, 11_000)]);
    let curve = GrowthCurve::fit(&vec![grown; 10]);
    close(curve.at(1.0).unwrap().exp(), 0.5, 1e-12);
    close(curve.at(30.0).unwrap().exp(), 1.1, 1e-12);
    let young = video(&[(24, 800)]);
    close(curve.matured(&young, hour(30)).unwrap().exp(), 1_600.0, 1e-6);
    assert_eq!(curve.matured(&young, hour(20)), None, "it was not read yet");
    assert_eq!(curve.matured(&video(&[(2, 10)]), hour(30)), None, "nobody else was read so young");
    assert_eq!(GrowthCurve::unknown().matured(&young, hour(30)), None);
    let old = video(&[(720, 1_100)]);
    close(curve.matured(&old, hour(800)).unwrap().exp(), 1_000.0, 1e-6);
    let exact = video(&[(0, 0), (336, 640)]);
    close(curve.matured(&exact, hour(400)).unwrap().exp(), 640.0, 1e-9);
    assert_eq!(log_plays(0), 0.0);
}

#[test]
fn a_world_like_the_model_is_quoted_as_the_model_says() {
    // Creators at their own level and spread; ten videos each, one a day, the last ones quoted.
    let mut draws = Draws(11);
    let creators = (0..300).map(|_| {
        let (level, spread) = (9.0 + 1.5 * draws.normal(), 0.6 * (0.35 * draws.normal()).exp());
        let day = |place: i64| Timestamp::from_ms(place * 3 * DAY_MS);
        CreatorVideos { videos: (0..14).map(|place| (day(place), level + spread * draws.normal())).collect() }
    });
    let rules = BacktestRules {
        premium: PremiumRule::default(),
        days_max: None,
        videos_max: 10,
        age_days_min: 0.0,
        training_share: 0.6,
        with_drift: true,
    };
    let test = backtest(&creators.collect::<Vec<_>>(), &rules);
    assert!(test.outcomes.len() > 1_000, "{}", test.outcomes.len());
    close(test.loss_ratio, 0.42, 0.05);
    close(test.coverage, 0.80, 0.03);
    close(test.payout_share, 0.50, 0.05);
}

#[test]
fn the_drift_corrects_a_platform_that_shrinks() {
    let mut draws = Draws(5);
    let creators = (0..120).map(|_| {
        let level = 9.0 + draws.normal();
        let day = |place: i64| Timestamp::from_ms(place * 4 * DAY_MS);
        let shrinking = |place: i64| 0.02 * f64::from(i32::try_from(place).unwrap());
        CreatorVideos {
            videos: (0..40).map(|place| (day(place), level - shrinking(place) + 0.4 * draws.normal())).collect(),
        }
    });
    let creators: Vec<CreatorVideos> = creators.collect();
    let mut rules = BacktestRules {
        premium: PremiumRule::default(),
        days_max: Some(45.0),
        videos_max: usize::MAX,
        age_days_min: 14.0,
        training_share: 0.5,
        with_drift: false,
    };
    let blind = backtest(&creators, &rules).loss_ratio;
    rules.with_drift = true;
    let seeing = backtest(&creators, &rules).loss_ratio;
    assert!(blind > 0.5, "{blind}");
    close(seeing, 0.42, 0.04);
}
