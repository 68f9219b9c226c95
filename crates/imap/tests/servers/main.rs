//! The conversation with real servers: what each of them makes possible, and the page of docs that says so.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

mod mailbox;
mod matrix;
mod scenes;
