//! What happened to guarantees.

use serde_json::{Value, json};
use tuiliu_domain::calendar::Promise;
use tuiliu_domain::event::Event;
use tuiliu_domain::money::{Amount, Asset};

use super::{money, time_text};

pub(super) fn guarantee_body(event: &Event) -> Option<Value> {
    Some(match event {
        Event::GuaranteePlaced { service, order, buyer, creator, fee, expected_plays, lapses_at } => json!({
            "service": service.to_string(), "order": order.to_string(), "buyer": buyer.to_string(),
            "creator": creator.to_string(), "fee": money(*fee, Asset::Cny), "expected_plays": expected_plays,
            "lapses_at": time_text(*lapses_at),
        }),
        Event::GuaranteeStarted { service, video, published_at, ends_at } => json!({
            "service": service.to_string(), "video": video.to_string(), "published_at": time_text(*published_at),
            "ends_at": time_text(*ends_at),
        }),
        Event::GuaranteeFrozen { service, cause } => json!({ "service": service.to_string(), "cause": cause.code() }),
        Event::GuaranteeDecided { service, decision } => {
            json!({ "service": service.to_string(), "decision": decision.code() })
        }
        Event::GuaranteeSucceeded { service, plays } => json!({ "service": service.to_string(), "plays": plays }),
        Event::GuaranteeCompensated { service, plays, compensation, promised } => json!({
            "service": service.to_string(), "plays": plays, "refund": refund(*compensation, *promised),
        }),
        Event::GuaranteeLapsed { service, refund: amount, promised }
        | Event::GuaranteeVoided { service, refund: amount, promised } => {
            json!({ "service": service.to_string(), "refund": refund(*amount, *promised) })
        }
        Event::GuaranteeRefunded { service, buyer, amount } => json!({
            "service": service.to_string(), "buyer": buyer.to_string(), "refunded": money(*amount, Asset::Cny),
        }),
        _ => return None,
    })
}

fn refund(amount: Amount, promised: Promise) -> Value {
    json!({
        "amount": money(amount, Asset::Cny), "promised_by": promised.day.to_string(),
        "calendar": promised.certainty.code(),
    })
}
