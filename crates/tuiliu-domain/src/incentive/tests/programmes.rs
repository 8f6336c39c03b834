//! Texts, editions and applications (IN-03, IN-07, IN-08, IN-10).

use super::*;

fn programme(kind: ProgrammeKind) -> Programme {
    Programme::new(IncentiveProgrammeId::new(1), TenantId::new(1), ProgrammeTerms::preset(kind), NOW)
}

#[test]
fn in_07_the_presets_and_only_sound_texts_can_be_published() {
    for kind in ProgrammeKind::ALL {
        assert_eq!(ProgrammeTerms::preset(*kind).check(), Ok(()), "{kind:?}");
    }
    let cold_start = || ProgrammeTerms::preset(ProgrammeKind::ColdStart);
    let check = |terms: ProgrammeTerms, expected: &str| {
        let refused = terms.check().unwrap_err().to_string();
        assert!(refused.contains(expected), "`{refused}`");
    };
    check(ProgrammeTerms { title: String::new(), ..cold_start() }, "name a programme");
    let (starts_at, ends_at) = (Some(NOW), Some(NOW));
    check(ProgrammeTerms { starts_at, ends_at, ..cold_start() }, "before it starts");
    check(ProgrammeTerms { eligibility: Condition::Any(Vec::new()), ..cold_start() }, "one of no conditions");
    check(ProgrammeTerms { kind: ProgrammeKind::Benchmark, ..cold_start() }, "its rewards are `target`");
    check(ProgrammeTerms { kind: ProgrammeKind::Growth, ..cold_start() }, "nothing on approval");
    let growth = ProgrammeTerms::preset(ProgrammeKind::Growth);
    check(ProgrammeTerms { kind: ProgrammeKind::ColdStart, ..growth }, "its rewards are `broadcasts`");
    let empty = RewardRule::Broadcasts { on_approval: None, tiers: Vec::new(), broadcasts_max: 9 };
    check(ProgrammeTerms { rewards: empty, ..cold_start() }, "`0` lines");
    let RewardRule::Target(rule) = ProgrammeTerms::preset(ProgrammeKind::Benchmark).rewards else { panic!("target") };
    for steps in [vec![], vec![500], vec![0, 1_000], vec![500, 500, 1_000], vec![750, 500, 1_000]] {
        let rewards = RewardRule::Target(TargetRule { steps_permille: steps, ..rule.clone() });
        check(ProgrammeTerms { rewards, ..ProgrammeTerms::preset(ProgrammeKind::Benchmark) }, "do not rise to 1000");
    }
}

#[test]
fn in_10_a_change_holds_from_its_publication_and_not_before() {
    let (first, edition_1) = programme(ProgrammeKind::Growth).published(NOW).unwrap();
    let draft = ProgrammeTerms { coupons_per_month: Some(1), ..first.draft.clone() };
    let edited = first.edited(draft).unwrap();
    let later = NOW.plus_ms(DAY_MS);
    let (second, edition_2) = edited.published(later).unwrap();
    assert_eq!((edition_1.number, edition_2.number, second.edition), (1, 2, 2));
    let editions = [edition_1, edition_2];
    let number = |at: Timestamp| edition_at(&editions, at).map(|edition| edition.number);
    assert_eq!(number(NOW.plus_ms(-1)), None);
    assert_eq!(number(NOW), Some(1));
    assert_eq!(number(later.plus_ms(-1)), Some(1), "what was achieved before is under the old text");
    assert_eq!(number(later), Some(2));
    let cancelled = second.cancelled(later.plus_ms(1)).unwrap();
    assert!(cancelled.was_open(later) && !cancelled.was_open(later.plus_ms(1)));
    assert_eq!(cancelled.published(later).map(drop), Err(ChangeProgrammeError::Cancelled));
}

#[test]
fn in_10_a_published_programme_keeps_its_kind() {
    let benchmark = ProgrammeTerms::preset(ProgrammeKind::Benchmark);
    assert!(programme(ProgrammeKind::Growth).edited(benchmark.clone()).is_ok(), "a draft may become anything");
    let (published, _) = programme(ProgrammeKind::Growth).published(NOW).unwrap();
    assert!(matches!(published.edited(benchmark), Err(ChangeProgrammeError::OtherKind { .. })));
    let never = programme(ProgrammeKind::Growth).cancelled(NOW).map(drop);
    assert_eq!(never, Err(ChangeProgrammeError::NotPublished));
}

fn form(days_ahead: i64, hours: i64, target_yuan: Option<i64>) -> ApplicationForm {
    let starts_at = NOW.plus_ms(days_ahead * DAY_MS);
    ApplicationForm {
        goods: "sourdough, only here".to_owned(),
        broadcasts: vec![PlannedBroadcast { starts_at, length_ms: hours * HOUR_MS }],
        target_gmv_fen: target_yuan.map(|yuan| yuan * 100),
        contact_note: String::new(),
    }
}

#[test]
fn in_08_a_benchmark_is_planned_two_weeks_ahead_for_five_hours_with_a_target() {
    let rules = ProgrammeTerms::preset(ProgrammeKind::Benchmark).application;
    let check = |days, hours, target| form(days, hours, target).check(rules, true, NOW);
    assert_eq!(check(14, 5, Some(1_000_000)), Ok(()));
    assert!(matches!(check(13, 5, Some(1)), Err(FormError::TooSoon { .. })));
    assert!(matches!(check(14, 4, Some(1)), Err(FormError::TooShort { .. })));
    assert_eq!(check(14, 5, None), Err(FormError::BadTarget));
    assert_eq!(check(14, 5, Some(0)), Err(FormError::BadTarget));
    let unnamed = ApplicationForm { goods: " ".to_owned(), ..form(14, 5, Some(1)) };
    assert!(matches!(unnamed.check(rules, true, NOW), Err(FormError::BadText { field: "goods", .. })));
    let twice = ApplicationForm { broadcasts: form(14, 5, None).broadcasts.repeat(2), ..form(14, 5, Some(1)) };
    assert!(matches!(twice.check(rules, true, NOW), Err(FormError::BadBroadcasts { max: 1, .. })));
}

#[test]
fn in_03_a_cold_start_names_the_broadcasts_it_asks_help_for() {
    let rules = ProgrammeTerms::preset(ProgrammeKind::ColdStart).application;
    let check = |form: ApplicationForm| form.check(rules, false, NOW);
    assert_eq!(check(form(0, 1, None)), Ok(()));
    assert_eq!(check(form(1, 1, Some(5))), Err(FormError::BadTarget), "it has no target");
    assert!(matches!(check(form(-1, 1, None)), Err(FormError::TooSoon { .. })));
    let none = ApplicationForm { broadcasts: Vec::new(), ..form(1, 1, None) };
    assert!(matches!(check(none), Err(FormError::BadBroadcasts { broadcasts: 0, .. })));
    let mixed = ApplicationForm { broadcasts: form(1, 1, None).broadcasts.repeat(2), ..form(1, 1, None) };
    assert_eq!(check(mixed), Err(FormError::NotAscending));
}

#[test]
fn in_03_the_answer_is_promised_in_working_days() {
    let calendar = Calendar::mainland();
    let at = |text: &str, days| Day::at(promised_at(&calendar, text.parse::<Day>().unwrap().start(), days).plus_ms(-1));
    // Friday the 20th of November: five working days later is Friday the 27th.
    assert_eq!(at("2026-11-20", 5).to_string(), "2026-11-27");
    assert_eq!(at("2026-11-20", 2).to_string(), "2026-11-24");
}

#[test]
fn in_03_an_application_is_decided_once_by_somebody_else_and_turned_down_with_a_reason() {
    let application = || Application {
        id: APPLICATION,
        tenant: TenantId::new(1),
        programme: IncentiveProgrammeId::new(1),
        edition: 1,
        party: PartyId::new(10),
        form: form(3, 2, None),
        state: ApplicationState::Submitted,
        created_at: NOW,
        promised_at: NOW,
        verdict: None,
        version: 1,
    };
    let verdict = |reviewer: u128, reason: &str| ApplicationVerdict {
        reviewer: PartyId::new(reviewer),
        reason: reason.to_owned(),
        at: NOW,
    };
    let approved = application().decided(true, verdict(20, "")).unwrap();
    assert_eq!(approved.state, ApplicationState::Approved);
    assert_eq!(approved.released_at(NOW), NOW.plus_ms(3 * DAY_MS), "at the broadcast that was agreed on");
    assert_eq!(approved.released_at(NOW.plus_ms(9 * DAY_MS)), NOW.plus_ms(9 * DAY_MS));
    let state = ApplicationState::Approved;
    assert_eq!(approved.decided(false, verdict(20, "x")), Err(DecideApplicationError::WrongState { state }));
    assert_eq!(application().decided(false, verdict(20, "")), Err(DecideApplicationError::NoReason));
    assert_eq!(application().decided(true, verdict(10, "")), Err(DecideApplicationError::OwnApplication));
    assert_eq!(application().withdrawn().unwrap().state, ApplicationState::Withdrawn);
}

#[test]
fn words_are_read_back_by_their_codes() {
    Metric::ALL.iter().for_each(|word| assert_eq!(Metric::from_code(word.code()), Some(*word)));
    Flag::ALL.iter().for_each(|word| assert_eq!(Flag::from_code(word.code()), Some(*word)));
    AbuseReason::ALL.iter().for_each(|word| assert_eq!(AbuseReason::from_code(word.code()), Some(*word)));
    assert_eq!(ProgrammeKind::from_code("nothing"), None);
}
