//! What `pushmail-wbxml` promises: tables.

mod pages;
