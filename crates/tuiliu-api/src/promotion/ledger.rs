//! The itemised delivery ledger: one row per charged event, nobody's data in it (TP-31).

use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tuiliu_app::App;
use tuiliu_app::promotion::{DeliveryCharge, DeliveryLedger};
use tuiliu_app::report::LedgerTooLong;
use tuiliu_domain::id::PromotionOrderId;
use tuiliu_domain::money::{Asset, Micros};
use tuiliu_domain::party::Actor;
use utoipa::ToSchema;

use super::money::{CostView, decimal};
use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::code::Code;
use crate::page::{Cursor, Cut, Page, PageQuery};
use crate::params::{Path, Query};
use crate::problem::Problem;
use crate::report::{self, ReportFormatView, TOTAL_ROWS};
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
        return file(api.app().clone(), actor, boost.0.0, Rows::Csv(Language::read(&headers))).await;
    }
    let after = page.after_number()?.unwrap_or(0);
    let ledger = api.app().delivery_ledger_of(actor, boost.0.0, after, page.limit_wanted()).await?;
    let views = ledger.charges.iter().map(|charge| ChargeView::new(&ledger, charge)).collect();
    let Cut { rows: data, next_cursor, has_more } =
        page.cut(views, |charge: &ChargeView| Cursor::of_number(charge.number));
    Ok(Json(DeliveryLedgerList { data, next_cursor, has_more }).into_response())
}

/// Which file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LedgerExportQuery {
    /// `csv` and `json` are sent row by row, however many there are; `xlsx` has 100 000 rows at most.
    #[param(inline)]
    format: ReportFormatView,
}

/// Exports all charged events of an order as a file; `X-Total-Rows` tells how many rows to expect. A `csv` is UTF-8 with a
/// byte order mark, its head in the reader's language; `json` is a list of what the ledger's pages have.
#[utoipa::path(
    get, path = "/v1/boosts/{boost}/delivery_ledger/export", tag = "boosts",
    params(("boost" = PromotionOrderIdView, Path), LedgerExportQuery),
    responses((status = 200, content(
        (Vec<u8> = "text/csv"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (serde_json::Value = "application/json")
    )))
)]
pub(super) async fn export_delivery_ledger(
    State(api): State<Api>,
    caller: Caller,
    boost: Path<PromotionOrderIdView>,
    export: Query<LedgerExportQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (app, actor, order) = (api.app().clone(), caller.0.actor.clone(), boost.0.0);
    match export.0.format {
        ReportFormatView::Csv => file(app, actor, order, Rows::Csv(Language::read(&headers))).await,
        ReportFormatView::Json => file(app, actor, order, Rows::Json).await,
        ReportFormatView::Xlsx => Ok(report::file(app.delivery_ledger_workbook(actor, order).await?)),
    }
}

impl ChargeView {
    fn new(ledger: &DeliveryLedger, charge: &DeliveryCharge) -> Self {
        let cost = |cost: Micros| CostView::new(cost, ledger.order.currency());
        Self {
            number: charge.number,
            at: charge.at.into(),
            kind: charge.kind,
            price: cost(charge.price),
            absorbed: cost(charge.absorbed),
            spent_after: cost(charge.spent_after),
            balance_after: cost(ledger.balance_after(charge)),
            decision_id: charge.decision.into(),
        }
    }
}

impl From<LedgerTooLong> for Problem {
    fn from(refusal: LedgerTooLong) -> Self {
        Self::new(Code::ReportTooLong).with_detail(format!("failed to {refusal}"))
    }
}

fn wants_file(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/csv")))
}

/// The whole ledger, page after page, while the client takes it.
async fn file(app: App, actor: Actor, order: PromotionOrderId, form: Rows) -> Result<Response, Problem> {
    let reading = Reading { app, actor, order, form, asset: Asset::Bean, after: 0, rows: 0, done: false };
    // Whether the caller may read it is told before the file begins.
    let (first, reading) = reading.next().await?;
    let (rows, form) = (reading.rows, reading.form);
    let head = Bytes::from(format!("{}{first}", form.head(reading.asset)));
    let rest = stream::unfold(Some(reading), async |reading| {
        match reading.filter(|reading| !reading.done)?.next().await {
            Ok((text, reading)) => Some((Ok(Bytes::from(text)), Some(reading))),
            // A file that breaks off is noticed; one that ends early is not.
            Err(problem) => Some((Err(std::io::Error::other(problem.code().text())), None)),
        }
    });
    let body = futures_util::StreamExt::chain(stream::iter([Ok(head)]), rest);
    let (kind, extension) = match form {
        Rows::Csv(_) => (HeaderValue::from_static("text/csv; charset=utf-8"), "csv"),
        Rows::Json => (HeaderValue::from_static("application/json"), "json"),
    };
    let name = format!("attachment; filename=\"delivery-ledger-{order}.{extension}\"");
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_DISPOSITION, HeaderValue::from_str(&name).expect("an id is visible ASCII")),
        (TOTAL_ROWS, HeaderValue::from(rows)),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// How rows are written.
#[derive(Debug, Clone, Copy)]
enum Rows {
    Csv(Language),
    Json,
}

impl Rows {
    fn head(self, asset: Asset) -> String {
        match self {
            Self::Csv(language) => format!("{BYTE_ORDER_MARK}{}\r\n", head(language, asset)),
            Self::Json => "[".to_owned(),
        }
    }

    fn row(self, text: &mut String, ledger: &DeliveryLedger, charge: &DeliveryCharge) {
        match self {
            Self::Csv(_) => write!(
                text,
                "{},{},{},{},{},{},{}\r\n",
                charge.number,
                TimeView(charge.at),
                charge.kind,
                decimal(charge.price),
                decimal(charge.absorbed),
                decimal(charge.spent_after),
                decimal(ledger.balance_after(charge)),
            )
            .expect("a string takes all"),
            Self::Json => {
                let comma = if charge.number == 1 { "" } else { "," };
                text.push_str(comma);
                text.push_str(&serde_json::to_string(&ChargeView::new(ledger, charge)).expect("a view is JSON"));
            }
        }
    }

    const fn end(self) -> &'static str {
        match self {
            Self::Csv(_) => "",
            Self::Json => "]",
        }
    }
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
    form: Rows,
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
        let mut text = String::new();
        ledger.charges.iter().for_each(|charge| self.form.row(&mut text, &ledger, charge));
        self.rows = ledger.rows;
        self.asset = ledger.order.currency();
        self.after = ledger.charges.last().map_or(self.after, |charge| charge.number);
        self.done = u32::try_from(ledger.charges.len()).is_ok_and(|read| read < FILE_PAGE);
        if self.done {
            text.push_str(self.form.end());
        }
        Ok((text, self))
    }
}
