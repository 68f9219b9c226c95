-- One beat of a worker. Follows `table.lua`.
--
-- ARGV from 3 on: for how long a new table settles; the caller's id; its record; the incarnation and
-- the change that it knows; then three lists, each with its length in front: held shards, claimed
-- shards, released shards each followed by the successor's id or nothing.
--
-- Returns: incarnation; change; 1 if the rest is everything rather than changes; the time until the
-- next other member's heartbeat runs out, or -1; the time for which claims are still refused; the
-- members' ids and how long each lasts, or nil; their ids and records, or nil; shards and owners.

local caller, record = ARGV[4], ARGV[5]
local known_incarnation, known_change = ARGV[6], tonumber(ARGV[7])

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

-- A table that is not there, or that another start of a server left, is another one: what its last
-- server knew may be lost. If there is none, nothing of it may be left either.
local this_run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
if incarnation == '0' then
  redis.call('DEL', BEATS, MEMBERS, OWNERS, CHANGES)
end
if run ~= this_run then
  local micros = clock[1] * 1000000 + clock[2]
  incarnation = whole_number(math.max(micros, tonumber(incarnation) + 1))
  run = this_run
  settles = time + tonumber(ARGV[3])
end
heard = now

-- 1. The heartbeat.
redis.call('ZADD', BEATS, whole_number(time + TTL), caller)
if redis.call('HGET', MEMBERS, caller) ~= record then
  redis.call('HSET', MEMBERS, caller, record)
  members_change()
end

-- 2. Those whose time ran out.
local freed = false
local gone = redis.call('ZRANGEBYSCORE', BEATS, '-inf', whole_number(time))
if #gone > 0 then
  freed = remove(gone)
end

-- What is free becomes the caller's; the rest is returned: shard, owner, shard, owner.
local function take_free(shards)
  local others = {}
  for i, owner in ipairs(owners_of(shards)) do
    if not owner then
      set_owner(shards[i], caller)
    elseif owner ~= caller then
      others[#others + 1] = shards[i]
      others[#others + 1] = owner
    end
  end
  return others
end

-- 3. What is held. 4. What is given away. 5. What is claimed.
local told = take_free(take_shards())
local claims = take_shards()
for _ = 1, tonumber(take()) do
  local shard, successor = take(), take()
  if successor ~= caller and redis.call('HGET', OWNERS, shard) == caller then
    if redis.call('ZSCORE', BEATS, successor) then
      set_owner(shard, successor)
      redis.call('PUBLISH', CHANNEL .. ':' .. successor, caller)
    else
      set_owner(shard, nil)
      freed = true
    end
  end
end
if time >= settles then
  take_free(claims)
end

if freed then
  tell_freed(caller)
end
redis.call('HSET', META, 'incarnation', incarnation, 'change', whole_number(change),
  'members', whole_number(members_changed), 'run', run, 'time', whole_number(time),
  'heard', whole_number(heard), 'settles', whole_number(settles))

-- The answer.
local whole = known_incarnation ~= incarnation or known_change > change
if whole then
  told = redis.call('HGETALL', OWNERS)
else
  local changed = redis.call('ZRANGEBYSCORE', CHANGES, '(' .. whole_number(known_change), '+inf')
  for i, owner in ipairs(owners_of(changed)) do
    told[#told + 1] = changed[i]
    told[#told + 1] = owner or ''
  end
end

local heartbeats, records = false, false
if whole or members_changed > known_change then
  heartbeats = redis.call('ZRANGE', BEATS, 0, -1, 'WITHSCORES')
  for i = 2, #heartbeats, 2 do
    heartbeats[i] = heartbeats[i] - time
  end
  records = redis.call('HGETALL', MEMBERS)
end

local next_expiry = -1
local first = redis.call('ZRANGE', BEATS, 0, 1, 'WITHSCORES')
for i = 1, #first, 2 do
  if first[i] ~= caller then
    next_expiry = first[i + 1] - time
    break
  end
end

return {
  tonumber(incarnation), change, whole and 1 or 0, next_expiry, math.max(0, settles - time),
  heartbeats, records, told,
}
