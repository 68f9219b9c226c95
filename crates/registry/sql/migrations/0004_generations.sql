-- The event log's generation of each stream; 1 for a stream without a row.
CREATE TABLE log_generation (
    stream     BIGINT NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL
);
