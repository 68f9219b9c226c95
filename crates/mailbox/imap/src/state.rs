//! How far a part was read: from the server's pieces to the caller's.

use crate::decode::{Decoder, Encoding};
use crate::session::{RawPiece, Session};
use crate::structure::Shape;
use crate::{gate, refusal, text};
use pushmail_domain::Endpoint;
use pushmail_mailbox::{About, Part, Piece, ReadError, ReadErrorKind, Wanted};

/// The smallest piece asked of a server: the first look at a message is not to cost two round trips.
const SMALLEST: usize = 2 * 1024 + 1;
/// The largest piece asked of a server.
const LARGEST: usize = 64 * 1024;

/// How much of a part is read, still encoded, and the setting that says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    pub(crate) bytes: u64,
    pub(crate) setting: &'static str,
}

impl Most {
    fn check(self, size: u64) -> Result<(), ReadError> {
        let Self { bytes, setting } = self;
        if size <= bytes {
            return Ok(());
        }
        let message = format!(
            "the part has more than {bytes} bytes, the most that mailbox.{setting} allows: ask for a part of it by its number, or raise the setting"
        );
        Err(ReadError::new(ReadErrorKind::TooLarge, message))
    }
}

/// Which part of which message: what a reading that goes on has to agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) folder: String,
    pub(crate) uid: u32,
    pub(crate) part: Part,
}

/// Where the bytes come from.
enum Source {
    /// The server, piece by piece.
    Server {
        section: String,
        /// How far it was read, still encoded.
        position: u64,
        decoder: Decoder,
    },
    /// All of them are here: `State::ready` begins at the part's start.
    Here,
}

/// How far a part was read. Kept with its session for a while, so that a caller who asks on goes on here.
pub(crate) struct State {
    pub(crate) key: Key,
    about: About,
    source: Source,
    /// Decoded bytes that were not handed out, or for [`Source::Here`] all of them.
    ready: Vec<u8>,
    /// Where in the part the next byte handed out is.
    offset: u64,
    ended: bool,
    most: Most,
}

impl State {
    /// Opens a part of a message in the folder that the session has open.
    pub(crate) async fn begin(
        session: &mut Session,
        wanted: &Wanted,
        uid_validity: u32,
        most: Most,
    ) -> Result<Self, ReadError> {
        let described = session.describe(wanted.uid, &wanted.part).await?;
        let described = described.ok_or_else(|| gone(session.endpoint()))?;
        let mut about = About {
            uid_validity,
            message_size: described.size,
            ..About::default()
        };
        let mut state = match (&wanted.part, described.shape) {
            (Part::Headers, _) => {
                about.content_type = "text/rfc822-headers".to_owned();
                Self::of_server(wanted, about, "HEADER", Encoding::Identity, most)
            }
            (Part::Raw, _) => {
                about.content_type = "message/rfc822".to_owned();
                about.size = Some(described.size);
                most.check(described.size)?;
                Self::of_server(wanted, about, "", Encoding::Identity, most)
            }
            (part, None) => return Err(no_part(part)),
            (part, Some(shape)) => {
                most.check(shape.octets.unwrap_or_default())?;
                about.content_type.clone_from(&shape.content_type);
                about.charset.clone_from(&shape.charset);
                about.filename.clone_from(&shape.filename);
                let state = Self::of_server(wanted, about, &shape.section, shape.encoding, most);
                match part {
                    Part::Text => state.into_text(session, &shape).await?,
                    _ => state,
                }
            }
        };
        state.skip_to(session, wanted.offset).await?;
        Ok(state)
    }

    fn of_server(
        wanted: &Wanted,
        about: About,
        section: &str,
        encoding: Encoding,
        most: Most,
    ) -> Self {
        Self {
            key: Key {
                folder: wanted.folder.clone(),
                uid: wanted.uid,
                part: wanted.part.clone(),
            },
            about,
            source: Source::Server {
                section: section.to_owned(),
                position: 0,
                decoder: Decoder::new(encoding),
            },
            ready: Vec::new(),
            offset: 0,
            ended: false,
            most,
        }
    }

    /// Reads a text part whole: its charset and HTML are to be undone as a whole.
    async fn into_text(mut self, session: &mut Session, shape: &Shape) -> Result<Self, ReadError> {
        while !self.ended {
            self.pull(session, LARGEST).await?;
        }
        self.ready = text::readable(&self.ready, shape).into_bytes();
        self.about.content_type = "text/plain".to_owned();
        self.about.charset = "utf-8".to_owned();
        self.about.size = Some(self.ready.len() as u64);
        self.source = Source::Here;
        Ok(self)
    }

    /// Whether a request can go on here.
    pub(crate) fn continues(&self, key: &Key, uid_validity: Option<u32>, offset: u64) -> bool {
        let reachable = self.offset == offset || matches!(self.source, Source::Here);
        let same_folder = uid_validity.is_none_or(|wanted| wanted == self.about.uid_validity);
        self.key == *key && same_folder && reachable
    }

    /// Goes on at an offset that [`State::continues`] allows. Reads ahead a little, which shows whether the
    /// session still serves.
    pub(crate) async fn go_on(
        &mut self,
        session: &mut Session,
        offset: u64,
    ) -> Result<(), ReadError> {
        self.skip_to(session, offset).await?;
        if self.ended || self.ready.len() >= LARGEST {
            return Ok(());
        }
        self.fill(session, self.ready.len() + 1).await
    }

    /// Goes to an offset, which lies ahead if not everything is here.
    async fn skip_to(&mut self, session: &mut Session, offset: u64) -> Result<(), ReadError> {
        match &mut self.source {
            Source::Here => self.offset = offset.min(self.ready.len() as u64),
            Source::Server {
                position,
                decoder: Decoder::Identity,
                ..
            } if self.ready.is_empty() => {
                *position = offset;
                self.offset = offset;
            }
            Source::Server { .. } => {
                while self.offset < offset && !(self.ended && self.ready.is_empty()) {
                    let ahead = usize::try_from(offset - self.offset).unwrap_or(LARGEST);
                    self.fill(session, ahead.min(LARGEST)).await?;
                    let dropped = self.ready.len().min(ahead);
                    self.ready.drain(..dropped);
                    self.offset += dropped as u64;
                }
            }
        }
        Ok(())
    }

    pub(crate) const fn about(&self) -> &About {
        &self.about
    }

    /// Hands out the next piece. One byte more than asked for is read, to know whether more follow.
    pub(crate) async fn next(
        &mut self,
        session: &mut Session,
        most: usize,
    ) -> Result<Piece, ReadError> {
        if matches!(self.source, Source::Here) {
            let from = usize::try_from(self.offset).unwrap_or(usize::MAX);
            let rest = self.ready.get(from..).unwrap_or_default();
            let bytes = rest[..rest.len().min(most)].to_vec();
            let more = bytes.len() < rest.len();
            return Ok(self.handed_out(bytes, more));
        }
        self.fill(session, most.saturating_add(1)).await?;
        let cut = self.ready.len().min(most);
        let bytes: Vec<u8> = self.ready.drain(..cut).collect();
        let more = !self.ready.is_empty();
        Ok(self.handed_out(bytes, more))
    }

    fn handed_out(&mut self, bytes: Vec<u8>, more: bool) -> Piece {
        self.offset += bytes.len() as u64;
        let size = if more {
            self.about.size
        } else {
            Some(self.offset)
        };
        Piece { bytes, more, size }
    }

    /// Moves the state out, for whoever reads on.
    pub(crate) fn take(&mut self) -> Self {
        Self {
            key: self.key.clone(),
            about: std::mem::take(&mut self.about),
            source: std::mem::replace(&mut self.source, Source::Here),
            ready: std::mem::take(&mut self.ready),
            offset: self.offset,
            ended: self.ended,
            most: self.most,
        }
    }

    async fn fill(&mut self, session: &mut Session, wanted: usize) -> Result<(), ReadError> {
        while self.ready.len() < wanted && !self.ended {
            let missing = wanted - self.ready.len();
            // Base64 takes four bytes and its line ends for three.
            self.pull(session, missing.saturating_add(missing / 2))
                .await?;
        }
        Ok(())
    }

    /// Reads about so many bytes more from the server.
    async fn pull(&mut self, session: &mut Session, wanted: usize) -> Result<(), ReadError> {
        let Source::Server {
            section,
            position,
            decoder,
        } = &mut self.source
        else {
            self.ended = true;
            return Ok(());
        };
        self.most.check(*position)?;
        let length = wanted.clamp(SMALLEST, LARGEST);
        let piece = session
            .piece(self.key.uid, section, *position, length)
            .await?;
        let piece = piece.ok_or_else(|| gone(session.endpoint()))?;
        let (bytes, ended) = placed(&piece, *position, length, session.endpoint())?;
        *position += bytes.len() as u64;
        decoder.decode(bytes, &mut self.ready);
        if ended {
            decoder.finish(&mut self.ready);
            self.ended = true;
        }
        Ok(())
    }
}

/// The bytes of a piece from `position` on, and whether they are the last ones. A server that gives the
/// whole instead of a part (RFC 9051, section 6.4.5 forbids it) is understood if that is small.
fn placed<'a>(
    piece: &'a RawPiece,
    position: u64,
    length: usize,
    endpoint: &Endpoint,
) -> Result<(&'a [u8], bool), ReadError> {
    match piece.origin {
        Some(origin) if origin == position && piece.bytes.len() <= length => {
            Ok((&piece.bytes, piece.bytes.len() < length))
        }
        None => {
            let from = usize::try_from(position).unwrap_or(usize::MAX);
            Ok((piece.bytes.get(from..).unwrap_or_default(), true))
        }
        Some(_) => Err(refusal::upstream(
            endpoint,
            "gave another piece than was asked for",
        )),
    }
}

fn gone(endpoint: &Endpoint) -> ReadError {
    let message = format!(
        "{endpoint} has no such message in the folder any more: it was deleted or moved since"
    );
    ReadError::new(ReadErrorKind::Gone, message)
}

fn no_part(part: &Part) -> ReadError {
    let message = match part {
        Part::Section(section) => format!(
            "the message has no part {section}: parts are numbered from 1, and a message without parts is its own part 1"
        ),
        _ => "the message has no text that people read: ask for one of its parts, or for all of it"
            .to_owned(),
    };
    ReadError::new(ReadErrorKind::NoPart, message)
}

const _: () = assert!(LARGEST as u64 <= gate::BODY);

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::Security;

    fn piece(origin: Option<u64>, bytes: &[u8]) -> RawPiece {
        let bytes = bytes.to_vec();
        RawPiece { bytes, origin }
    }

    fn endpoint() -> Endpoint {
        Endpoint {
            host: "localhost".into(),
            port: 1,
            security: Security::Tls,
        }
    }

    #[test]
    fn a_short_piece_is_the_last_one() {
        let full = piece(Some(4), b"abcd");
        assert_eq!(
            placed(&full, 4, 4, &endpoint()).unwrap(),
            (&b"abcd"[..], false)
        );
        let short = piece(Some(4), b"abc");
        assert_eq!(
            placed(&short, 4, 4, &endpoint()).unwrap(),
            (&b"abc"[..], true)
        );
    }

    #[test]
    fn a_server_that_gives_the_whole_is_understood() {
        let whole = piece(None, b"abcdef");
        assert_eq!(
            placed(&whole, 2, 3, &endpoint()).unwrap(),
            (&b"cdef"[..], true)
        );
        assert_eq!(placed(&whole, 9, 3, &endpoint()).unwrap(), (&b""[..], true));
    }

    #[test]
    fn another_piece_than_was_asked_for_is_refused() {
        for wrong in [piece(Some(3), b"abcd"), piece(Some(4), b"abcde")] {
            let error = placed(&wrong, 4, 4, &endpoint()).unwrap_err();
            assert_eq!(error.kind, ReadErrorKind::Upstream);
        }
    }
}
