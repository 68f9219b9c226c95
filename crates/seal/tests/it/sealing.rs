//! Sealing and opening.

use crate::SystemEntropy;
use proptest::prelude::*;
use pushmail_domain::{AccountId, Authentication, EventId, Secret, TenantId};
use pushmail_seal::{
    MasterKey, SealError, TenantKeys, rewrap_tenant_keys, unwrap_content_key, unwrap_tenant_keys,
};

const EVENT: EventId = EventId::from_bytes([1; 16]);
const ACCOUNT: AccountId = AccountId::from_bytes([2; 16]);
const TENANT: TenantId = TenantId::from_bytes([3; 16]);

fn keys() -> TenantKeys {
    TenantKeys::generate(&SystemEntropy)
}

fn password(text: &str) -> Authentication {
    Authentication::Password(Secret::new(text.to_owned()))
}

/// Every copy of `sealed` with one bit changed, cut short, or with a byte more.
fn damaged(sealed: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flipped = (0..sealed.len() * 8).map(|bit| {
        let mut copy = sealed.to_vec();
        copy[bit / 8] ^= 1 << (bit % 8);
        copy
    });
    let cut = (0..sealed.len()).map(|len| sealed[..len].to_vec());
    flipped.chain(cut).chain([[sealed, &[0]].concat()])
}

proptest! {
    #[test]
    fn content_opens_as_it_was_sealed(plain: Vec<u8>, event: [u8; 16], account: [u8; 16]) {
        let (event, account) = (EventId::from_bytes(event), AccountId::from_bytes(account));
        let key = keys().content();
        let sealed = key.seal(event, account, &plain, &SystemEntropy);
        prop_assert_eq!(sealed.len(), plain.len() + 30);
        prop_assert_eq!(key.open(event, account, &sealed).unwrap(), plain);
    }

    #[test]
    fn credentials_open_as_they_were_sealed(text: String, token: bool) {
        let secret = Secret::new(text);
        let credential = if token { Authentication::AccessToken(secret) } else { Authentication::Password(secret) };
        let key = keys().credentials();
        let sealed = key.seal(ACCOUNT, &credential, &SystemEntropy);
        prop_assert_eq!(key.open(ACCOUNT, &sealed).unwrap(), credential);
    }

    #[test]
    fn no_bytes_make_opening_panic(bytes: Vec<u8>) {
        prop_assert!(keys().content().open(EVENT, ACCOUNT, &bytes).is_err());
        prop_assert!(keys().credentials().open(ACCOUNT, &bytes).is_err());
        let master = MasterKey::generate(&SystemEntropy);
        prop_assert!(unwrap_tenant_keys(&bytes, &master, TENANT).is_err());
    }
}

#[test]
fn unwrapped_keys_open_what_the_original_ones_sealed() {
    let (master, keys) = (MasterKey::generate(&SystemEntropy), keys());
    let wrapped = keys.wrap(&master, TENANT, &SystemEntropy);
    let content = keys
        .content()
        .seal(EVENT, ACCOUNT, b"hello", &SystemEntropy);
    let credential = keys
        .credentials()
        .seal(ACCOUNT, &password("hunter2"), &SystemEntropy);

    let again = unwrap_tenant_keys(&wrapped, &master, TENANT).unwrap();
    assert_eq!(
        again.content().open(EVENT, ACCOUNT, &content).unwrap(),
        b"hello"
    );
    assert_eq!(
        again.credentials().open(ACCOUNT, &credential).unwrap(),
        password("hunter2")
    );
    let alone = unwrap_content_key(&wrapped, &master, TENANT).unwrap();
    assert_eq!(alone.open(EVENT, ACCOUNT, &content).unwrap(), b"hello");
}

#[test]
fn the_two_keys_are_independent_and_do_not_pass_for_each_other() {
    let (master, keys) = (MasterKey::generate(&SystemEntropy), keys());
    let mut wrapped = keys.wrap(&master, TENANT, &SystemEntropy);
    let half = wrapped.len() / 2;
    wrapped.rotate_left(half);
    assert_eq!(
        unwrap_tenant_keys(&wrapped, &master, TENANT).unwrap_err(),
        SealError::Refused
    );
}

#[test]
fn any_change_to_a_sealed_value_is_refused() {
    let (master, keys) = (MasterKey::generate(&SystemEntropy), keys());
    let content = keys.content();
    for bytes in damaged(&content.seal(EVENT, ACCOUNT, b"hello", &SystemEntropy)) {
        assert!(content.open(EVENT, ACCOUNT, &bytes).is_err());
    }
    let credentials = keys.credentials();
    for bytes in damaged(&credentials.seal(ACCOUNT, &password("hunter2"), &SystemEntropy)) {
        assert!(credentials.open(ACCOUNT, &bytes).is_err());
    }
    for bytes in damaged(&keys.wrap(&master, TENANT, &SystemEntropy)) {
        assert!(unwrap_tenant_keys(&bytes, &master, TENANT).is_err());
    }
}

#[test]
fn content_of_another_event_account_or_tenant_is_refused() {
    let key = keys().content();
    let sealed = key.seal(EVENT, ACCOUNT, b"hello", &SystemEntropy);
    let other_event = EventId::from_bytes([9; 16]);
    let other_account = AccountId::from_bytes([9; 16]);
    let refused = Err(SealError::Refused);
    assert_eq!(key.open(other_event, ACCOUNT, &sealed), refused);
    assert_eq!(key.open(EVENT, other_account, &sealed), refused);
    assert_eq!(keys().content().open(EVENT, ACCOUNT, &sealed), refused);
}

#[test]
fn a_credential_of_another_account_or_tenant_is_refused() {
    let key = keys().credentials();
    let sealed = key.seal(ACCOUNT, &password("hunter2"), &SystemEntropy);
    let other_account = AccountId::from_bytes([9; 16]);
    let refused = Err(SealError::Refused);
    assert_eq!(key.open(other_account, &sealed), refused);
    assert_eq!(keys().credentials().open(ACCOUNT, &sealed), refused);
}

#[test]
fn keys_of_another_tenant_or_master_are_refused() {
    let master = MasterKey::generate(&SystemEntropy);
    let wrapped = keys().wrap(&master, TENANT, &SystemEntropy);
    let other_tenant = TenantId::from_bytes([9; 16]);
    let other_master = MasterKey::generate(&SystemEntropy);
    for (master, tenant) in [(&master, other_tenant), (&other_master, TENANT)] {
        assert_eq!(
            unwrap_tenant_keys(&wrapped, master, tenant).unwrap_err(),
            SealError::Refused
        );
        assert_eq!(
            unwrap_content_key(&wrapped, master, tenant).unwrap_err(),
            SealError::Refused
        );
    }
}

#[test]
fn sealing_twice_never_looks_the_same() {
    let key = keys().content();
    let seal = || key.seal(EVENT, ACCOUNT, b"hello", &SystemEntropy);
    assert_ne!(seal(), seal());
}

#[test]
fn debug_output_shows_no_key() {
    let keys = keys();
    assert_eq!(
        format!("{:?}", MasterKey::generate(&SystemEntropy)),
        "MasterKey(…)"
    );
    assert_eq!(
        format!("{keys:?}"),
        "TenantKeys { content: …, credentials: … }"
    );
    assert_eq!(format!("{:?}", keys.content()), "ContentKey(…)");
    assert_eq!(format!("{:?}", keys.credentials()), "CredentialKey(…)");
}

#[test]
fn a_fingerprint_is_known_again_by_the_same_tenant_alone() {
    let (keys, other) = (keys(), keys());
    let parts: [&[u8]; 2] = [b"one", b"two"];
    assert_eq!(keys.fingerprint(&parts), keys.clone().fingerprint(&parts));
    assert_ne!(keys.fingerprint(&parts), other.fingerprint(&parts));
    assert_ne!(keys.fingerprint(&parts), keys.fingerprint(&[b"onetwo"]));
}

/// A master key, the one that takes its place, and that one while it accepts the first.
fn replaced() -> (MasterKey, MasterKey, MasterKey) {
    let [before, now] = [(); 2].map(|()| MasterKey::generate(&SystemEntropy));
    let both = now.clone().accepting(&before);
    (before, now, both)
}

#[test]
fn a_key_that_is_accepted_opens_and_wraps_nothing() {
    let (before, now, both) = replaced();
    let keys = keys();
    let old = keys.wrap(&before, TENANT, &SystemEntropy);
    let refused = unwrap_tenant_keys(&old, &now, TENANT).unwrap_err();
    assert_eq!(refused, SealError::Refused);
    unwrap_tenant_keys(&old, &both, TENANT).unwrap();
    unwrap_content_key(&old, &both, TENANT).unwrap();

    let new = keys.wrap(&both, TENANT, &SystemEntropy);
    unwrap_tenant_keys(&new, &now, TENANT).unwrap();
    assert!(unwrap_tenant_keys(&new, &before, TENANT).is_err());
    assert_eq!(both.derive("any").expose(), now.derive("any").expose());
}

#[test]
fn keys_wrapped_anew_are_the_same_keys_and_need_no_other_master_key() {
    let (before, now, both) = replaced();
    let keys = keys();
    let old = keys.wrap(&before, TENANT, &SystemEntropy);
    let sealed = keys
        .content()
        .seal(EVENT, ACCOUNT, b"hello", &SystemEntropy);

    let new = rewrap_tenant_keys(&old, &both, TENANT, &SystemEntropy);
    let new = new.unwrap().expect("the other key had wrapped them");
    let opened = unwrap_tenant_keys(&new, &now, TENANT).unwrap();
    assert_eq!(
        opened.content().open(EVENT, ACCOUNT, &sealed).unwrap(),
        b"hello"
    );

    let again = rewrap_tenant_keys(&new, &both, TENANT, &SystemEntropy);
    assert_eq!(again, Ok(None));
    let foreign = MasterKey::generate(&SystemEntropy).accepting(&now);
    let refused = rewrap_tenant_keys(&old, &foreign, TENANT, &SystemEntropy);
    assert_eq!(refused, Err(SealError::Refused));
}
