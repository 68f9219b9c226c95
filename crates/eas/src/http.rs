//! HTTP/1.1 as a client on one connection that is kept (RFC 9112), with what ActiveSync adds to it (MS-ASHTTP).
//!
//! - [`Request`]: OPTIONS, or POST with a command, as bytes.
//! - [`ResponseParser`]: bytes in any cuts, the [`Head`] and the pieces of the body out.
//! - [`CookieJar`]: what the server wants to see again.
//! - [`Url`]: where to send requests, and where `X-MS-Location` sends us.
//!
//! Where RFC 9112 leaves a choice:
//! - Lines of a head may end with LF alone (section 2.2); those of the chunked coding may not, for there it decides where
//!   the answer ends.
//! - A header that goes on in a second line is put together with spaces (section 5.2).
//! - Whitespace before the colon of a header is an error (section 5.1).
//! - Content-Length twice is taken if both say the same (section 6.3).
//! - Content-Length together with Transfer-Encoding is an error, as is any transfer coding but `chunked`: nobody can say
//!   where such an answer ends.
//! - Answers of status 1xx are skipped; 101 is an error, for nobody asked to change the protocol.
//! - No coding of the content is asked for; one that comes all the same is an error.

mod body;
mod challenge;
mod cookies;
mod credential;
mod error;
mod fields;
mod framing;
mod head;
mod head_bytes;
mod limits;
mod request;
mod response;
mod url;

pub use challenge::Challenges;
pub use cookies::CookieJar;
pub(crate) use credential::authorization;
pub use error::{Error, Limit};
pub use head::{Head, RetryAfter};
pub use limits::Limits;
pub use request::{Call, Post, Request, Unsendable};
pub use response::{Part, ResponseParser};
pub use url::{Url, UrlError};
