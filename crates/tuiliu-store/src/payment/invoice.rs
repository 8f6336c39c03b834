//! What orders used up of payments.

use tuiliu_domain::id::{PartyId, TenantId};
use tuiliu_domain::money::Asset;
use tuiliu_domain::time::Timestamp;
use tuiliu_domain::wallet::{PaidUse, paid_account};

use crate::error::StoreError;
use crate::row::Row;
use crate::statement::statements;
use crate::tx::Tx;

statements! {
    USES: "select p.id, p.price_fen, p.amount,
            cast(sum(h.captured - coalesce(
                (select sum(c.amount) from order_credit c where c.order_id = o.id and c.hold_id = h.id), 0
            )) as bigint)
        from promotion_order o
            join ledger_hold h on h.order_id = o.id
            join ledger_lot l on l.id = h.lot_id
            join payment p on p.id = l.origin_id
        where o.tenant_id = $1 and o.payer_id = $2 and o.ended_at >= $3 and o.ended_at < $4
            and l.origin = 'payment' and l.account in ($5, $6)
        group by p.id, p.price_fen, p.amount order by p.id";
}

impl Tx<'_> {
    /// What of each payment the payer's orders used up that came to their end from one instant to before another; less
    /// what was credited since.
    pub fn paid_uses(
        &mut self,
        tenant: TenantId,
        payer: PartyId,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<PaidUse>, StoreError> {
        let (beans, money) = (paid_account(payer, Asset::Bean), paid_account(payer, Asset::Cny));
        let values = [tenant.into(), payer.into(), from.into(), to.into(), beans.into(), money.into()];
        let read = |row: &Row| {
            let (payment, price, bought, used) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(PaidUse { payment, price, bought, used })
        };
        self.query(USES, &values)?.iter().map(read).collect()
    }
}
