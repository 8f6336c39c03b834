use std::collections::BTreeSet;

use expect_test::expect;

use super::*;

fn actor(roles: &[Role]) -> Actor {
    Actor {
        tenant: TenantId::new(1),
        party: PartyId::new(10),
        roles: roles.to_vec(),
        scopes: Vec::new(),
        clients: Vec::new(),
    }
}

fn owned_by(party: u128) -> Owned {
    Owned { tenant: TenantId::new(1), owner: PartyId::new(party), co_owner: None }
}

/// The whole table as a merchant could read it: `o` their own, `c` also of those who agreed, `t` the tenant's.
#[test]
fn ac_01_the_table_says_who_may_do_what() {
    let mut table = String::from("cr me ad ag op re fi su in\n");
    for action in Action::ALL {
        for role in Role::ALL {
            let of = |relation| may(*role, *action, relation);
            let letter = match (of(Relation::Own), of(Relation::Consented), of(Relation::SameTenant)) {
                (false, false, false) => '.',
                (true, false, false) => 'o',
                (true, true, false) => 'c',
                (true, true, true) => 't',
                other => panic!("further must include nearer: {other:?}"),
            };
            table.push(letter);
            table.push_str("  ");
        }
        table.push_str(&format!("{} [{}]\n", action.code(), action.scope()));
    }
    expect![[r#"
        cr me ad ag op re fi su in
        o  o  o  c  t  .  .  t  t  order.estimate [boosts:read]
        o  o  o  c  .  .  .  .  t  order.place [boosts:write]
        o  o  o  c  .  .  .  .  t  order.pay [boosts:write]
        o  o  o  c  t  .  .  .  t  order.cancel [boosts:write]
        o  o  o  c  t  .  .  .  t  order.stop [boosts:write]
        o  o  o  c  .  .  .  .  t  order.top_up [boosts:write]
        o  o  o  c  .  .  .  .  t  order.again [boosts:write]
        o  o  o  c  t  t  t  t  t  order.read [boosts:read]
        o  o  o  c  t  .  t  t  t  order.read_delivery_ledger [boosts:read]
        .  .  .  .  t  .  .  .  t  decision.explain [decisions:read]
        o  o  o  c  t  .  t  t  t  coupon.read [coupons:read]
        o  o  o  .  .  .  .  .  t  coupon.split [coupons:write]
        .  .  .  .  t  .  .  .  t  coupon.grant [coupons:write]
        .  .  .  .  t  .  t  .  .  coupon.recall [coupons:write]
        o  o  o  c  t  .  t  t  t  wallet.read [wallet:read]
        o  o  o  o  .  .  .  .  t  wallet.top_up [wallet:write]
        o  o  o  o  .  .  t  .  t  wallet.refund [wallet:write]
        .  .  .  .  t  .  t  .  .  wallet.refund_unspent [wallet:write]
        o  o  o  o  .  .  .  .  t  wallet.withdraw [wallet:write]
        .  .  .  .  t  .  t  .  .  wallet.decide_withdrawal [wallet:write]
        .  .  .  .  t  .  t  .  .  wallet.match_bank_transfer [wallet:write]
        .  .  .  .  t  .  t  .  t  wallet.give_beans [wallet:write]
        .  .  .  .  t  .  t  .  .  wallet.freeze [wallet:write]
        .  .  .  .  .  .  t  .  .  wallet.correct [wallet:write]
        o  o  o  o  .  .  t  .  t  wallet.export_statement [wallet:read]
        .  .  .  .  t  .  t  .  .  ledger.audit [wallet:read]
        o  o  .  .  .  .  .  .  t  room.plan [rooms:write]
        .  .  .  .  .  .  .  .  t  room.record_fact [rooms:write]
        o  o  t  c  t  t  t  t  t  room.read [rooms:read]
        o  o  .  .  .  .  .  .  t  video.tell [rooms:write]
        o  o  t  c  t  t  t  t  t  video.read [rooms:read]
        o  o  o  c  t  t  .  t  t  review.read [reviews:read]
        .  .  .  .  .  t  .  .  t  review.judge [reviews:write]
        t  t  .  t  t  t  t  t  t  incentive.read_programme [incentives:read]
        .  .  .  .  t  .  .  .  .  incentive.manage_programme [incentives:write]
        o  o  .  .  .  .  .  .  t  incentive.apply [incentives:write]
        .  .  .  .  t  t  .  .  .  incentive.review_application [incentives:write]
        o  o  .  c  t  t  t  t  t  incentive.read [incentives:read]
        .  .  .  .  .  .  .  .  t  incentive.report_facts [incentives:write]
        .  .  .  .  t  .  .  .  .  incentive.read_linkage [incentives:read]
        .  .  .  .  t  .  .  .  .  incentive.take_measure [incentives:write]
        .  t  t  t  t  .  .  t  t  guarantee.quote [guarantees:read]
        .  o  o  c  .  .  .  .  t  guarantee.place [guarantees:write]
        o  o  o  c  t  .  t  t  t  guarantee.read [guarantees:read]
        .  .  .  .  t  .  .  .  .  guarantee.decide [guarantees:write]
        .  .  .  .  t  .  t  .  .  guarantee.read_book [guarantees:read]
        .  .  .  .  .  .  .  .  t  video.report [guarantees:write]
        o  o  o  .  .  .  .  .  t  appeal.file [reviews:write]
        o  o  o  c  t  t  .  t  t  appeal.read [reviews:read]
        .  .  .  .  t  t  .  .  .  appeal.decide [reviews:write]
        o  o  o  o  o  .  .  t  t  message.read [parties:read]
        o  o  o  o  o  .  .  .  .  message.mark [parties:write]
        .  .  .  .  .  .  .  .  t  decision.make [decisions:read]
        .  .  .  .  .  .  .  .  t  event.report [events:write]
        .  .  .  .  t  .  .  t  t  event.read_refused [decisions:read]
        .  .  .  .  t  .  .  .  t  event.replay [decisions:read]
        .  .  .  .  t  .  .  t  t  webhook.read [webhooks:read]
        .  .  .  .  t  .  .  .  t  webhook.manage [webhooks:write]
        .  .  .  .  t  .  .  t  t  webhook.replay [webhooks:write]
        .  .  .  .  t  .  .  t  t  request_log.read [webhooks:read]
        t  t  t  t  t  t  t  t  t  traffic.read_rules [boosts:read]
        t  t  t  t  t  t  t  t  t  policy.read [policies:read]
        .  .  .  .  t  .  .  .  .  policy.change [policies:write]
        o  o  o  c  t  t  t  t  t  party.read [parties:read]
        .  .  .  .  t  .  .  .  t  party.register [parties:write]
        o  o  o  .  .  .  .  .  .  party.consent_to_agency [parties:write]
        .  .  .  .  t  .  t  .  .  party.qualify_company [parties:write]
        .  .  .  .  t  .  .  .  .  staff.manage [parties:write]
        .  .  .  .  t  .  .  .  .  api_key.manage [parties:write]
        .  .  .  .  t  .  t  .  .  audit_log.read [parties:read]
    "#]]
    .assert_eq(&table);
}

#[test]
fn ac_01_nobody_may_do_anything_in_another_tenant() {
    let theirs = Owned { tenant: TenantId::new(2), ..owned_by(10) };
    let everybody = Actor { scopes: Scope::ALL.to_vec(), clients: vec![PartyId::new(10)], ..actor(Role::ALL) };
    for action in Action::ALL {
        assert_eq!(everybody.may(*action, &theirs), Err(Forbidden::NotFound));
        for role in Role::ALL {
            assert!(!may(*role, *action, Relation::OtherTenant));
        }
    }
}

#[test]
fn ac_01_nobody_may_do_anything_without_a_role() {
    for action in Action::ALL {
        assert_eq!(actor(&[]).may(*action, &owned_by(10)), Err(Forbidden::NotAllowed { action: *action }));
        assert_eq!(actor(&[]).reach(*action), None);
    }
}

#[test]
fn ac_01_every_action_has_one_line_and_somebody_who_may() {
    let actions: BTreeSet<Action> = PERMISSIONS.iter().map(|line| line.0).collect();
    assert_eq!(actions.len(), PERMISSIONS.len());
    assert_eq!(actions.into_iter().collect::<Vec<_>>(), Action::ALL);
    for (action, _, roles) in PERMISSIONS {
        assert!(!roles.is_empty(), "{action:?}");
        let distinct: BTreeSet<Role> = roles.iter().map(|(role, _)| *role).collect();
        assert_eq!(distinct.len(), roles.len(), "{action:?} names a role twice");
    }
    let codes: BTreeSet<&str> = Action::ALL.iter().map(|action| action.code()).collect();
    assert_eq!(codes.len(), Action::ALL.len());
}

#[test]
fn ac_01_an_agency_acts_for_those_who_agreed() {
    let agency = Actor { clients: vec![PartyId::new(20)], ..actor(&[Role::Agency]) };
    assert_eq!(agency.may(Action::PlaceOrder, &owned_by(20)), Ok(()));
    let refused = Err(Forbidden::NotAllowed { action: Action::PlaceOrder });
    assert_eq!(agency.may(Action::PlaceOrder, &owned_by(21)), refused);
    assert_eq!(
        agency.may(Action::TopUpWallet, &owned_by(20)),
        Err(Forbidden::NotAllowed { action: Action::TopUpWallet }),
        "consent does not reach a client's money"
    );
    let creator = Actor { clients: vec![PartyId::new(20)], ..actor(&[Role::Creator]) };
    assert_eq!(creator.may(Action::PlaceOrder, &owned_by(20)), refused, "only an agency acts for others");
}

#[test]
fn ac_01_what_two_own_is_own_to_both() {
    let order = Owned { co_owner: Some(PartyId::new(10)), ..owned_by(30) };
    assert_eq!(actor(&[Role::Creator]).may(Action::ReadOrder, &order), Ok(()));
    assert!(actor(&[Role::Creator]).may(Action::ReadOrder, &owned_by(30)).is_err());
}

#[test]
fn ac_01_a_key_needs_the_scope() {
    let key = |scopes: &[Scope]| Actor { scopes: scopes.to_vec(), ..actor(&[Role::Integrator]) };
    assert_eq!(key(&[Scope::EventsWrite]).may(Action::ReportEvents, &owned_by(1)), Ok(()));
    assert_eq!(
        key(&[Scope::EventsWrite]).may(Action::Decide, &owned_by(1)),
        Err(Forbidden::ScopeMissing { action: Action::Decide, scope: Scope::DecisionsRead })
    );
    assert_eq!(
        key(Scope::ALL).may(Action::ChangePolicy, &owned_by(1)),
        Err(Forbidden::NotAllowed { action: Action::ChangePolicy }),
        "no scope makes a machine an operator"
    );
    let person = Actor { scopes: Scope::ALL.to_vec(), ..actor(&[Role::Creator]) };
    assert!(person.may(Action::ReportEvents, &owned_by(10)).is_err(), "scopes are nothing to a person");
    assert_eq!(key(&[]).reach(Action::ReadOrder), None);
    assert_eq!(key(&[Scope::BoostsRead]).reach(Action::ReadOrder), Some(Reach::Tenant));
}

#[test]
fn a_person_of_two_roles_reaches_as_far_as_either() {
    let both = actor(&[Role::Creator, Role::Finance]);
    assert_eq!(both.reach(Action::ReadOrder), Some(Reach::Tenant));
    assert_eq!(both.reach(Action::PlaceOrder), Some(Reach::Own));
}

#[test]
fn codes_are_read_back() {
    for role in Role::ALL {
        assert_eq!(Role::from_code(role.code()), Some(*role));
    }
    for scope in Scope::ALL {
        assert_eq!(Scope::from_code(scope.code()), Some(*scope));
    }
}
