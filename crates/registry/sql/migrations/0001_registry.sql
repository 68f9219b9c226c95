-- The registry. Ids are text with their prefix; times are microseconds since 1970; enumerations are
-- the words of pushmail-domain; types are those that SQLite and PostgreSQL share, but for BLOB.

-- Counters that rise by transaction. account_version orders the accounts' change feed.
CREATE TABLE sequence (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO sequence (name, value) VALUES ('account_version', 0);

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
);

CREATE TABLE tenant (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    keys       BLOB   NOT NULL,  -- the data keys, wrapped by the master key
    created_at BIGINT NOT NULL,
    request_id TEXT   UNIQUE     -- of the request that made it
);
CREATE INDEX tenant_by_age ON tenant (created_at, id);

CREATE TABLE account (
    id         TEXT   NOT NULL PRIMARY KEY,
    tenant     TEXT   NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    address    TEXT   NOT NULL,
    host       TEXT   NOT NULL,
    port       BIGINT NOT NULL,
    security   TEXT   NOT NULL,
    login      TEXT   NOT NULL,
    credential BLOB   NOT NULL,  -- sealed by the tenant's credential key
    folders    TEXT   NOT NULL,  -- JSON: a list of {id, name}
    content    TEXT   NOT NULL,
    desired    TEXT   NOT NULL,
    version    BIGINT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    request_id TEXT,
    UNIQUE (tenant, id),
    UNIQUE (tenant, request_id)
);
CREATE INDEX account_by_age ON account (tenant, created_at, id);

-- Deleted accounts, for readers of the change feed. No references: it outlives what it names.
CREATE TABLE account_tombstone (
    version BIGINT NOT NULL PRIMARY KEY,
    tenant  TEXT   NOT NULL,
    account TEXT   NOT NULL
);

CREATE TABLE device (
    id         TEXT   NOT NULL PRIMARY KEY,
    tenant     TEXT   NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    token      BLOB,             -- SHA-256 of its token
    created_at BIGINT NOT NULL,
    request_id TEXT,
    UNIQUE (tenant, id),
    UNIQUE (tenant, request_id)
);
CREATE INDEX device_by_age ON device (tenant, created_at, id);

-- Both references carry the tenant: a device cannot be given another tenant's account.
CREATE TABLE device_account (
    tenant  TEXT   NOT NULL,
    device  TEXT   NOT NULL,
    place   BIGINT NOT NULL,     -- the account's place in the device's list
    account TEXT   NOT NULL,
    PRIMARY KEY (tenant, device, account),
    FOREIGN KEY (tenant, device) REFERENCES device (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, account) REFERENCES account (tenant, id) ON DELETE CASCADE
);
CREATE INDEX device_account_by_account ON device_account (tenant, account);

-- Where a shard's cursors stand in the log, and the newest epoch that flushed them.
CREATE TABLE shard_checkpoint (
    shard               BIGINT NOT NULL PRIMARY KEY,
    epoch_generation    BIGINT NOT NULL,
    epoch_fence         BIGINT NOT NULL,
    stream              BIGINT NOT NULL,
    position_generation BIGINT NOT NULL,
    position_sequence   BIGINT NOT NULL
);

CREATE TABLE checkpoint (
    account TEXT   NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    shard   BIGINT NOT NULL,
    cursor  TEXT   NOT NULL,     -- JSON
    phase   TEXT   NOT NULL,
    detail  TEXT   NOT NULL,
    since   BIGINT NOT NULL
);
CREATE INDEX checkpoint_by_shard ON checkpoint (shard);
