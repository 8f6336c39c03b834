use tuiliu_domain::id::{PartyId, TenantId, WebhookAttemptId, WebhookDeliveryId, WebhookEndpointId};
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::webhook::{
    DeliveryState, DisabledBy, EndpointState, EndpointUrl, WebhookDelivery, WebhookEndpoint, WebhookEventType,
};

use super::*;
use crate::error::StoreError;
use crate::outbox::Notice;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const THEIRS: TenantId = TenantId::new(2);
const NOW: Timestamp = Timestamp::from_ms(1_000);

fn endpoint(id: u128, tenant: TenantId) -> WebhookEndpoint {
    WebhookEndpoint {
        id: WebhookEndpointId::new(id),
        tenant,
        created_by: PartyId::new(3),
        url: EndpointUrl::kept("https://host.example/hooks".to_owned()),
        description: "orders".to_owned(),
        event_types: vec![WebhookEventType::BoostSettled, WebhookEventType::RoomLive],
        state: EndpointState::Enabled { failing_since: None },
        quiet_until: None,
        secret_number: 1,
        overlap_until: None,
        created_at: NOW,
        version: 1,
    }
}

fn delivery(id: u128, endpoint: u128, due_ms: i64) -> WebhookDelivery {
    WebhookDelivery {
        id: WebhookDeliveryId::new(id),
        tenant: OURS,
        endpoint: WebhookEndpointId::new(endpoint),
        event_type: WebhookEventType::BoostSettled,
        body: "{}".to_owned(),
        created_at: NOW,
        attempts: 0,
        state: DeliveryState::Pending { due_at: Timestamp::from_ms(due_ms) },
    }
}

#[test]
fn endpoints_are_kept_changed_and_forgotten_with_what_was_sent() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                let one = endpoint(1, OURS);
                for endpoint in [&one, &endpoint(2, OURS), &endpoint(3, THEIRS)] {
                    tx.add_webhook_endpoint(endpoint)?;
                }
                assert_eq!(tx.webhook_endpoint(OURS, one.id)?, Some(one.clone()));
                assert_eq!(tx.webhook_endpoint(THEIRS, one.id)?, None, "another tenant's is not there");
                let of_ours = tx.webhook_endpoints(OURS, (None, 9))?;
                assert_eq!(of_ours, [one.clone(), endpoint(2, OURS)]);
                assert_eq!(tx.webhook_endpoints(OURS, (Some(one.id), 9))?.len(), 1);
                let changed = WebhookEndpoint {
                    event_types: Vec::new(),
                    state: EndpointState::Disabled { at: NOW, by: DisabledBy::Gone },
                    quiet_until: Some(NOW),
                    secret_number: 2,
                    overlap_until: Some(NOW),
                    ..one.clone()
                };
                tx.update_webhook_endpoint(&changed)?;
                assert_eq!(tx.webhook_endpoint(OURS, one.id)?, Some(WebhookEndpoint { version: 2, ..changed.clone() }));
                assert!(matches!(tx.update_webhook_endpoint(&changed), Err(StoreError::Conflict { .. })));
                tx.add_webhook_delivery(&delivery(5, 1, 0), None)?;
                assert!(!tx.delete_webhook_endpoint(THEIRS, one.id)?);
                assert!(tx.delete_webhook_endpoint(OURS, one.id)?);
                assert_eq!(tx.webhook_endpoint(OURS, one.id)?, None);
                assert_eq!(tx.webhook_delivery(OURS, WebhookDeliveryId::new(5))?, None);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn deliveries_are_due_to_endpoints_that_are_on_and_not_left_alone() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                let off = EndpointState::Disabled { at: NOW, by: DisabledBy::Request };
                let quiet = |ms| Some(Timestamp::from_ms(ms));
                tx.add_webhook_endpoint(&endpoint(1, OURS))?;
                tx.add_webhook_endpoint(&WebhookEndpoint { state: off, ..endpoint(2, OURS) })?;
                tx.add_webhook_endpoint(&WebhookEndpoint { quiet_until: quiet(1_001), ..endpoint(3, OURS) })?;
                tx.add_webhook_endpoint(&WebhookEndpoint { quiet_until: quiet(1_000), ..endpoint(4, OURS) })?;
                tx.add_webhook_endpoint(&endpoint(5, OURS))?;
                for (id, of, due_ms) in [(11, 1, 900), (12, 1, 1_000), (13, 1, 1_001), (14, 2, 0), (15, 3, 0)] {
                    tx.add_webhook_delivery(&delivery(id, of, due_ms), Some(i64::try_from(id).unwrap()))?;
                }
                tx.add_webhook_delivery(&delivery(16, 4, 0), None)?;
                tx.add_webhook_delivery(&delivery(17, 5, 2_000), None)?;
                let due: Vec<u128> = tx.due_webhook_endpoints(NOW)?.iter().map(|one| one.id.value()).collect();
                assert_eq!(due, [1, 4]);
                let first = WebhookEndpointId::new(1);
                let rows = tx.due_webhook_deliveries(first, NOW, 9)?;
                assert_eq!(rows, [delivery(11, 1, 900), delivery(12, 1, 1_000)]);
                let done =
                    WebhookDelivery { attempts: 1, state: DeliveryState::Delivered { at: NOW }, ..rows[0].clone() };
                tx.update_webhook_delivery(&done)?;
                assert_eq!(tx.due_webhook_deliveries(first, NOW, 9)?, [delivery(12, 1, 1_000)]);
                assert_eq!(tx.webhook_delivery(OURS, done.id)?, Some(done.clone()));
                assert_eq!(tx.webhook_delivery(THEIRS, done.id)?, None);
                assert_eq!(tx.webhook_delivery_of(first, 11)?, Some(done.clone()));
                assert_eq!(tx.webhook_delivery_of(first, 14)?, None, "it is another endpoint's");
                let page = DeliveryPage { endpoint: first, state: None, before: None, limit: 2 };
                assert_eq!(tx.webhook_deliveries(page)?, [delivery(13, 1, 1_001), delivery(12, 1, 1_000)]);
                let page = DeliveryPage { state: Some("delivered"), ..page };
                assert_eq!(tx.webhook_deliveries(page)?, [done]);
                assert_eq!(tx.forget_webhook_deliveries(NOW)?, 0);
                assert_eq!(tx.forget_webhook_deliveries(NOW.plus_ms(1))?, 7);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn a_notice_is_queued_once_for_an_endpoint() {
    on_both(|store| {
        let twice = store.write_now::<_, StoreError>(|tx| {
            tx.add_webhook_delivery(&delivery(1, 1, 0), Some(7))?;
            tx.add_webhook_delivery(&delivery(2, 2, 0), Some(7))?;
            tx.add_webhook_delivery(&delivery(3, 1, 0), Some(7))
        });
        assert!(twice.is_err());
    });
}

#[test]
fn the_outbox_is_read_once_from_where_it_was() {
    on_both(|store| {
        let notice = |tenant, ms| Notice {
            tenant,
            name: "room.live".to_owned(),
            subject: "room_1".to_owned(),
            body: "{}".to_owned(),
            at: Timestamp::from_ms(ms),
        };
        store
            .write_now::<_, StoreError>(move |tx| {
                assert_eq!(tx.notices_told()?, 0);
                for (of, ms) in [(OURS, 1), (THEIRS, 2), (OURS, 3), (OURS, 3), (OURS, 9)] {
                    tx.tell(notice(of, ms));
                }
                Ok(())
            })
            .unwrap();
        store
            .write_now::<_, StoreError>(|tx| {
                let seqs = |rows: Vec<(i64, Notice)>| rows.into_iter().map(|(seq, _)| seq).collect::<Vec<_>>();
                assert_eq!(seqs(tx.notices_since(OURS, Timestamp::from_ms(3), (5, 9))?), [3, 4, 5]);
                assert_eq!(seqs(tx.notices_since(OURS, Timestamp::from_ms(2), (4, 9))?), [3, 4]);
                assert_eq!(seqs(tx.notices_since(THEIRS, Timestamp::from_ms(0), (5, 9))?), [2]);
                tx.tell_notices((0, 5))?;
                assert_eq!(tx.notices_told()?, 5);
                assert!(tx.tell_notices((0, 6)).is_err(), "somebody else told them");
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn attempts_are_kept_newest_first_and_forgotten() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                let attempt = |id: u128, status: Option<u16>| WebhookAttemptRow {
                    id: WebhookAttemptId::new(id),
                    delivery: WebhookDeliveryId::new(1),
                    at: NOW.plus_ms(i64::try_from(id).unwrap()),
                    status,
                    fault: status.is_none().then(|| "refused".to_owned()),
                    duration_ms: 12,
                    signatures: "v1,abc v1,def".to_owned(),
                    answer: "ok".to_owned(),
                };
                tx.add_webhook_attempt(&attempt(1, None))?;
                tx.add_webhook_attempt(&attempt(2, Some(200)))?;
                let of = WebhookDeliveryId::new(1);
                assert_eq!(tx.webhook_attempts(of, 9)?, [attempt(2, Some(200)), attempt(1, None)]);
                assert_eq!(tx.webhook_attempts(WebhookDeliveryId::new(2), 9)?, []);
                assert_eq!(tx.forget_webhook_attempts(NOW.plus_ms(2))?, 1);
                assert_eq!(tx.webhook_attempts(of, 9)?, [attempt(2, Some(200))]);
                Ok(())
            })
            .unwrap();
    });
}
