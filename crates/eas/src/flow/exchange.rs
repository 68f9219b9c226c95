//! A request under way, and what has come of its answer.

use super::limits;
use crate::command::sync::{self, Change, Collection};
use crate::http::{self, Head, Part, ResponseParser};
use pushmail_upstream::Moment;
use std::time::Duration;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// What the server speaks.
    Options,
    /// Its policy.
    Provision,
    /// Which folders there are.
    Hierarchy,
    /// A mail.
    Item,
    /// What is new in the folder at this place.
    Window(usize),
    /// To be told when something is new.
    Ping {
        /// How long the server waits, in seconds.
        heartbeat: u32,
    },
}

/// A request under way.
pub(super) struct Exchange {
    pub(super) step: Step,
    pub(super) sent: Moment,
    pub(super) deadline: Duration,
    http: ResponseParser,
    begun: bool,
    head: Option<Box<Head>>,
    body: Body,
}

/// What has come of the body.
enum Body {
    /// With no more bytes than this.
    Document(Vec<u8>, usize),
    Window(Box<WindowBody>),
}

struct WindowBody {
    parser: sync::Parser,
    window: Window,
    error: Option<crate::command::Error>,
}

/// What a Sync of one folder brought.
#[derive(Default)]
pub(super) struct Window {
    pub(super) changes: Vec<Change>,
    pub(super) collection: Option<Collection>,
    pub(super) answer: Option<sync::Answer>,
    /// Whether its changes are kept.
    keeps: bool,
}

/// An answer that has come whole.
pub(super) struct Answer {
    pub(super) step: Step,
    pub(super) sent: Moment,
    pub(super) head: Head,
    pub(super) content: Content,
}

/// The body of an answer.
pub(super) enum Content {
    Document(Vec<u8>),
    Window(Box<Window>),
    /// It cannot be read.
    Broken(crate::command::Error),
}

/// Why an answer does not come.
pub(super) enum Broken {
    Http(http::Error),
    TooLarge,
}

impl Exchange {
    /// A request that is sent now. A `keeps` window keeps its changes.
    pub(super) fn new(step: Step, keeps: bool, sent: Moment) -> Self {
        let body = match step {
            Step::Window(_) => Body::Window(Box::new(WindowBody {
                parser: sync::Parser::new(sync::Limits::default()),
                window: Window {
                    keeps,
                    ..Window::default()
                },
                error: None,
            })),
            Step::Item => Body::Document(Vec::new(), 2 * limits::ITEM),
            _ => Body::Document(Vec::new(), limits::DOCUMENT),
        };
        Self {
            step,
            sent,
            deadline: sent.elapsed + patience(step),
            http: ResponseParser::new(http::Limits::default()),
            begun: false,
            head: None,
            body,
        }
    }

    /// Whether nothing has come yet.
    pub(super) const fn is_untouched(&self) -> bool {
        !self.begun
    }

    /// Takes bytes from the front, until the answer has ended; `true` if it has.
    pub(super) fn take(&mut self, bytes: &mut &[u8]) -> Result<bool, Broken> {
        self.begun |= !bytes.is_empty();
        while let Some(part) = self.http.next(bytes).map_err(Broken::Http)? {
            match part {
                Part::Head(head) => self.head = Some(head),
                Part::Body(piece) => {
                    let is_fine = self.head.as_ref().is_some_and(|head| head.status == 200);
                    self.body.take(piece, is_fine)?;
                }
                Part::End => return Ok(true),
            }
        }
        Ok(false)
    }

    /// The connection has ended; `Ok` if the answer had.
    pub(super) fn close(self) -> Result<Answer, http::Error> {
        let Self {
            step,
            sent,
            http,
            head,
            body,
            ..
        } = self;
        http.finish()?;
        let head = *head.ok_or(http::Error::NoAnswer)?;
        Ok(Answer {
            step,
            sent,
            head,
            content: body.finish(),
        })
    }
}

fn patience(step: Step) -> Duration {
    match step {
        Step::Ping { heartbeat } => Duration::from_secs(heartbeat.into()) + limits::LATE,
        _ => limits::ANSWER,
    }
}

impl Body {
    fn take(&mut self, piece: &[u8], is_fine: bool) -> Result<(), Broken> {
        match self {
            Self::Document(bytes, most) if bytes.len() + piece.len() > *most => {
                Err(Broken::TooLarge)
            }
            Self::Document(bytes, _) => {
                bytes.extend(piece);
                Ok(())
            }
            Self::Window(window) if is_fine => window.take(piece),
            // A page for people, mostly.
            Self::Window(_) => Ok(()),
        }
    }

    fn finish(self) -> Content {
        match self {
            Self::Document(bytes, _) => Content::Document(bytes),
            Self::Window(body) => body.finish(),
        }
    }
}

impl WindowBody {
    fn take(&mut self, mut piece: &[u8]) -> Result<(), Broken> {
        while self.error.is_none() && !piece.is_empty() {
            match self.parser.next(&mut piece) {
                Ok(Some(part)) => self.window.take(part)?,
                Ok(None) => {}
                Err(error) => self.error = Some(error),
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Content {
        if let Some(error) = self.error {
            return Content::Broken(error);
        }
        match self.parser.finish() {
            Ok(answer) => {
                self.window.answer = Some(answer);
                Content::Window(Box::new(self.window))
            }
            Err(error) => Content::Broken(error),
        }
    }
}

impl Window {
    fn take(&mut self, part: sync::Part) -> Result<(), Broken> {
        match part {
            sync::Part::Collection(collection) => self.collection = Some(collection),
            sync::Part::Change(_) if !self.keeps => {}
            sync::Part::Change(_) if self.changes.len() >= limits::CHANGES => {
                return Err(Broken::TooLarge);
            }
            sync::Part::Change(change) => self.changes.push(change),
        }
        Ok(())
    }
}
