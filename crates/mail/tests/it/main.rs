//! What `pushmail-mail` promises: whatever a mail holds, something is seen of it, and never too much.

mod head;
