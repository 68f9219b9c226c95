-- One beat of a worker. Follows `table.lua`.
--
-- ARGV from 3 on: for how long a new table settles; the caller's id; its record; the incarnation and
-- the change that it knows; then three lists, each with its length in front: held shards, claimed
-- shards, released shards each followed by the successor's id or nothing.
--
-- Returns: incarnation; change; 1 if the rest is everything rather than changes; the time until the
-- next other member's heartbeat runs out, or -1; the time for which claims are still refused; a
-- snapshot, if everything was asked for; what differs from it, or from what the caller knows: keys
-- and values, of which an empty one means that the entry is gone; 1 if the caller was asked to drain.

local caller, record = ARGV[4], ARGV[5]
local known_incarnation, known_change = ARGV[6], tonumber(ARGV[7])
-- A snapshot that differs in more entries is not worth having.
local STALE = 256

local next_argument = 8
local function take()
  next_argument = next_argument + 1
  return ARGV[next_argument - 1]
end
local function take_shards()
  local shards = {}
  for i = 1, tonumber(take()) do
    shards[i] = take()
  end
  return shards
end

-- What is free becomes the caller's; the rest is returned: shard, owner, shard, owner.
local function take_free(shards)
  local others = {}
  for i, owner in ipairs(values_of(shards)) do
    if not owner then
      set(shards[i], caller)
    elseif owner ~= caller then
      others[#others + 1] = shards[i]
      others[#others + 1] = owner
    end
  end
  return others
end

-- Gives a shard of the caller's away; whether it became free.
local function release(shard, successor)
  if successor == caller or redis.call('HGET', ENTRIES, shard) ~= caller then
    return false
  end
  if redis.call('ZSCORE', BEATS, successor) then
    set(shard, successor)
    redis.call('PUBLISH', CHANNEL .. ':' .. successor, caller)
    return false
  end
  set(shard, nil)
  return true
end

-- All entries as they were after some change, and that change. So a fleet that asks for everything
-- at once, after a failover, is not listed everything a thousand times.
local function snapshot()
  local text = snapshot_at > 0 and snapshot_at >= forgotten and redis.call('GET', SNAPSHOT)
  if not text or redis.call('ZCOUNT', CHANGES, '(' .. whole_number(snapshot_at), '+inf') > STALE then
    text = table.concat(redis.call('HGETALL', ENTRIES), '\n')
    redis.call('SET', SNAPSHOT, text)
    snapshot_at = change
  end
  return text, snapshot_at
end

-- A table that is not there, or that another start of a server left, is another one: what its last
-- server knew may be lost. If there is none, nothing of it may be left either.
local this_run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
if incarnation == '0' then
  redis.call('DEL', BEATS, ENTRIES, CHANGES, GONE, SNAPSHOT)
end
if run ~= this_run then
  local micros = clock[1] * 1000000 + clock[2]
  incarnation = whole_number(math.max(micros, tonumber(incarnation) + 1))
  run, snapshot_at = this_run, 0
  settles = time + tonumber(ARGV[3])
end

-- 1. The heartbeat.
redis.call('ZADD', BEATS, whole_number(time + TTL), caller)
if redis.call('HGET', ENTRIES, caller) ~= record then
  set(caller, record)
end

-- 2. Those whose time ran out.
local freed = false
local gone = redis.call('ZRANGEBYSCORE', BEATS, '-inf', whole_number(time))
if #gone > 0 then
  freed = remove(gone)
end

-- 3. What is held. 4. What is given away. 5. What is claimed.
local told = take_free(take_shards())
local claims = take_shards()
for _ = 1, tonumber(take()) do
  freed = release(take(), take()) or freed
end
if time >= settles then
  take_free(claims)
end
if freed then
  tell_freed(caller)
end

-- The answer.
local text, since = '', known_change
local whole = known_incarnation ~= incarnation or known_change < forgotten or known_change > change
if whole then
  text, since = snapshot()
end
local changed = redis.call('ZRANGEBYSCORE', CHANGES, '(' .. whole_number(since), '+inf')
for i, value in ipairs(values_of(changed)) do
  told[#told + 1] = changed[i]
  told[#told + 1] = value or ''
end

local next_expiry = -1
local first = redis.call('ZRANGE', BEATS, 0, 1, 'WITHSCORES')
for i = 1, #first, 2 do
  if first[i] ~= caller then
    next_expiry = first[i + 1] - time
    break
  end
end

redis.call('HSET', STATE, 'incarnation', incarnation, 'change', whole_number(change), 'run', run,
  'time', whole_number(time), 'heard', whole_number(now), 'settles', whole_number(settles),
  'forgotten', whole_number(forgotten), 'snapshot', whole_number(snapshot_at))
return {
  tonumber(incarnation), change, whole and 1 or 0, next_expiry, math.max(0, settles - time), text, told,
  redis.call('HEXISTS', STATE, 'drain:' .. caller),
}
