use std::fmt::Debug;

use tuiliu_domain::id::{ApiKeyId, PartyId, SessionId, TenantId};
use tuiliu_domain::party::{Role, Scope};
use tuiliu_domain::time::Timestamp;

use super::*;
use crate::error::StoreError;
use crate::store::Store;
use crate::testing::on_both;
use crate::tx::Tx;

const OURS: TenantId = TenantId::new(1);
const THEIRS: TenantId = TenantId::new(2);
const MAY: PartyId = PartyId::new(11);
const JUNE: PartyId = PartyId::new(12);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn write<T: Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    store.write_now(work)
}

fn read<T: Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.read_now(work).unwrap()
}

#[track_caller]
fn is_duplicate<T: Debug>(outcome: Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Duplicate)), "{outcome:?}");
}

#[track_caller]
fn is_conflict<T: Debug>(outcome: Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Conflict { .. })), "{outcome:?}");
}

fn tenant(id: TenantId) -> TenantRow {
    TenantRow { id, name: format!("tenant {}", id.value()), created_at: at(1), version: 1 }
}

fn party(tenant: TenantId, id: PartyId, external_ref: Option<&str>) -> PartyRow {
    PartyRow {
        tenant,
        id,
        kind: Role::Creator,
        display_name: "五月".to_owned(),
        external_ref: external_ref.map(str::to_owned),
        credit_score: 100,
        banned: false,
        banned_by: None,
        created_at: at(1),
        version: 1,
    }
}

fn login(tenant: TenantId, name: &str, party: PartyId) -> LoginRow {
    LoginRow {
        tenant,
        name: name.to_owned(),
        party,
        password_hash: "$argon2id$secret".to_owned(),
        roles: vec![Role::Creator, Role::Merchant],
        created_at: at(1),
        changed_at: at(1),
        version: 1,
    }
}

fn session(tenant: TenantId, id: u128, party: PartyId) -> SessionRow {
    let seed = u8::try_from(id + tenant.value() * 50).unwrap();
    SessionRow {
        tenant,
        id: SessionId::new(id),
        party,
        token_hash: [seed; 32],
        address: "192.0.2.1".to_owned(),
        agent: "a browser".to_owned(),
        created_at: at(10),
        expires_at: at(100),
        last_seen_at: at(10),
        proved_at: at(10),
        revoked_at: None,
    }
}

fn api_key(tenant: TenantId, id: u128) -> ApiKeyRow {
    let seed = u8::try_from(id + tenant.value() * 50).unwrap();
    ApiKeyRow {
        tenant,
        id: ApiKeyId::new(id),
        party: MAY,
        name: "feed".to_owned(),
        kind: ApiKeyKind::Live,
        shown: "sk_live_ab12".to_owned(),
        key_hash: [seed; 32],
        scopes: vec![Scope::DecisionsRead, Scope::EventsWrite],
        created_at: at(1),
        last_used_at: None,
        revoked_at: None,
    }
}

#[test]
fn keeps_tenants_and_counts_the_versions_of_their_policies() {
    on_both(|store| {
        write(&store, |tx| {
            tx.add_tenant(&tenant(OURS), &PolicyRow { version: 1, overrides: "{}".to_owned() })?;
            tx.add_tenant(&tenant(THEIRS), &PolicyRow { version: 1, overrides: "{}".to_owned() })
        })
        .unwrap();
        is_duplicate(write(&store, |tx| {
            tx.add_tenant(&tenant(OURS), &PolicyRow { version: 1, overrides: "{}".to_owned() })
        }));
        assert_eq!(read(&store, |tx| tx.tenant(OURS)), Some(tenant(OURS)));
        assert_eq!(read(&store, |tx| tx.tenant(TenantId::new(3))), None);
        let after = |id: u128| read(&store, move |tx| tx.tenants_after(TenantId::new(id), 10));
        assert_eq!(after(0), [tenant(OURS), tenant(THEIRS)]);
        assert_eq!(after(1), [tenant(THEIRS)]);

        write(&store, |tx| tx.change_tenant_policy(OURS, 1, r#"{"a":1}"#)).unwrap();
        is_conflict(write(&store, |tx| tx.change_tenant_policy(OURS, 1, "{}")));
        let expected = PolicyRow { version: 2, overrides: r#"{"a":1}"#.to_owned() };
        assert_eq!(read(&store, |tx| tx.tenant_policy(OURS)), Some(expected));
        assert_eq!(read(&store, |tx| tx.tenant_policy_version(OURS)), Some(2));
        assert_eq!(read(&store, |tx| tx.tenant_policy_version(THEIRS)), Some(1));
        assert_eq!(read(&store, |tx| tx.tenant_policy(TenantId::new(3))), None);
    });
}

#[test]
fn keeps_parties_apart_by_tenant_and_by_external_reference() {
    on_both(|store| {
        write(&store, |tx| {
            tx.add_party(&party(OURS, MAY, Some("u1")))?;
            tx.add_party(&party(OURS, JUNE, None))?;
            tx.add_party(&party(OURS, PartyId::new(13), None))?;
            tx.add_party(&party(THEIRS, MAY, Some("u1")))
        })
        .unwrap();
        is_duplicate(write(&store, |tx| tx.add_party(&party(OURS, PartyId::new(14), Some("u1")))));

        assert_eq!(read(&store, |tx| tx.party(OURS, MAY)), Some(party(OURS, MAY, Some("u1"))));
        assert_eq!(read(&store, |tx| tx.party(THEIRS, JUNE)), None, "another tenant's party is not there");
        assert_eq!(read(&store, |tx| tx.party_of_external_ref(THEIRS, "u1")), Some(party(THEIRS, MAY, Some("u1"))));
        assert_eq!(read(&store, |tx| tx.party_of_external_ref(OURS, "u2")), None);
        let page = read(&store, |tx| tx.parties_after(OURS, PartyId::new(0), 2));
        assert_eq!(page.iter().map(|row| row.id).collect::<Vec<_>>(), [MAY, JUNE]);
        let rest = read(&store, |tx| tx.parties_after(OURS, JUNE, 2));
        assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), [PartyId::new(13)]);

        let changed = PartyRow {
            display_name: "May".to_owned(),
            credit_score: 59,
            banned: true,
            banned_by: Some(JUNE),
            ..party(OURS, MAY, Some("u1"))
        };
        let saved = changed.clone();
        write(&store, move |tx| tx.save_party(&saved)).unwrap();
        assert_eq!(read(&store, |tx| tx.party(OURS, MAY)), Some(PartyRow { version: 2, ..changed.clone() }));
        is_conflict(write(&store, move |tx| tx.save_party(&changed)));
        assert_eq!(read(&store, |tx| tx.party(THEIRS, MAY)).unwrap().credit_score, 100);
    });
}

#[test]
fn knows_who_acts_for_whom() {
    on_both(|store| {
        let agency = PartyId::new(20);
        let consent = move |tenant, client| Consent { tenant, agency, client };
        write(&store, move |tx| {
            tx.add_consent(consent(OURS, JUNE), at(1))?;
            tx.add_consent(consent(OURS, MAY), at(2))?;
            tx.add_consent(consent(OURS, MAY), at(3))?;
            tx.add_consent(consent(THEIRS, MAY), at(1))
        })
        .unwrap();
        assert_eq!(read(&store, move |tx| tx.clients_of(OURS, agency, 10)), [MAY, JUNE]);
        assert_eq!(read(&store, move |tx| tx.clients_of(OURS, agency, 1)), [MAY]);
        assert_eq!(read(&store, move |tx| tx.clients_of(THEIRS, agency, 10)), [MAY]);
        assert_eq!(read(&store, |tx| tx.agencies_of(OURS, JUNE, 10)), [agency]);
        assert!(write(&store, move |tx| tx.remove_consent(consent(OURS, MAY))).unwrap());
        assert!(!write(&store, move |tx| tx.remove_consent(consent(OURS, MAY))).unwrap());
        assert!(!read(&store, move |tx| tx.has_consent(consent(OURS, MAY))));
        assert!(read(&store, move |tx| tx.has_consent(consent(THEIRS, MAY))));
    });
}

#[test]
fn keeps_logins_and_counts_failures() {
    on_both(|store| {
        write(&store, |tx| {
            tx.add_login(&login(OURS, "may", MAY))?;
            tx.add_login(&login(THEIRS, "may", MAY))
        })
        .unwrap();
        is_duplicate(write(&store, |tx| tx.add_login(&login(OURS, "may", JUNE))));
        is_duplicate(write(&store, |tx| tx.add_login(&login(OURS, "may2", MAY))));
        assert_eq!(read(&store, |tx| tx.login(OURS, "may")), Some(login(OURS, "may", MAY)));
        assert_eq!(read(&store, |tx| tx.login(OURS, "june")), None);
        assert_eq!(read(&store, |tx| tx.login_of_party(OURS, MAY)), Some(login(OURS, "may", MAY)));
        let changed =
            LoginRow { password_hash: "$new".to_owned(), roles: vec![], changed_at: at(5), ..login(OURS, "may", MAY) };
        let saved = changed.clone();
        write(&store, move |tx| tx.save_login(&saved)).unwrap();
        assert_eq!(read(&store, |tx| tx.login(OURS, "may")), Some(LoginRow { version: 2, ..changed.clone() }));
        is_conflict(write(&store, move |tx| tx.save_login(&changed)));
        assert!(!format!("{:?}", login(OURS, "may", MAY)).contains("secret"), "a hash is never logged");

        let attempts = |failures| SignInAttempts { failures, last_at: at(7), retry_at: at(9) };
        write(&store, move |tx| {
            tx.save_sign_in_attempts(OURS, "account:may", attempts(1))?;
            tx.save_sign_in_attempts(OURS, "account:may", attempts(2))?;
            tx.save_sign_in_attempts(THEIRS, "account:may", attempts(3))
        })
        .unwrap();
        assert_eq!(read(&store, |tx| tx.sign_in_attempts(OURS, "account:may")), Some(attempts(2)));
        write(&store, |tx| tx.forget_sign_in_attempts(OURS, "account:may")).unwrap();
        assert_eq!(read(&store, |tx| tx.sign_in_attempts(OURS, "account:may")), None);
        assert_eq!(write(&store, |tx| tx.forget_old_sign_in_attempts(at(9))).unwrap(), 0, "still refused until then");
        assert_eq!(write(&store, |tx| tx.forget_old_sign_in_attempts(at(10))).unwrap(), 1);
        assert_eq!(read(&store, |tx| tx.sign_in_attempts(THEIRS, "account:may")), None);
    });
}

#[test]
fn opens_lists_and_ends_sessions() {
    on_both(|store| {
        write(&store, |tx| {
            tx.add_session(&session(OURS, 1, MAY))?;
            tx.add_session(&session(OURS, 2, MAY))?;
            tx.add_session(&session(OURS, 3, JUNE))?;
            tx.add_session(&session(THEIRS, 1, MAY))
        })
        .unwrap();
        is_duplicate(write(&store, |tx| tx.add_session(&SessionRow { token_hash: [51; 32], ..session(OURS, 4, MAY) })));
        assert_eq!(read(&store, |tx| tx.session_of_token(&[101; 32])), Some(session(THEIRS, 1, MAY)));
        assert_eq!(read(&store, |tx| tx.session_of_token(&[0; 32])), None);
        assert_eq!(read(&store, |tx| tx.session(THEIRS, SessionId::new(2))), None);
        let open = |now| {
            let rows = read(&store, move |tx| tx.open_sessions(OURS, MAY, at(now), 10));
            rows.iter().map(|row| row.id.value()).collect::<Vec<_>>()
        };
        assert_eq!(open(99), [2, 1]);
        assert!(open(100).is_empty(), "expired");

        write(&store, |tx| {
            tx.see_session(OURS, SessionId::new(1), at(20))?;
            tx.see_session(OURS, SessionId::new(1), at(15))?;
            tx.prove_session(OURS, SessionId::new(1), at(21))
        })
        .unwrap();
        let seen = read(&store, |tx| tx.session(OURS, SessionId::new(1))).unwrap();
        assert_eq!((seen.last_seen_at, seen.proved_at), (at(20), at(21)));

        assert!(!write(&store, |tx| tx.revoke_session(THEIRS, SessionId::new(2), at(30))).unwrap(), "not theirs");
        assert!(write(&store, |tx| tx.revoke_session(OURS, SessionId::new(2), at(30))).unwrap());
        assert!(!write(&store, |tx| tx.revoke_session(OURS, SessionId::new(2), at(31))).unwrap());
        assert_eq!(open(50), [1]);
        is_conflict(write(&store, |tx| tx.prove_session(OURS, SessionId::new(2), at(31))));
        write(&store, |tx| tx.add_session(&session(OURS, 5, MAY))).unwrap();
        let ended = write(&store, |tx| tx.revoke_sessions_except(OURS, MAY, SessionId::new(5), at(32))).unwrap();
        assert_eq!(ended, [SessionId::new(1)]);
        assert_eq!(open(50), [5]);
        assert_eq!(write(&store, |tx| tx.remove_old_sessions(at(101))).unwrap(), 5);
        assert_eq!(read(&store, |tx| tx.session_of_token(&[101; 32])), None);
    });
}

#[test]
fn keeps_keys_as_hashes_and_ends_them() {
    on_both(|store| {
        write(&store, |tx| {
            tx.add_api_key(&api_key(OURS, 1))?;
            tx.add_api_key(&api_key(OURS, 2))?;
            tx.add_api_key(&api_key(THEIRS, 1))
        })
        .unwrap();
        is_duplicate(write(&store, |tx| tx.add_api_key(&ApiKeyRow { key_hash: [51; 32], ..api_key(OURS, 3) })));
        assert_eq!(read(&store, |tx| tx.api_key_of_hash(&[101; 32])), Some(api_key(THEIRS, 1)));
        assert_eq!(read(&store, |tx| tx.api_key_of_hash(&[1; 32])), None);
        assert_eq!(read(&store, |tx| tx.api_key(OURS, ApiKeyId::new(2))), Some(api_key(OURS, 2)));
        assert_eq!(read(&store, |tx| tx.api_key(THEIRS, ApiKeyId::new(2))), None);
        let listed = read(&store, |tx| tx.api_keys_after(OURS, ApiKeyId::new(1), 10));
        assert_eq!(listed, [api_key(OURS, 2)]);

        write(&store, |tx| {
            tx.use_api_key(OURS, ApiKeyId::new(1), at(20))?;
            tx.use_api_key(OURS, ApiKeyId::new(1), at(15))
        })
        .unwrap();
        assert_eq!(read(&store, |tx| tx.api_key(OURS, ApiKeyId::new(1))).unwrap().last_used_at, Some(at(20)));
        assert_eq!(read(&store, |tx| tx.open_api_keys(OURS)), 2);
        assert!(!write(&store, |tx| tx.revoke_api_key(THEIRS, ApiKeyId::new(2), at(30))).unwrap(), "not theirs");
        assert!(write(&store, |tx| tx.revoke_api_key(OURS, ApiKeyId::new(2), at(30))).unwrap());
        assert!(!write(&store, |tx| tx.revoke_api_key(OURS, ApiKeyId::new(2), at(31))).unwrap());
        assert_eq!(read(&store, |tx| tx.open_api_keys(OURS)), 1);
        assert_eq!(read(&store, |tx| tx.api_key_of_hash(&[52; 32])).unwrap().revoked_at, Some(at(30)));
    });
}
