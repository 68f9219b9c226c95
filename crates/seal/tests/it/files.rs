//! The master key's file and its text form.

use crate::SystemEntropy;
use pushmail_seal::{KeyErrorKind, MasterKey};
use std::path::PathBuf;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    (folder, path)
}

fn same(left: &MasterKey, right: &MasterKey) -> bool {
    left.derive("compare") == right.derive("compare")
}

#[test]
fn a_written_key_reads_back_and_is_one_line() {
    let (_folder, path) = place();
    let key = MasterKey::generate(&SystemEntropy);
    key.write_new_file(&path).unwrap();
    assert!(same(&key, &MasterKey::from_file(&path).unwrap()));

    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert!(same(&key, &MasterKey::from_base64(&text).unwrap()));
}

#[test]
fn a_key_is_never_written_over() {
    let (_folder, path) = place();
    let key = MasterKey::generate(&SystemEntropy);
    key.write_new_file(&path).unwrap();
    let error = MasterKey::generate(&SystemEntropy)
        .write_new_file(&path)
        .unwrap_err();
    assert_eq!(error.kind, KeyErrorKind::Write);
    assert!(same(&key, &MasterKey::from_file(&path).unwrap()));
}

#[test]
fn a_missing_file_is_named() {
    let (_folder, path) = place();
    let error = MasterKey::from_file(&path).unwrap_err();
    assert_eq!(error.kind, KeyErrorKind::Read);
    assert!(error.to_string().contains(path.to_str().unwrap()));
}

#[cfg(unix)]
#[test]
fn the_file_is_the_owner_s_alone_and_an_exposed_one_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    MasterKey::generate(&SystemEntropy)
        .write_new_file(&path)
        .unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    for exposed in [0o640, 0o604, 0o660, 0o644] {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(exposed)).unwrap();
        let error = MasterKey::from_file(&path).unwrap_err();
        assert_eq!(error.kind, KeyErrorKind::Exposed);
        assert!(error.to_string().contains("chmod 600"));
    }
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
    MasterKey::from_file(&path).unwrap();
}

#[test]
fn text_that_is_not_32_bytes_is_refused_without_repeating_it() {
    // Nothing; 31 bytes; 33 bytes; not base64; 32 bytes and more.
    for text in [
        "",
        "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ==",
        "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB",
        "hunter2hunter2hunter2hunter2hunter2hunter2!!",
        "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE= x",
    ] {
        let error = MasterKey::from_base64(text).unwrap_err();
        assert_eq!(error.kind, KeyErrorKind::Form);
        assert!(text.is_empty() || !format!("{error} {error:?}").contains(text));
    }
    MasterKey::from_base64("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=").unwrap();
}

#[test]
fn a_huge_file_is_not_read_whole() {
    let (_folder, path) = place();
    MasterKey::generate(&SystemEntropy)
        .write_new_file(&path)
        .unwrap();
    std::fs::write(&path, vec![b'A'; 1 << 20]).unwrap();
    let error = MasterKey::from_file(&path).unwrap_err();
    assert_eq!(error.kind, KeyErrorKind::Form);
}

#[test]
fn each_purpose_has_a_key_of_its_own() {
    let key = MasterKey::from_base64("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=").unwrap();
    assert_eq!(key.derive("resume tokens"), key.derive("resume tokens"));
    assert_ne!(key.derive("resume tokens"), key.derive("page tokens"));
}

/// Computed with Python's `hmac` from RFC 5869, section 2, not with this code. Keys derived before
/// an upgrade must be derived after it.
#[test]
fn derivation_is_hkdf_sha256() {
    let key = MasterKey::from_base64("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=").unwrap();
    assert_eq!(*key.derive("resume tokens").expose(), EXPECTED);
}

const EXPECTED: [u8; 32] = [
    0x75, 0xcb, 0x42, 0x4b, 0x80, 0xd1, 0xb6, 0x50, 0x1d, 0xd4, 0xaa, 0x8f, 0x65, 0x4c, 0xfb, 0xfb,
    0x6d, 0x14, 0x75, 0xe0, 0x9c, 0x35, 0xb2, 0xfd, 0xa9, 0x04, 0xec, 0xb8, 0xc3, 0x76, 0xd6, 0xd8,
];
