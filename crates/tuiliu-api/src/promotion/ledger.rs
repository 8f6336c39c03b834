//! The itemised delivery ledger: one row per charged event, nobody's data in it (TP-31).

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Serialize;
use tuiliu_app::App;
use tuiliu_app::promotion::DeliveryLedger;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::{Asset, Micros};
use tuiliu_domain::party::Actor;
use tuiliu_domain::promotion::PromotionOrder;
use tuiliu_domain::time::Timestamp;
use utoipa::ToSchema;

use super::money::{CostView, decimal};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::Path;
use crate::problem::Problem;
use crate::report::TOTAL_ROWS;
use crate::request_id::Language;
use crate::views::{DecisionIdView, PromotionOrderIdView, TimeView};

/// Rows read at once for a file.
const FILE_PAGE: u32 = 1_000;
/// Tells spreadsheets that the text is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// One charged event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryCharge)]
pub(crate) struct ChargeView {
    /// Counts from 1 in each order, without gaps.
    number: i64,
    at: TimeView,
    /// What happened: `watch`, `comment`, `follow`, `product_click`, `purchase_paid`, `profile_visit`, `like`, …
    kind: &'static str,
    price: CostView,
    /// What the budget could not pay any more; the platform's.
    absorbed: CostView,
    spent_after: CostView,
    /// What was left of the budget as it was then.
    balance_after: CostView,
    decision_id: DecisionIdView,
}

/// A page of charged events, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryLedgerList {
    data: Vec<ChargeView>,
    next_cursor: Option<String>,
    has_more: bool,
}

/// Lists the charged events of an order. With `Accept: text/csv` it is one file of all of them, UTF-8 with a byte order
/// mark, its head in the reader's language, and `X-Total-Rows` tells how many rows to expect.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/delivery_ledger", tag = "boosts",
    params(("boost" = PromotionOrderIdView, Path), PageQuery),
    responses((status = 200, content(
        (DeliveryLedgerList = "application/json"),
        (String = "text/csv"),
    )))
)]
pub(super) async fn read_delivery_ledger(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    page: Page,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let actor = caller.0.actor.clone();
    if wants_file(&headers) {
        return file(api.app().clone(), actor, boost.0.0, Language::read(&headers)).await;
    }
    let after = page.after_number()?.unwrap_or(0);
    let ledger = api.app().delivery_ledger_of(actor, boost.0.0, after, page.limit_wanted()).await?;
    let DeliveryLedger { order, charges, .. } = ledger;
    let cost = |cost: Micros| CostView::new(cost, order.currency());
    let Cut { rows, next_cursor, has_more } = page.cut(charges, |charge| Cursor::of_number(charge.number));
    let data = rows.iter().map(|charge| ChargeView {
        number: charge.number,
        at: charge.at.into(),
        kind: charge.kind,
        price: cost(charge.price),
        absorbed: cost(charge.absorbed),
        spent_after: cost(charge.spent_after),
        balance_after: cost(balance(&order, charge.at, charge.spent_after)),
        decision_id: charge.decision.into(),
    });
    Ok(Json(DeliveryLedgerList { data: data.collect(), next_cursor, has_more }).into_response())
}

fn wants_file(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/csv")))
}

/// What was left of the budget with the top-ups that had been paid by then.
fn balance(order: &PromotionOrder, at: Timestamp, spent: Micros) -> Micros {
    let paid = order.payments.iter().filter(|payment| payment.at <= at).map(|payment| payment.price.micros().get());
    Micros::new(paid.fold(0_i64, i64::saturating_add).saturating_sub(spent.get()).max(0))
}

/// The whole ledger, page after page, while the client takes it.
async fn file(app: App, actor: Actor, order: PromotionOrderId, language: Language) -> Result<Response, Problem> {
    let reading = Reading { app, actor, order, asset: Asset::Bean, after: 0, rows: 0, done: false };
    // Whether the caller may read it is told before the file begins.
    let (first, reading) = reading.next().await?;
    let rows = reading.rows;
    let head = Bytes::from(format!("{BYTE_ORDER_MARK}{}\r\n{first}", head(language, reading.asset)));
    let rest = stream::unfold(Some(reading), async |reading| {
        match reading.filter(|reading| !reading.done)?.next().await {
            Ok((text, reading)) => Some((Ok(Bytes::from(text)), Some(reading))),
            // A file that breaks off is noticed; one that ends early is not.
            Err(problem) => Some((Err(std::io::Error::other(problem.code().text())), None)),
        }
    });
    let body = futures_util::StreamExt::chain(stream::iter([Ok(head)]), rest);
    let name = format!("attachment; filename=\"delivery-ledger-{order}.csv\"");
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (CONTENT_DISPOSITION, HeaderValue::from_str(&name).expect("an id is visible ASCII")),
        (TOTAL_ROWS, HeaderValue::from(rows)),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

fn head(language: Language, asset: Asset) -> String {
    let unit = match (language, asset) {
        (Language::Chinese, Asset::Cny) => "元",
        (Language::Chinese, Asset::Bean | Asset::Point) => "微信豆",
        (Language::English, Asset::Cny) => "yuan",
        (Language::English, Asset::Bean | Asset::Point) => "beans",
    };
    match language {
        Language::Chinese => format!("序号,时间,类型,扣费({unit}),平台承担({unit}),累计消耗({unit}),余额({unit})"),
        Language::English => {
            format!("number,time,kind,price ({unit}),absorbed ({unit}),spent after ({unit}),balance after ({unit})")
        }
    }
}

struct Reading {
    app: App,
    actor: Actor,
    order: PromotionOrderId,
    /// What the order is paid in; known once it was read.
    asset: Asset,
    after: i64,
    /// Of the whole file, as of its last page.
    rows: i64,
    done: bool,
}

impl Reading {
    async fn next(mut self) -> Result<(String, Self), Problem> {
        let ledger = self.app.delivery_ledger_of(self.actor.clone(), self.order, self.after, FILE_PAGE).await?;
        let DeliveryLedger { order, rows, charges } = ledger;
        self.rows = rows;
        let mut text = String::new();
        for charge in &charges {
            let balance = balance(&order, charge.at, charge.spent_after);
            write!(
                text,
                "{},{},{},{},{},{},{}\r\n",
                charge.number,
                TimeView(charge.at),
                charge.kind,
                decimal(charge.price),
                decimal(charge.absorbed),
                decimal(charge.spent_after),
                decimal(balance),
            )
            .expect("a string takes all");
        }
        self.asset = order.currency();
        self.after = charges.last().map_or(self.after, |charge| charge.number);
        self.done = u32::try_from(charges.len()).is_ok_and(|read| read < FILE_PAGE);
        Ok((text, self))
    }
}
