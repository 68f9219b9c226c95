//! Statuses: what they say, and what they ask of a client.
//!
//! Each command has its own ones up to 100 (MS-ASCMD, section 2.2.3.177), all have [`Common`] ones from 101 on, which
//! came with 14.0. Versions before that say the same by status codes of HTTP, see [`Category::of_http`].

mod category;
mod common;

pub use category::Category;
pub use common::{Common, Unlisted};

/// Defines an enum of statuses: name, number, category; what is not in the list goes into the last variant.
macro_rules! statuses {
    (
        $(#[$doc:meta])* $name:ident, else $rest:ident($other:ty) $rest_doc:literal;
        $($(#[$status_doc:meta])* $status:ident = $number:literal $category:ident;)+
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$status_doc])* $status,)+
            #[doc = $rest_doc]
            $rest($other),
        }

        impl $name {
            /// The status with this number.
            pub const fn of(number: u16) -> Self {
                match number {
                    $($number => Self::$status,)+
                    other => Self::$rest(<$other>::of(other)),
                }
            }

            /// Its number.
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$status => $number,)+
                    Self::$rest(other) => other.number(),
                }
            }

            /// What it asks of a client.
            pub const fn category(self) -> $crate::status::Category {
                match self {
                    $(Self::$status => $crate::status::Category::$category,)+
                    Self::$rest(other) => other.category(),
                }
            }

            /// Whether all is well.
            pub const fn is_fine(self) -> bool {
                matches!(self.category(), $crate::status::Category::Fine)
            }
        }
    };
}

pub(crate) use statuses;
