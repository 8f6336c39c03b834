use super::*;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const THEIRS: TenantId = TenantId::new(2);
const MAY: PartyId = PartyId::new(11);

fn deed(tenant: TenantId, subject: &str) -> AuditDeed {
    AuditDeed {
        tenant,
        party: MAY,
        at: Timestamp::from_ms(5),
        action: "POST /v1/boosts/{boost}/stop".to_owned(),
        subject: subject.to_owned(),
        content: "{}".to_owned(),
        request: "req-1".to_owned(),
    }
}

#[test]
fn ac_03_entries_are_numbered_and_chained_in_each_tenant() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                assert_eq!(tx.audit_head(OURS)?, (0, [0; 32]));
                for (tenant, subject) in [(OURS, "po_1"), (THEIRS, "po_9"), (OURS, "po_2"), (OURS, "po_1")] {
                    tx.add_audit_entry(&deed(tenant, subject))?;
                }
                let page = |subject: Option<&str>, party, before| AuditPage {
                    subject: subject.map(str::to_owned),
                    party,
                    before,
                    limit: 9,
                };
                let numbers = |rows: Vec<AuditEntry>| rows.iter().map(|row| row.number).collect::<Vec<_>>();
                assert_eq!(numbers(tx.audit_entries(OURS, &page(None, None, None))?), [3, 2, 1]);
                assert_eq!(numbers(tx.audit_entries(OURS, &page(None, None, Some(3)))?), [2, 1]);
                assert_eq!(numbers(tx.audit_entries(OURS, &page(Some("po_1"), None, None))?), [3, 1]);
                assert_eq!(numbers(tx.audit_entries(OURS, &page(None, Some(MAY), None))?), [3, 2, 1]);
                assert_eq!(numbers(tx.audit_entries(THEIRS, &page(Some("po_1"), None, None))?), [0_i64; 0]);
                let mut before = [0; 32];
                for entry in tx.audit_entries_after(OURS, 0, 9)? {
                    assert_eq!(entry.hash, AuditEntry::hash_of(&before, entry.number, &entry.deed));
                    before = entry.hash;
                }
                assert_eq!(tx.audit_head(OURS)?, (3, before));
                let changed = AuditDeed { content: "{\"a\":1}".to_owned(), ..deed(OURS, "po_1") };
                assert_ne!(
                    AuditEntry::hash_of(&before, 1, &changed),
                    AuditEntry::hash_of(&before, 1, &deed(OURS, "po_1"))
                );
                Ok(())
            })
            .unwrap();
    });
}
