-- Takes tokens of buckets.
--
-- KEYS: the buckets. ARGV, for each of them: its burst; the microseconds for each further token, or 0
-- if there are always enough; how many are wanted; how many come back unused.
--
-- A bucket's value is the moment at which it will be full, in microseconds of this server's clock. One
-- that is not there is full.
--
-- Returns for each: how many were taken; the microseconds until there is another one, or 0.

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

local function whole_number(number)
  return string.format('%.0f', number)
end

local taken = {}
for i, key in ipairs(KEYS) do
  local burst, every = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local wanted, unused = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  local granted, again = wanted, 0
  if every > 0 then
    local holds = now + burst * every
    local full_at = tonumber(redis.call('GET', key) or 0)
    -- Another server's clock, or a rate that was raised since, must not keep anybody out for longer
    -- than an empty bucket does.
    full_at = math.min(full_at, holds)
    full_at = math.max(full_at - unused * every, now)
    granted = math.min(wanted, math.floor((holds - full_at) / every))
    full_at = full_at + granted * every
    if granted < wanted then
      again = full_at + every - holds
    end
    if full_at > now then
      redis.call('SET', key, whole_number(full_at), 'PX', whole_number(math.ceil((full_at - now) / 1000)))
    else
      redis.call('DEL', key)
    end
  end
  taken[2 * i - 1] = granted
  taken[2 * i] = again
end
return taken
