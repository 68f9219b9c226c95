//! What `pushmail-wbxml` promises: published documents, round trips, pieces, limits, errors, tables.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

mod element;
mod encoder;
mod errors;
mod fuzz_bodies;
mod fuzzing;
mod limits;
mod pages;
mod pieces;
mod pretty;
mod published;
mod support;
mod trees;
