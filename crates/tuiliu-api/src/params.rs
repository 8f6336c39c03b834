//! Parameters in the path and in the query.

use axum::extract::FromRequestParts;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::body::coded;
use crate::code::Code;
use crate::problem::Problem;

/// The path's parameters: `Path<PromotionOrderIdView>`, or a tuple when there are several.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => Err(path_problem(error.into_kind())),
            Err(other) => {
                tracing::error!("failed to read a path: {other}");
                Err(Problem::new(Code::ServerInternal))
            }
        }
    }
}

fn path_problem(kind: ErrorKind) -> Problem {
    let message = match kind {
        ErrorKind::DeserializeError { message, .. } | ErrorKind::Message(message) => message,
        other => other.to_string(),
    };
    let (code, detail) = coded(&message, Code::RequestInvalidPath);
    Problem::new(code).with_detail(detail)
}

/// The query's parameters. Those that `T` does not know are not looked at, so that [`crate::page::Page`] can stand
/// beside it.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        read.map(|axum::extract::Query(value)| Self(value)).map_err(|rejection| {
            let text = rejection.body_text();
            let message = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            let (code, detail) = coded(message, Code::RequestInvalidQuery);
            Problem::new(code).with_detail(detail)
        })
    }
}
