//! What is about to be sent.

use super::Session;

impl<S> Session<S> {
    pub(super) fn say(&mut self, line: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }

    /// Says goodbye; the connection ends when that is sent.
    pub(super) fn bye(&mut self, text: &str) {
        self.say(&format!("* BYE {text}"));
        self.ended = true;
    }
}
