-- Where tenants' backends stand in the event log.
CREATE TABLE subscription (
    tenant     TEXT   NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    epoch      BIGINT NOT NULL,  -- rises whenever it is taken
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
);

-- One row for each of the log's streams.
CREATE TABLE subscription_mark (
    tenant     TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    stream     BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    sequence   BIGINT NOT NULL,
    current_at BIGINT NOT NULL,  -- nothing above the mark was stored before this moment
    acked      TEXT   NOT NULL,  -- JSON: a list of sequences above the mark that are done too
    PRIMARY KEY (tenant, name, stream),
    FOREIGN KEY (tenant, name) REFERENCES subscription (tenant, name) ON DELETE CASCADE
);
