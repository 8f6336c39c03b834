use super::*;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);

fn request(id: u128, tenant: TenantId, status: u16, key: u128) -> LoggedRequest {
    LoggedRequest {
        id: LoggedRequestId::new(id),
        tenant,
        at: Timestamp::from_ms(i64::try_from(id).unwrap()),
        key: ApiKeyId::new(key),
        method: "POST".to_owned(),
        route: "/v1/boosts".to_owned(),
        path: "/v1/boosts".to_owned(),
        status,
        code: (status >= 400).then(|| "request.invalid".to_owned()),
        duration_us: 70,
        request_id: format!("req-{id}"),
        request_bytes: 2,
        answer_bytes: 3,
        body: (status >= 400).then(|| "{}".to_owned()),
    }
}

#[test]
fn requests_are_kept_found_and_forgotten() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                for (id, status, key) in [(1, 200, 7), (2, 422, 7), (3, 404, 9), (4, 201, 8)] {
                    tx.log_request(&request(id, OURS, status, key))?;
                }
                tx.log_request(&request(5, TenantId::new(2), 500, 7))?;
                let all = RequestLogPage {
                    tenant: OURS,
                    key: None,
                    status: (100, 599),
                    time: (Timestamp::from_ms(0), Timestamp::from_ms(i64::MAX)),
                    before: None,
                    limit: 9,
                };
                let ids = |rows: Vec<LoggedRequest>| rows.iter().map(|row| row.id.value()).collect::<Vec<_>>();
                assert_eq!(tx.logged_requests(RequestLogPage { limit: 1, ..all })?, [request(4, OURS, 201, 8)]);
                assert_eq!(ids(tx.logged_requests(all)?), [4, 3, 2, 1], "nothing of another tenant");
                assert_eq!(ids(tx.logged_requests(RequestLogPage { status: (400, 499), ..all })?), [3, 2]);
                let key = Some(ApiKeyId::new(7));
                assert_eq!(ids(tx.logged_requests(RequestLogPage { key, ..all })?), [2, 1]);
                let time = (Timestamp::from_ms(2), Timestamp::from_ms(4));
                assert_eq!(ids(tx.logged_requests(RequestLogPage { time, ..all })?), [3, 2]);
                let before = Some(LoggedRequestId::new(3));
                assert_eq!(ids(tx.logged_requests(RequestLogPage { before, ..all })?), [2, 1]);
                assert_eq!(tx.trim_logged_requests(OURS, 3)?, 1);
                assert_eq!(tx.trim_logged_requests(OURS, 3)?, 0);
                assert_eq!(ids(tx.logged_requests(all)?), [4, 3, 2], "the oldest makes room");
                assert_eq!(tx.forget_logged_requests(Timestamp::from_ms(4))?, 2);
                assert_eq!(ids(tx.logged_requests(all)?), [4]);
                Ok(())
            })
            .unwrap();
    });
}
