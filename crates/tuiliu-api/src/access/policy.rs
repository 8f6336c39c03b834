//! The tenant's policy: the numbers behind the rules.

use axum::extract::State;
use axum::http::header::ETAG;
use axum::http::{HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::Value;
use tuiliu_app::access::PolicyView as Policy;
use utoipa::ToSchema;

use crate::api::Api;
use crate::auth::Caller;
use crate::body::Json;
use crate::edit::{IfMatch, IfMatchHeader, etag};
use crate::problem::Problem;

/// A policy with the version that a change must name.
type Tagged = ([(HeaderName, HeaderValue); 1], Json<PolicyView>);

/// The tenant's policy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Policy)]
pub(crate) struct PolicyView {
    /// Grows with each change; orders say which one they were placed under.
    version: u32,
    /// Every setting, by part: `order`, `charge`, `coupon`, `sale`, `room`, `review`, `delivery`, `estimate`.
    #[schema(value_type = Object, example = json!({"delivery": {"frequency_cap": 3}}))]
    settings: Value,
}

/// Settings to change, in the same parts; what is left out stays.
#[derive(Debug, ToSchema)]
#[schema(value_type = Object, example = json!({"delivery": {"frequency_cap": 5}}))]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct PolicyChange(Value);

/// Reads the tenant's policy.
#[utoipa::path(get, path = "/v1/policy", tag = "access", responses((status = 200, body = PolicyView)))]
pub(super) async fn read_policy(State(api): State<Api>, caller: Caller) -> Result<Tagged, Problem> {
    Ok(tagged(api.app().policy(caller.0.actor.clone()).await?))
}

/// Changes the settings named and no others. Orders placed before keep theirs.
#[utoipa::path(
    patch, path = "/v1/policy", tag = "access", params(IfMatchHeader), request_body = PolicyChange,
    responses((status = 200, body = PolicyView))
)]
pub(super) async fn change_policy(
    State(api): State<Api>,
    caller: Caller,
    IfMatch(version): IfMatch,
    Json(change): Json<Value>,
) -> Result<Tagged, Problem> {
    // A version that no policy can have matches none.
    let version = u32::try_from(version).unwrap_or(u32::MAX);
    Ok(tagged(api.app().change_policy(caller.0.actor.clone(), version, change).await?))
}

fn tagged(policy: Policy) -> Tagged {
    let Policy { version, settings } = policy;
    ([(ETAG, etag(u64::from(version)))], Json(PolicyView { version, settings }))
}
