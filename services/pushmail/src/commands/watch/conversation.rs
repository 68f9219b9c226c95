//! The conversation with the mailbox's server, in the server's protocol.

use super::Watch;
use super::printer::Printer;
use async_trait::async_trait;
use pushmail_domain::{Authentication, ContentLevel, Fault, Protocol};
use pushmail_eas::EasFlow;
use pushmail_imap::{ImapFlow, Quirks};
use pushmail_upstream::dial::Line;
use pushmail_upstream::driver::{self, Sink};
use pushmail_upstream::lot::Ended;
use pushmail_upstream::{Change, Redial};
use tokio_util::sync::CancellationToken;

/// What conversations taught the next one.
#[derive(Default)]
pub(super) struct Learned {
    imap: pushmail_imap::Learned,
    eas: pushmail_eas::Learned,
}

/// Who listens to a conversation, and helps it on.
pub(super) struct Audience<'a> {
    pub(super) watch: &'a Watch,
    pub(super) printer: &'a mut Printer,
}

#[async_trait]
impl Sink for Audience<'_> {
    async fn accept(&mut self, changes: Vec<Change>) -> Result<(), Fault> {
        self.printer.accept(changes)
    }

    async fn credential(&mut self) -> Result<Authentication, Fault> {
        let (authentication, _) = self.watch.credential.authentication().await?;
        Ok(authentication)
    }

    async fn redial(&mut self, redial: &Redial) -> Result<Line, Fault> {
        let pause = redial.at.saturating_sub(self.watch.lot.moment().elapsed);
        tokio::time::sleep(pause).await;
        self.watch.dialer.line(&redial.endpoint).await
    }
}

impl Watch {
    /// Holds the conversation on a connection, to its end.
    pub(super) async fn converse(
        &self,
        (line, authentication): (Line, Authentication),
        printer: &mut Printer,
        learned: &mut Learned,
        stop: &CancellationToken,
    ) -> Ended {
        match &self.upstream.protocol {
            Protocol::Imap => {
                let flow = ImapFlow::new(self.imap(authentication, printer, learned));
                let mut audience = self.audience(printer);
                let driven = driver::drive(&self.lot, flow, line, &mut audience, stop);
                let (ended, flow) = driven.await;
                if let Some(flow) = flow {
                    learned.imap = flow.learned();
                }
                ended
            }
            Protocol::Eas { path } => {
                let flow = EasFlow::new(self.eas(path, authentication, printer, learned));
                let mut audience = self.audience(printer);
                let driven = driver::drive(&self.lot, flow, line, &mut audience, stop);
                let (ended, flow) = driven.await;
                if let Some(flow) = flow {
                    learned.eas = flow.learned().clone();
                }
                ended
            }
        }
    }

    const fn audience<'a>(&'a self, printer: &'a mut Printer) -> Audience<'a> {
        Audience {
            watch: self,
            printer,
        }
    }

    fn imap(
        &self,
        authentication: Authentication,
        printer: &Printer,
        learned: &Learned,
    ) -> pushmail_imap::Settings {
        let endpoint = &self.upstream.endpoint;
        pushmail_imap::Settings {
            user: self.upstream.user.clone(),
            authentication,
            endpoint: endpoint.clone(),
            account: self.account,
            selection: self.selection.clone(),
            folders: printer.folders().to_vec(),
            listed: printer.is_listed(),
            cursors: printer.cursor().folders().collect(),
            content: ContentLevel::Preview,
            events: printer.events(),
            quirks: Quirks::of_host(&endpoint.host),
            learned: learned.imap,
            client: crate::client_name(),
        }
    }

    fn eas(
        &self,
        path: &str,
        authentication: Authentication,
        printer: &Printer,
        learned: &Learned,
    ) -> pushmail_eas::Settings {
        pushmail_eas::Settings {
            account: self.account,
            endpoint: self.upstream.endpoint.clone(),
            path: path.to_owned(),
            user: self.upstream.user.clone(),
            authentication,
            selection: self.selection.clone(),
            folders: printer.folders().to_vec(),
            listed: printer.is_listed(),
            cursors: printer.cursor().syncs().cloned().collect(),
            content: ContentLevel::Preview,
            events: printer.events(),
            learned: learned.eas.clone(),
        }
    }
}
