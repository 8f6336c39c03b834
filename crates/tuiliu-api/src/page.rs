//! Cursor pages: `?limit=&cursor=` in, `{data, next_cursor, has_more}` out.
//!
//! Each resource has its own list type, because the schema of a generic one would be inlined at every use:
//!
//! ```text
//! #[derive(Serialize, ToSchema)]
//! pub struct PromotionOrderList { data: Vec<PromotionOrderView>, next_cursor: Option<String>, has_more: bool }
//!
//! let rows = …(page.after_id()?, page.rows_wanted());      // `ORDER BY id` or `id DESC`, one row more than shown
//! let Cut { rows, next_cursor, has_more } = page.cut(rows, |order| Cursor::of_id(order.id));
//! Ok(Json(PromotionOrderList { data: views(rows), next_cursor, has_more }))
//! ```

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use tuiliu_domain::id::Id;
use tuiliu_domain::limits::PAGE_MAX;
use tuiliu_domain::time::Timestamp;
use utoipa::IntoParams;

use crate::code::Code;
use crate::params::Query;
use crate::problem::Problem;

/// Rows in a page when the caller does not say.
pub const PAGE_DEFAULT: usize = 20;
/// Longest cursor that is looked at.
const CURSOR_LENGTH_MAX: usize = 64;
/// The first byte of a cursor says what follows, so that a cursor of one list is refused by another kind.
const ID_CURSOR: u8 = 1;
const TIME_CURSOR: u8 = 2;
const NUMBER_CURSOR: u8 = 3;

/// The query of a list, for its documentation: `params(PageQuery)`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Rows in the page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<usize>,
    /// `next_cursor` of the page before; opaque.
    cursor: Option<String>,
}

/// Which page of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    limit: usize,
    after: Option<Cursor>,
}

/// The place after a row: the row's key, packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(Vec<u8>);

/// One page of rows and how to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut<T> {
    pub rows: Vec<T>,
    pub next_cursor: Option<String>,
    pub has_more: bool,
}

impl Cursor {
    /// After the row with this id, in lists sorted by id.
    #[must_use]
    pub fn of_id<K>(id: Id<K>) -> Self {
        Self([&[ID_CURSOR][..], &id.bytes()].concat())
    }

    /// After the row with this time and id, in lists sorted by both.
    #[must_use]
    pub fn of_time<K>(time: Timestamp, id: Id<K>) -> Self {
        Self([&[TIME_CURSOR][..], &time.ms().to_be_bytes(), &id.bytes()].concat())
    }

    /// After the row with this number, in lists sorted by a number.
    #[must_use]
    pub fn of_number(number: i64) -> Self {
        Self([&[NUMBER_CURSOR][..], &number.to_be_bytes()].concat())
    }

    fn text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(&self.0)
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let bytes = (text.len() <= CURSOR_LENGTH_MAX).then(|| BASE64_URL_SAFE_NO_PAD.decode(text).ok()).flatten();
        bytes.map(Self).ok_or_else(invalid)
    }
}

fn invalid() -> Problem {
    Problem::new(Code::RequestInvalidCursor)
        .with_detail("`cursor` must be the `next_cursor` of a page of this same list")
}

impl Page {
    /// Rows to read: one more than is shown tells whether there are more.
    #[must_use]
    pub const fn rows_wanted(&self) -> usize {
        self.limit + 1
    }

    /// [`rows_wanted`](Self::rows_wanted) as queries take it.
    #[must_use]
    pub fn limit_wanted(&self) -> u32 {
        u32::try_from(self.rows_wanted()).expect("a page is short")
    }

    /// The number of the last row seen, in lists sorted by a number.
    pub fn after_number(&self) -> Result<Option<i64>, Problem> {
        let Some(cursor) = &self.after else { return Ok(None) };
        match cursor.0.split_first() {
            Some((&NUMBER_CURSOR, number)) => Ok(Some(i64::from_be_bytes(number.try_into().map_err(|_| invalid())?))),
            _ => Err(invalid()),
        }
    }

    /// The id of the last row seen, in lists sorted by id.
    pub fn after_id<K>(&self) -> Result<Option<Id<K>>, Problem> {
        let Some(cursor) = &self.after else { return Ok(None) };
        match cursor.0.split_first() {
            Some((&ID_CURSOR, id)) => Ok(Some(Id::from_bytes(id.try_into().map_err(|_| invalid())?))),
            _ => Err(invalid()),
        }
    }

    /// The time and id of the last row seen, in lists sorted by both.
    pub fn after_time<K>(&self) -> Result<Option<(Timestamp, Id<K>)>, Problem> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let Some((&TIME_CURSOR, key)) = cursor.0.split_first() else { return Err(invalid()) };
        let (time, id) = key.split_at_checked(8).ok_or_else(invalid)?;
        let time = i64::from_be_bytes(time.try_into().map_err(|_| invalid())?);
        Ok(Some((Timestamp::from_ms(time), Id::from_bytes(id.try_into().map_err(|_| invalid())?))))
    }

    /// Cuts the rows read down to the page.
    #[must_use]
    pub fn cut<T>(&self, mut rows: Vec<T>, cursor: impl FnOnce(&T) -> Cursor) -> Cut<T> {
        let has_more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next_cursor = rows.last().filter(|_| has_more).map(|last| cursor(last).text());
        Cut { rows, next_cursor, has_more }
    }
}

impl<S: Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(PageQuery { limit, cursor }) = Query::from_request_parts(parts, state).await?;
        let limit = limit.unwrap_or(PAGE_DEFAULT);
        if !(1..=PAGE_MAX).contains(&limit) {
            let detail = format!("`limit` must be from 1 to {PAGE_MAX}");
            return Err(Problem::new(Code::RequestInvalidQuery).with_detail(detail));
        }
        let after = cursor.as_deref().map(Cursor::parse).transpose()?;
        Ok(Self { limit, after })
    }
}

#[cfg(test)]
mod tests {
    use tuiliu_domain::id::{PromotionOrderId, PromotionOrderKind};

    use super::*;

    fn page(limit: usize, cursor: Option<&str>) -> Page {
        Page { limit, after: cursor.map(|text| Cursor::parse(text).unwrap()) }
    }

    #[test]
    fn walks_a_list_to_its_end() {
        let all: Vec<PromotionOrderId> = (1..=5).map(Id::new).collect();
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = page(2, cursor.as_deref());
            let after = page.after_id::<PromotionOrderKind>().unwrap();
            let rows: Vec<_> = all.iter().copied().filter(|id| after.is_none_or(|after| *id > after)).collect();
            let rows = rows.into_iter().take(page.rows_wanted()).collect();
            let cut = page.cut(rows, |id| Cursor::of_id(*id));
            assert_eq!(cut.has_more, cut.next_cursor.is_some());
            seen.extend(cut.rows);
            cursor = cut.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn an_empty_list_has_no_next_page() {
        let cut = page(2, None).cut(Vec::<PromotionOrderId>::new(), |id| Cursor::of_id(*id));
        assert_eq!(cut, Cut { rows: Vec::new(), next_cursor: None, has_more: false });
    }

    #[test]
    fn a_cursor_keeps_time_and_id() {
        let (time, id) = (Timestamp::from_ms(-7), PromotionOrderId::new(9));
        let page = page(2, Some(&Cursor::of_time(time, id).text()));
        assert_eq!(page.after_time().unwrap(), Some((time, id)));
    }

    #[test]
    fn refuses_cursors_of_other_lists_and_nonsense() {
        let id = PromotionOrderId::new(9);
        let by_time = Cursor::of_time(Timestamp::from_ms(1), id).text();
        let refused = page(2, Some(&by_time)).after_id::<PromotionOrderKind>().unwrap_err();
        assert_eq!(refused.code(), Code::RequestInvalidCursor);
        let by_id = Cursor::of_id(id).text();
        assert!(page(2, Some(&by_id)).after_time::<PromotionOrderKind>().is_err());
        let cut_short = by_id.get(..8).unwrap();
        assert!(page(2, Some(cut_short)).after_id::<PromotionOrderKind>().is_err());
        assert!(page(2, Some("")).after_id::<PromotionOrderKind>().is_err());
        assert!(Cursor::parse("not base64!").is_err());
        assert!(Cursor::parse(&"A".repeat(CURSOR_LENGTH_MAX + 4)).is_err());
    }
}
