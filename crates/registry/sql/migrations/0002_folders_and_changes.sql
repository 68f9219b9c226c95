-- What is watched, apart from what was found: see Account::selection. An empty selection is of an
-- account made before: then it is the names of its folders.
ALTER TABLE account ADD COLUMN selection TEXT NOT NULL DEFAULT '';  -- JSON: a list of names
-- The selection under which `folders` were found; empty before that.
ALTER TABLE account ADD COLUMN listed TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN events TEXT NOT NULL DEFAULT 'new';

-- How often the credential was rejected, and the account's version then.
ALTER TABLE checkpoint ADD COLUMN rejections BIGINT NOT NULL DEFAULT 0;
ALTER TABLE checkpoint ADD COLUMN rejected_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE checkpoint ADD COLUMN rejected_version BIGINT NOT NULL DEFAULT 0;

-- What is remembered of an account's newest messages; apart from its checkpoint, since it is read seldom.
CREATE TABLE account_memory (
    account TEXT NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    memory  BLOB NOT NULL
);
