use super::*;

fn appeal() -> Appeal {
    Appeal {
        id: AppealId::new(1),
        tenant: TenantId::new(1),
        party: PartyId::new(10),
        subject: AppealSubject::IncentiveMeasure,
        subject_id: 5,
        first_decider: Some(PartyId::new(20)),
        evidence: AppealEvidence { text: "the refunds were one broken batch".to_owned(), links: Vec::new() },
        state: AppealState::Open,
        created_at: Timestamp::from_ms(0),
        promised_at: Timestamp::from_ms(9),
        answer: None,
        version: 1,
    }
}

fn answer(reviewer: u128, text: &str) -> AppealAnswer {
    AppealAnswer { reviewer: PartyId::new(reviewer), text: text.to_owned(), at: Timestamp::from_ms(3) }
}

#[test]
fn rv_04_a_second_reviewer_decides_with_a_reason() {
    let decide = |grant, reviewer, text| appeal().decided(grant, answer(reviewer, text)).map(|appeal| appeal.state);
    assert_eq!(decide(true, 20, "x"), Err(DecideAppealError::SameReviewer), "the first decider");
    assert_eq!(decide(true, 10, "x"), Err(DecideAppealError::SameReviewer), "the party itself");
    assert_eq!(decide(true, 21, " "), Err(DecideAppealError::NoReason));
    assert_eq!(decide(true, 21, "shown"), Ok(AppealState::Granted));
    assert_eq!(decide(false, 21, "not shown"), Ok(AppealState::Dismissed));
    let rules_decided = Appeal { first_decider: None, ..appeal() };
    assert!(rules_decided.decided(true, answer(20, "x")).is_ok(), "where rules decided first anybody may");
}

#[test]
fn rv_04_an_appeal_is_decided_once() {
    for closed in [AppealState::Granted, AppealState::Dismissed, AppealState::Withdrawn] {
        let wrong = Err(DecideAppealError::WrongState { state: closed });
        let appeal = || Appeal { state: closed, ..appeal() };
        assert_eq!(appeal().decided(true, answer(21, "x")).map(drop), wrong);
        assert_eq!(appeal().withdrawn().map(drop), wrong);
    }
    assert_eq!(appeal().withdrawn().unwrap().state, AppealState::Withdrawn);
}

#[test]
fn rv_04_an_appeal_rests_on_something() {
    let check = |text: &str, links: &[&str]| {
        let links = links.iter().map(|link| (*link).to_owned()).collect();
        AppealEvidence { text: text.to_owned(), links }.check()
    };
    assert_eq!(check("the goods are genuine", &["https://example.org/receipt"]), Ok(()));
    assert!(check("  ", &[]).is_err());
    assert!(check(&"x".repeat(APPEAL_TEXT_BYTES_MAX + 1), &[]).is_err());
    assert!(check("x", &["javascript:alert(1)"]).is_err());
    assert!(check("x", &["https://a b"]).is_err());
    assert!(check("x", &["https://a"; APPEAL_LINKS_MAX + 1]).is_err());
}

#[test]
fn codes_are_read_back() {
    AppealSubject::ALL.iter().for_each(|subject| assert_eq!(AppealSubject::from_code(subject.code()), Some(*subject)));
    AppealState::ALL.iter().for_each(|state| assert_eq!(AppealState::from_code(state.code()), Some(*state)));
}
