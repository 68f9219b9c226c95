//! Has the crate built again when a migration is added: `sqlx::migrate!` reads them as it compiles.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
