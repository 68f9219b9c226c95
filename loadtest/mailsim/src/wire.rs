//! The grammar of IMAP: commands, their arguments, sets of numbers, names of folders.

mod framer;
mod set;
mod utf7;
mod value;

pub(crate) use framer::{Framed, Framer};
pub(crate) use set::{NumberSet, ranges};
pub(crate) use utf7::{decode_name, encode_name};
pub(crate) use value::{Args, Value};

/// A string as an atom where that is allowed, else quoted (RFC 3501, section 4.3).
pub(crate) fn astring(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./&+,@".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// A folder's name as it is written in responses: modified UTF-7, quoted where needed.
pub(crate) fn folder_name(name: &str) -> String {
    astring(&encode_name(name))
}
