//! Where `watch` takes the password or the token from.

use clap::Args;
use pushmail_domain::{Authentication, Fault, FaultKind, Secret};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// A token of unknown lifetime is taken to live this long: providers give an hour.
const ASSUMED_LIFETIME: Duration = Duration::from_secs(55 * 60);
/// A token is renewed this long before it expires.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// How long the token command may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct CredentialArgs {
    /// Take the password from this environment variable.
    #[arg(long, value_name = "NAME")]
    password_env: Option<String>,
    /// Take the password from the first line of this file.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Take an OAuth 2.0 access token from this environment variable.
    #[arg(long, value_name = "NAME")]
    oauth_token_env: Option<String>,
    /// Run this command for an access token; `watch` runs it again before each one expires. It
    /// prints the token, or JSON with `access_token` and `expires_in` (seconds).
    #[arg(long, value_name = "CMD")]
    oauth_token_command: Option<String>,
    #[arg(skip)]
    asked: Option<Secret<String>>,
}

/// What a token command may print.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: Option<u64>,
}

impl CredentialArgs {
    /// Asks for the password now, if it comes from nowhere else and was not asked for yet.
    pub(crate) fn ready(&mut self, user: &str, host: &str) -> Result<(), Fault> {
        if !self.is_given() && self.asked.is_none() {
            self.asked = Some(ask(user, host)?);
        }
        Ok(())
    }

    /// Asks for a password.
    pub(crate) fn asked(user: &str, host: &str) -> Result<Authentication, Fault> {
        ask(user, host).map(Authentication::Password)
    }

    /// Whether an option says where the credential comes from.
    pub(crate) const fn is_given(&self) -> bool {
        self.password_env.is_some()
            || self.password_file.is_some()
            || self.oauth_token_env.is_some()
            || self.oauth_token_command.is_some()
    }

    /// The credential, and how long to use it before taking it anew.
    pub(crate) async fn authentication(&self) -> Result<(Authentication, Option<Duration>), Fault> {
        if let Some(password) = &self.asked {
            return Ok((Authentication::Password(password.clone()), None));
        }
        if let Some(name) = &self.password_env {
            return Ok((
                Authentication::Password(from_env("--password-env", name)?),
                None,
            ));
        }
        if let Some(path) = &self.password_file {
            return Ok((Authentication::Password(first_line(path)?), None));
        }
        if let Some(name) = &self.oauth_token_env {
            return Ok((
                Authentication::AccessToken(from_env("--oauth-token-env", name)?),
                None,
            ));
        }
        match &self.oauth_token_command {
            Some(command) => from_command(command).await,
            None => Err(unavailable("no password was given")),
        }
    }
}

fn ask(user: &str, host: &str) -> Result<Secret<String>, Fault> {
    let prompt = format!("Password of {user} at {host}: ");
    let password = rpassword::prompt_password(prompt).map_err(|error| {
        unavailable("no password: there is no terminal to ask on; give --password-env, --password-file, --oauth-token-env or --oauth-token-command").caused_by(error)
    })?;
    Ok(Secret::new(password))
}

fn from_env(option: &str, name: &str) -> Result<Secret<String>, Fault> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(Secret::new(value)),
        _ => Err(unavailable(format!(
            "{option} {name}: the environment variable is not set"
        ))),
    }
}

fn first_line(path: &PathBuf) -> Result<Secret<String>, Fault> {
    let text = std::fs::read_to_string(path)
        .map(Secret::new)
        .map_err(|error| {
            unavailable(format!(
                "--password-file {}: cannot be read",
                path.display()
            ))
            .caused_by(error)
        })?;
    let line = text.expose().lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(unavailable(format!(
            "--password-file {}: the first line is empty",
            path.display()
        )));
    }
    Ok(Secret::new(line.to_owned()))
}

async fn from_command(command: &str) -> Result<(Authentication, Option<Duration>), Fault> {
    let run = tokio::process::Command::new("sh")
        .args(["-c", command])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::inherit())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(COMMAND_TIMEOUT, run)
        .await
        .map_err(|_| unavailable("--oauth-token-command did not end within a minute"))?
        .map_err(|error| unavailable("--oauth-token-command cannot be run").caused_by(error))?;
    if !output.status.success() {
        return Err(unavailable(format!(
            "--oauth-token-command failed: {}",
            output.status
        )));
    }
    let (token, lifetime) = token(&output.stdout)?;
    Ok((
        Authentication::AccessToken(token),
        Some(lifetime.saturating_sub(MARGIN).max(MARGIN)),
    ))
}

/// A bare token, or the answer of a token endpoint (RFC 6749, section 5.1).
fn token(printed: &[u8]) -> Result<(Secret<String>, Duration), Fault> {
    if let Ok(answer) = serde_json::from_slice::<TokenAnswer>(printed) {
        let lifetime = answer
            .expires_in
            .map_or(ASSUMED_LIFETIME, Duration::from_secs);
        return Ok((Secret::new(answer.access_token), lifetime));
    }
    let text = std::str::from_utf8(printed).unwrap_or_default().trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err(unavailable(
            "--oauth-token-command printed no token: one word, or JSON with access_token, is expected",
        ));
    }
    Ok((Secret::new(text.to_owned()), ASSUMED_LIFETIME))
}

fn unavailable(message: impl Into<String>) -> Fault {
    Fault::new(FaultKind::CredentialUnavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_command_may_print_json_or_a_bare_token() {
        let (secret, lifetime) = token(br#"{"access_token":"abc","expires_in":60}"#).unwrap();
        assert_eq!((secret.expose().as_str(), lifetime.as_secs()), ("abc", 60));
        assert_eq!(token(b"abc\n").unwrap().0.expose(), "abc");
        assert!(token(b"error: not logged in\n").is_err());
        assert!(token(b"").is_err());
    }
}
