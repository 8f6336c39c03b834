//! Roles, scopes and kinds of keys as they are sent: by their codes.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tuiliu_app::access::ApiKeyKind;
use tuiliu_domain::party::{Role, Scope};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

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

        impl Serialize for $view {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.code())
            }
        }

        impl<'de> Deserialize<'de> for $view {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                let found = <$kind>::from_code(&text).map(Self);
                found.ok_or_else(|| D::Error::custom(format_args!("`{text}` is none of {}", list(&codes(<$kind>::ALL)))))
            }
        }

        impl HasCode for $kind {
            fn code_text(self) -> &'static str {
                self.code()
            }
        }

        impl PartialSchema for $view {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes(<$kind>::ALL))).into()
            }
        }

        impl ToSchema for $view {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    )*};
}

words! {
    /// What a party is on the platform.
    RoleView of Role, "Role";
    /// What a key may be used for.
    ScopeView of Scope, "Scope";
    /// What a key is for: `sk_live` and `sk_test` for servers, `pk` for pages that anybody can read.
    ApiKeyKindView of ApiKeyKind, "ApiKeyKind";
}

trait HasCode: Copy {
    fn code_text(self) -> &'static str;
}

fn codes<K: HasCode>(all: &[K]) -> Vec<&'static str> {
    all.iter().map(|word| word.code_text()).collect()
}

fn list(codes: &[&str]) -> String {
    codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ")
}
