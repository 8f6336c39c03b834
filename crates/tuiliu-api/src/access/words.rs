//! Roles, scopes and kinds of keys as they are sent: by their codes.

use tuiliu_app::access::ApiKeyKind;
use tuiliu_domain::party::{Role, Scope};

/// A word of the domain that is sent by its code, from a closed list.
macro_rules! words {
    ($($(#[$doc:meta])* $view:ident of $kind:ty, $name:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $view(pub $kind);

        impl From<$kind> for $view {
            fn from(word: $kind) -> Self {
                Self(word)
            }
        }

        impl serde::Serialize for $view {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.code())
            }
        }

        impl<'de> serde::Deserialize<'de> for $view {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'_, str> as serde::Deserialize>::deserialize(deserializer)?;
                let found = <$kind>::from_code(&text).map(Self);
                found.ok_or_else(|| {
                    let codes = $crate::access::words::list(&$crate::access::words::codes(<$kind>::ALL));
                    serde::de::Error::custom(format_args!("`{text}` is none of {codes}"))
                })
            }
        }

        impl $crate::access::words::HasCode for $kind {
            fn code_text(self) -> &'static str {
                self.code()
            }
        }

        impl utoipa::PartialSchema for $view {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let codes = $crate::access::words::codes(<$kind>::ALL);
                let text = utoipa::openapi::schema::Type::String;
                utoipa::openapi::schema::ObjectBuilder::new().schema_type(text).enum_values(Some(codes)).into()
            }
        }

        impl utoipa::ToSchema for $view {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed($name)
            }
        }
    )*};
}
pub(crate) use words;

words! {
    /// What a party is on the platform.
    RoleView of Role, "Role";
    /// What a key may be used for.
    ScopeView of Scope, "Scope";
    /// What a key is for: `sk_live` and `sk_test` for servers, `pk` for pages that anybody can read.
    ApiKeyKindView of ApiKeyKind, "ApiKeyKind";
}

pub(crate) trait HasCode: Copy {
    fn code_text(self) -> &'static str;
}

pub(crate) fn codes<K: HasCode>(all: &[K]) -> Vec<&'static str> {
    all.iter().map(|word| word.code_text()).collect()
}

pub(crate) fn list(codes: &[&str]) -> String {
    codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ")
}
