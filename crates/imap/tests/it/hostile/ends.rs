//! How each file's conversation ends.

/// The file's name, and how the words of the end begin.
pub(super) const ENDS: [(&str, &str); 108] = [
    (
        "backlog-that-is-not-there",
        "protocol: imap.example.org:993: the server gave no valid UIDVALIDITY for the folder \"Lists\"",
    ),
    (
        "bad-greeting",
        "protocol: imap.example.org:993: the server's greeting cannot be taken: malformed tagged response;",
    ),
    (
        "bad-to-everything",
        "login_refused: imap.example.org:993: the server refused the login of joe without saying why",
    ),
    (
        "bare-carriage-returns",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed tag",
    ),
    (
        "body-literal-too-large",
        "too_large: imap.example.org:993: the server sent what cannot be taken: a literal is larger than",
    ),
    (
        "body-section-without-end",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed FETCH item",
    ),
    (
        "bye-echoes-password",
        "throttled: imap.example.org:993: the server ends the connection for now; what the server said is",
    ),
    (
        "bye-in-a-fetch",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed FETCH item",
    ),
    (
        "bye-while-idle-names-the-session",
        "throttled: imap.example.org:993: the server ends the connection for now; the server said: \"session",
    ),
    (
        "capability-changes-its-mind",
        "protocol: imap.example.org:993: the server gave no valid UIDVALIDITY for the folder \"INBOX\"",
    ),
    (
        "capability-never-given",
        "protocol: imap.example.org:993: the server answered a command that was not sent",
    ),
    (
        "changedsince-flood",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "closed-without-end",
        "protocol: imap.example.org:993: the server gave no valid UIDVALIDITY for the folder \"INBOX\"",
    ),
    (
        "continuation-in-idle",
        "protocol: imap.example.org:993: the server asked for more of a command that was complete",
    ),
    (
        "data-before-starttls",
        "protocol: imap.example.org:993: the server sent data before STARTTLS completed",
    ),
    (
        "dripped-greeting",
        "auth_rejected: imap.example.org:993: the server rejected the password of joe: check the user name",
    ),
    (
        "empty-lines",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "endless-continuations",
        "protocol: imap.example.org:993: the server asked for more of a command that was complete",
    ),
    (
        "endless-line",
        "too_large: imap.example.org:993: the server's greeting cannot be taken: a line is larger than",
    ),
    (
        "esearch-of-deep-nesting",
        "too_large: imap.example.org:993: the server sent what cannot be taken: the depth of parentheses is",
    ),
    (
        "examine-says-nothing-counts",
        "protocol: imap.example.org:993: the server gives neither UIDNEXT nor the UID of the last message",
    ),
    (
        "examine-with-two-uidvalidities",
        "closed: imap.example.org:993: a folder was made anew at the server; connecting again",
    ),
    (
        "exists-overflow",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed number of a",
    ),
    (
        "exists-that-is-never-there",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "exists-up-and-down",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "expunge-below-zero",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "expunge-of-nothing",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed number of a",
    ),
    (
        "fetch-in-a-loop-below-the-cursor",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "fetch-in-no-order",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "fetch-items-of-nobody",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "fetch-of-64-long-flags",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "fetch-of-sequence-zero",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed number of a",
    ),
    (
        "fetch-refused",
        "timeout: imap.example.org:993: the server did not answer in time during UID FETCH",
    ),
    (
        "fetch-with-expunges",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "fetch-without-uid",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "flags-unclosed",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed FLAGS",
    ),
    (
        "folders-created-without-end",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "folders-deleted-and-created",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "greeting-bye-for-good",
        "auth_rejected: imap.example.org:993: the server rejected the password of joe: check the user name",
    ),
    (
        "greeting-code-without-end",
        "timeout: imap.example.org:993: the server did not answer in time during CAPABILITY",
    ),
    (
        "highestmodseq-falls",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "highestmodseq-of-2-to-the-63",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "id-of-nested-lists",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed string",
    ),
    (
        "idle-ended-at-once",
        "timeout: imap.example.org:993: the server did not answer in time during NOOP",
    ),
    (
        "idle-refused-without-end",
        "protocol: imap.example.org:993: the server refuses NOOP; the server said: \"no noop either\"",
    ),
    (
        "inbox-is-gone",
        "closed: imap.example.org:993: the main folder is gone; connecting again",
    ),
    (
        "list-attributes-of-nothing",
        "timeout: imap.example.org:993: the server did not answer in time during STATUS",
    ),
    (
        "list-flood",
        "timeout: imap.example.org:993: the server did not answer in time during STATUS",
    ),
    (
        "list-names-of-absurd-length",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "list-oldname-of-itself",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "list-unclosed",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed LIST",
    ),
    (
        "literal-dripped",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "literal-in-capability",
        "timeout: imap.example.org:993: the server did not answer in time during CAPABILITY",
    ),
    (
        "literal-length-overflow",
        "too_large: imap.example.org:993: the server sent what cannot be taken: a literal is larger than",
    ),
    (
        "literal-of-64-mib-begun",
        "timeout: imap.example.org:993: the server did not answer in time during UID FETCH",
    ),
    (
        "literal-of-no-length",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "literal-plus-and-tilde",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "literal-too-large",
        "too_large: imap.example.org:993: the server sent what cannot be taken: a literal is larger than",
    ),
    (
        "literal-where-a-flag-is",
        "timeout: imap.example.org:993: the server did not answer in time during UID FETCH",
    ),
    (
        "login-answered-by-another",
        "protocol: imap.example.org:993: the server answered a command that was not sent",
    ),
    (
        "login-bad-of-8-bit",
        "login_refused: imap.example.org:993: the server refused the login of joe without saying why",
    ),
    (
        "login-echoes-base64",
        "login_refused: imap.example.org:993: the server refused the login of joe without saying why",
    ),
    (
        "login-no-without-a-word",
        "login_refused: imap.example.org:993: the server refused the login of joe without saying why",
    ),
    (
        "lowest-uid-that-moves",
        "protocol: imap.example.org:993: the server answered a command that was not sent",
    ),
    (
        "mailboxid-of-two-folders",
        "timeout: imap.example.org:993: the server did not answer in time during EXAMINE",
    ),
    (
        "mailboxid-that-changes",
        "timeout: imap.example.org:993: the server did not answer in time during EXAMINE",
    ),
    (
        "mailboxid-that-wanders",
        "timeout: imap.example.org:993: the server did not answer in time during EXAMINE",
    ),
    (
        "many-bodies",
        "too_large: imap.example.org:993: the server sent what cannot be taken: a response is larger than",
    ),
    (
        "modified-utf7-nonsense",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "negative-exists",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed number of a",
    ),
    (
        "negative-uid",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed UID",
    ),
    (
        "nested-parentheses",
        "too_large: imap.example.org:993: the server sent what cannot be taken: the depth of parentheses is",
    ),
    (
        "no-to-everything",
        "protocol: imap.example.org:993: the server refuses CAPABILITY; the server said: \"no\"",
    ),
    (
        "notification-overflow-loop",
        "protocol: imap.example.org:993: the server answered a command that was not sent",
    ),
    (
        "notify-refused-in-the-middle",
        "protocol: imap.example.org:993: the server asked for more of a command that was complete",
    ),
    (
        "nul-in-a-literal",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "nul-in-line",
        "protocol: imap.example.org:993: the server's greeting cannot be taken: malformed line: it holds a",
    ),
    (
        "ok-to-everything",
        "protocol: imap.example.org:993: the server gave no valid UIDVALIDITY for the folder \"INBOX\"",
    ),
    (
        "poisoned-message-for-ever",
        "protocol: imap.example.org:993: the server asked for more of a command that was complete",
    ),
    (
        "preauth-before-starttls",
        "plaintext_refused: imap.example.org:993: the server skips the login before STARTTLS, so the",
    ),
    (
        "rename-of-the-inbox",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "rename-storm",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "rename-that-grows",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "sasl-challenge-of-16-kib",
        "auth_rejected: imap.example.org:993: the server rejected the access token of joe: get a new access",
    ),
    (
        "search-that-lies",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "starttls-not-offered-after-all",
        "tls: imap.example.org:993: the server refuses to begin TLS; the server said: \"never\"",
    ),
    (
        "starttls-refused",
        "tls: imap.example.org:993: the server refuses to begin TLS; the server said: \"what\"",
    ),
    (
        "starttls-then-bye",
        "throttled: imap.example.org:993: the server ends the connection for now; the server said: \"no\"",
    ),
    (
        "starttls-withdrawn-inside",
        "auth_unsupported: imap.example.org:993: the server offers no login with a password: check the user",
    ),
    (
        "status-flood",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "status-of-deep-nesting",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "status-that-contradicts",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "tag-of-8-bit",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed tag",
    ),
    (
        "tagged-before-command",
        "protocol: imap.example.org:993: the server's greeting is not that of an IMAP server: check host and",
    ),
    (
        "token-challenged-without-end",
        "protocol: imap.example.org:993: the server asked for more of a command that was complete",
    ),
    (
        "uidnext-beyond-all",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "uidnext-too-far",
        "protocol: imap.example.org:993: the server gives neither UIDNEXT nor the UID of the last message",
    ),
    (
        "uidvalidity-flaps",
        "closed: imap.example.org:993: a folder was made anew at the server; connecting again",
    ),
    (
        "uidvalidity-zero",
        "protocol: imap.example.org:993: the server gave no valid UIDVALIDITY for the folder \"INBOX\"",
    ),
    (
        "unclosed-quote",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed quoted string",
    ),
    (
        "unknown-responses",
        "protocol: imap.example.org:993: the server sent what cannot be taken: malformed untagged response",
    ),
    (
        "untagged-bad-without-end",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "vanished-backward-and-overlapping",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "vanished-longer-than-a-line",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "vanished-of-all",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "vanished-of-thousands-of-ranges",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "vanished-without-end-while-idle",
        "timeout: imap.example.org:993: the server did not answer in time during IDLE",
    ),
    (
        "wrong-tag",
        "protocol: imap.example.org:993: the server answered a command that was not sent",
    ),
];
