//! `pushmail watch`: one mailbox, no server, no set-up.

mod conversation;
mod printer;
mod state;

use crate::credential::CredentialArgs;
use crate::exit::Exit;
use crate::locate::MailboxArgs;
use crate::options::Events;
use clap::Args;
use conversation::Learned;
use printer::Printer;
use pushmail_domain::{
    AccountId, Endpoint, Fault, FaultKind, Protocol, Retry, Security, UpstreamSpec,
};
use pushmail_runtime::{SystemClock, SystemEntropy};
use pushmail_upstream::backoff::{Backoff, BackoffConfig};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::egress::EgressGuard;
use pushmail_upstream::lot::{Ended, Lot, LotConfig};
use pushmail_upstream::tls;
use state::State;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Prints new mail of one mailbox as it arrives, and other changes if asked to. Without an option that says
/// where the credential is, the password is asked for.
///
/// Exit codes: 0 ended by the user, 1 failed, 2 wrong usage, 3 the server rejected the credential,
/// 4 unknown host or unreachable, 5 the certificate is not trusted, 6 plaintext refused,
/// 7 a folder cannot be opened, 8 the credential cannot be had.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pushmail watch me@example.org
  PW=secret pushmail watch imaps://me@mail.example.org --password-env PW --json
  pushmail watch me@gmail.com --oauth-token-command 'my-token-tool gmail'
  pushmail watch me@example.org --folder '*' --events all
  pushmail watch eas:me@example.org
  pushmail watch eas://me%40example.org@mail.example.org --folder INBOX --folder '\\Calendar'")]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    mailbox: MailboxArgs,
    #[command(flatten)]
    credential: CredentialArgs,
    /// PEM file of certificate authorities to trust besides the system's.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// A folder to watch; may be given several times. `*` is every folder but drafts, sent, trash, junk and
    /// the like, unless these are named too. With Exchange ActiveSync, `\Calendar`, `\Contacts` and `\Tasks` are the
    /// user's own.
    #[arg(long, value_name = "NAME", default_value = "INBOX")]
    folder: Vec<String>,
    /// What to report.
    #[arg(long, value_enum, default_value_t = Events::New)]
    events: Events,
    /// One JSON object per event and line.
    #[arg(long)]
    json: bool,
    /// Report only what arrives from now on (the default).
    #[arg(long, conflicts_with = "state")]
    since_now: bool,
    /// Keep in this file how far the mailbox has been read: a restart reports what was missed.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Allow a connection without TLS, to a loopback address only.
    #[arg(long)]
    plaintext: bool,
}

/// Everything that stays the same from one connection to the next.
struct Watch {
    upstream: UpstreamSpec,
    selection: Vec<String>,
    account: AccountId,
    dialer: Dialer,
    lot: Lot,
    credential: CredentialArgs,
}

pub(crate) async fn run(args: WatchArgs) -> anyhow::Result<Exit> {
    // Until this is done Ctrl-C does what it always does, at the password prompt too.
    let (watch, printer) = match prepare(args).await {
        Ok(prepared) => prepared,
        Err(fault) => return Ok(Exit::of_fault(&fault)),
    };
    let stop = CancellationToken::new();
    let interrupted = stop.clone();
    let signal = tokio::spawn(async move {
        crate::interrupted().await;
        interrupted.cancel();
    });
    let ended = watch.until_stopped(printer, &stop).await;
    signal.abort();
    Ok(match ended {
        Ok(()) => Exit::Success,
        Err(fault) => Exit::of_fault(&fault),
    })
}

async fn prepare(mut args: WatchArgs) -> Result<(Watch, Printer), Fault> {
    let tls = tls::client_config(args.ca_file.as_deref())?;
    let dialer = Dialer::new(EgressGuard::unrestricted(), tls);
    let lot = Lot::start(
        LotConfig {
            threads: 1,
            ..LotConfig::default()
        },
        Arc::new(SystemClock),
    )
    .map_err(|error| {
        Fault::new(FaultKind::Internal, "the system gives no thread").caused_by(error)
    })?;
    let mut upstream = args.mailbox.locate(&dialer, &mut args.credential).await?;
    if args.plaintext {
        without_tls(&mut upstream)?;
    }
    let account = state::account_id(&upstream);
    let state = State::open(args.state, account, &args.folder)?;
    let json = args.json;
    let out: printer::Out = Box::new(move |line| line.print(json));
    let wanted = (args.events.into(), out);
    let printer = Printer::new(account, state, wanted, Arc::new(SystemClock));
    args.credential
        .ready(&upstream.user, &upstream.endpoint.host)?;
    Ok((
        Watch {
            upstream,
            selection: args.folder,
            account,
            dialer,
            lot,
            credential: args.credential,
        },
        printer,
    ))
}

/// What `--plaintext` asks for; the dialer refuses it for all but loopback addresses.
fn without_tls(upstream: &mut UpstreamSpec) -> Result<(), Fault> {
    let endpoint: &mut Endpoint = &mut upstream.endpoint;
    if endpoint.security == Security::Tls && upstream.protocol == Protocol::Imap {
        return Err(Fault::new(
            FaultKind::PlaintextRefused,
            format!("{endpoint} is a TLS server: leave --plaintext out, or write imap://"),
        ));
    }
    endpoint.security = Security::Plaintext;
    Ok(())
}

impl Watch {
    /// Connects again and again until the user stops it, or until nothing but the user can help.
    async fn until_stopped(
        self,
        mut printer: Printer,
        stop: &CancellationToken,
    ) -> Result<(), Fault> {
        let entropy = SystemEntropy;
        let (config, mut backoff) = (BackoffConfig::default(), Backoff::default());
        let mut learned = Learned::default();
        loop {
            printer.begin();
            let fault = match self.once(&mut printer, &mut learned, stop).await {
                Ended::Stopped if stop.is_cancelled() => return Ok(()),
                Ended::Stopped => continue,
                Ended::Fault(fault) => fault,
            };
            if !worth_another(&fault, printer.was_live()) {
                return Err(fault);
            }
            printer.retrying(&fault)?;
            let (retry, lasted) = (fault.kind.retry(), printer.lasted());
            let pause = backoff.pause(&config, retry, lasted, &entropy);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return Ok(()),
            }
        }
    }

    /// One connection, from dialling to its end. Stops by itself when the token is about to expire.
    async fn once(
        &self,
        printer: &mut Printer,
        learned: &mut Learned,
        stop: &CancellationToken,
    ) -> Ended {
        let authentication = tokio::select! {
            authentication = self.credential.authentication() => authentication,
            () = stop.cancelled() => return Ended::Stopped,
        };
        let (authentication, valid_for) = match authentication {
            Ok(authentication) => authentication,
            Err(fault) => return Ended::Fault(fault),
        };
        let connected = tokio::select! {
            connected = self.dialer.line(&self.upstream.endpoint) => connected,
            () = stop.cancelled() => return Ended::Stopped,
        };
        let line = match connected {
            Ok(line) => line,
            Err(fault) => return Ended::Fault(fault),
        };
        let expiring = stop.child_token();
        let renew = expiring.clone();
        let timer = tokio::spawn(async move {
            if let Some(valid_for) = valid_for {
                tokio::time::sleep(valid_for).await;
                renew.cancel();
            }
        });
        let conversation = (line, authentication);
        let ended = self
            .converse(conversation, printer, learned, &expiring)
            .await;
        timer.abort();
        ended
    }
}

/// A mailbox that was never live, or whose credential is no longer taken, needs the user.
fn worth_another(fault: &Fault, was_live: bool) -> bool {
    fault.kind != FaultKind::Internal
        && was_live
        && matches!(fault.kind.retry(), Retry::Now | Retry::Backoff)
}
