-- The accounts of a shard whose devices were noted lately.
--
-- KEYS 1: the shard's set. ARGV 1: for how many milliseconds a note counts.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. (now - tonumber(ARGV[1])), '+inf')
