-- What the account's server speaks, as JSON: "imap", or {"eas": {"path": …}}.
ALTER TABLE account ADD COLUMN protocol TEXT NOT NULL DEFAULT '"imap"';
