//! What a server calls its things.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest of them, in bytes. The schemas allow 64 characters (MS-ASCMD, section 6.1); SOGo's are longer.
pub(crate) const LONGEST: usize = 512;

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 1 to 512 bytes, to be sent back as it came: so none is NUL, which a text of WBXML cannot hold.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(String);

        impl $name {
            /// What a server sent, or what was kept of it; `None` if it is empty, too long, or has a NUL.
            pub fn new(text: impl Into<String>) -> Option<Self> {
                let text = text.into();
                let fits = (1..=LONGEST).contains(&text.len()) && !text.contains('\0');
                fits.then_some(Self(text))
            }

            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id_type!(
    /// The id of a folder (MS-ASCMD, section 2.2.3.30).
    CollectionId
);
id_type!(
    /// The id of an item, or of a folder in the hierarchy (MS-ASCMD, section 2.2.3.166).
    ServerId
);
id_type!(
    /// How far a client has come, as the server counts (MS-ASCMD, section 2.2.3.181).
    SyncKey
);

impl SyncKey {
    /// The key to begin with: the next answer has a new key and nothing else, or everything.
    pub fn initial() -> Self {
        Self("0".to_owned())
    }

    /// Whether it is the key to begin with.
    pub fn is_initial(&self) -> bool {
        self.0 == "0"
    }
}
