//! Promises about settings.

use crate::Registry;

/// Until it is set.
pub async fn a_setting_never_set_is_absent(registry: &dyn Registry) {
    assert_eq!(registry.setting("colour").await.unwrap(), None);
}

/// Later ones are told what stands.
pub async fn the_first_value_inserted_stands(registry: &dyn Registry) {
    for value in [b"red".as_slice(), b"blue"] {
        let stands = registry.setting_or_insert("colour", value).await.unwrap();
        assert_eq!(stands, b"red");
    }
    let stands = registry.setting("colour").await.unwrap();
    assert_eq!(stands.as_deref(), Some(b"red".as_slice()));
}

/// Any bytes, none among them; other settings stay as they are.
pub async fn a_set_value_replaces_the_one_before(registry: &dyn Registry) {
    registry.set_setting("shape", b"round").await.unwrap();
    for value in [b"red".as_slice(), b"", b"\x00\xff"] {
        registry.set_setting("colour", value).await.unwrap();
        let stands = registry.setting("colour").await.unwrap();
        assert_eq!(stands.as_deref(), Some(value));
    }
    let other = registry.setting("shape").await.unwrap();
    assert_eq!(other.as_deref(), Some(b"round".as_slice()));
}
