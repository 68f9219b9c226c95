-- The account's shard, so that watchers read no more than their own of the change feed. It cannot be
-- computed here: -1 is for what was made before, until `schema::fill_shards` has run.
ALTER TABLE account ADD COLUMN shard BIGINT NOT NULL DEFAULT -1;
ALTER TABLE account_tombstone ADD COLUMN shard BIGINT NOT NULL DEFAULT -1;
CREATE INDEX account_by_shard ON account (shard, version);
CREATE INDEX account_tombstone_by_shard ON account_tombstone (shard, version);
