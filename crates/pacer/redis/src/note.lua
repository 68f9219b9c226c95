-- Notes that devices are there.
--
-- KEYS: the sets of shards. ARGV: for how many milliseconds that counts; then for each set how many
-- accounts follow, and these.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local within = tonumber(ARGV[1])

local at = 2
for _, key in ipairs(KEYS) do
  local scored = {}
  for i = 1, tonumber(ARGV[at]) do
    scored[2 * i - 1] = now
    scored[2 * i] = ARGV[at + i]
  end
  at = at + 1 + #scored / 2
  redis.call('ZADD', key, unpack(scored))
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - within)
  redis.call('PEXPIRE', key, within)
end
return 'OK'
