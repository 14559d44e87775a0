//! Enumerations whose names are the contract's, so that a schema's list and
//! the code that matches on it are one thing.

/// An enumeration stored as text. `NAMES` is what the schema lists.
pub trait Choice: Copy + Sized + 'static {
    const NAMES: &'static [&'static str];
    fn parse(text: &str) -> Option<Self>;
    fn as_str(self) -> &'static str;
}

/// Declares an enumeration and its names on the wire in one place.
#[macro_export]
macro_rules! choice {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$about])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
        }

        impl $crate::choice::Choice for $name {
            const NAMES: &'static [&'static str] = &[$($text,)+];
            fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::choice::Choice::as_str(*self))
            }
        }

        impl $crate::field::FieldType for $name {
            const KIND: $crate::Kind =
                $crate::Kind::Choice(<$name as $crate::choice::Choice>::NAMES);
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                value.as_str().and_then(<Self as $crate::choice::Choice>::parse)
            }
            fn into_json(self) -> serde_json::Value {
                $crate::choice::Choice::as_str(self).into()
            }
        }
    };
}
