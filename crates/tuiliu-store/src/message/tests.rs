use super::*;
use crate::testing::on_both;

const OURS: TenantId = TenantId::new(1);
const MAY: PartyId = PartyId::new(11);

fn message(id: u128, party: PartyId) -> MessageRow {
    MessageRow {
        id: MessageId::new(id),
        tenant: OURS,
        party,
        topic: MessageTopic::RewardIssued,
        body: r#"{"points":500}"#.to_owned(),
        created_at: Timestamp::from_ms(5),
        read_at: None,
    }
}

#[test]
fn messages_are_kept_counted_and_read() {
    on_both(|store| {
        store
            .write_now::<_, StoreError>(|tx| {
                let at = Timestamp::from_ms(9);
                for (id, party) in [(1, MAY), (2, MAY), (3, PartyId::new(12)), (4, MAY)] {
                    tx.add_message(&message(id, party))?;
                }
                let ids = |rows: Vec<MessageRow>| rows.iter().map(|row| row.id.value()).collect::<Vec<_>>();
                assert_eq!(ids(tx.messages((OURS, MAY), false, (None, 9))?), [4, 2, 1]);
                assert_eq!(ids(tx.messages((OURS, MAY), false, (Some(MessageId::new(4)), 1))?), [2]);
                assert_eq!(tx.unread_messages(OURS, MAY)?, 3);
                tx.read_message((OURS, MAY), MessageId::new(2), at)?;
                tx.read_message((OURS, MAY), MessageId::new(2), Timestamp::from_ms(99))?;
                tx.read_message((OURS, MAY), MessageId::new(3), at)?;
                let read = MessageRow { read_at: Some(at), ..message(2, MAY) };
                assert_eq!(tx.message(OURS, MessageId::new(2))?, Some(read), "read once");
                assert_eq!(tx.message(TenantId::new(2), MessageId::new(2))?, None);
                assert_eq!(tx.unread_messages(OURS, PartyId::new(12))?, 1, "nobody reads another's");
                assert_eq!(ids(tx.messages((OURS, MAY), true, (None, 9))?), [4, 1]);
                assert_eq!(tx.read_messages_to((OURS, MAY), MessageId::new(3), at)?, 1);
                assert_eq!(tx.unread_messages(OURS, MAY)?, 1, "what came later is not read");
                Ok(())
            })
            .unwrap();
    });
}
