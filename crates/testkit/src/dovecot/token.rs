//! Bearer tokens that this Dovecot accepts: JWTs (RFC 7519) signed with HS256.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use std::io;
use std::path::Path;

const KEY: &[u8] = b"a key that only tests share, 0123456789";
/// 2100-01-01T00:00:00Z, in seconds.
const EXPIRES: u64 = 4_102_444_800;

/// Puts the key where the configuration says, under the key id `default`.
pub(super) fn write_key(folder: &Path) -> io::Result<()> {
    let keys = folder.join("jwt/openid/HS256");
    std::fs::create_dir_all(&keys)?;
    std::fs::write(keys.join("default"), STANDARD.encode(KEY))
}

/// A token for this user.
pub(super) fn sign(user: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT","kid":"default"}"#);
    let claims = format!(
        r#"{{"sub":"{user}","email":"{user}","iat":1700000000,"exp":{EXPIRES},"azp":"openid","aud":"openid"}}"#
    );
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, KEY);
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    format!("{signed}.{signature}")
}
