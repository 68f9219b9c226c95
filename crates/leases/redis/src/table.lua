-- What all scripts begin with: the table, and how it changes.
--
-- KEYS, all of one hash tag:
--   1  hash         what is below: `incarnation`, `change`, `members`, `run`, `time`, `heard`, `settles`
--   2  sorted set   worker -> until when its heartbeat lasts
--   3  hash         worker -> its record
--   4  hash         shard -> the worker that owns it
--   5  sorted set   shard -> the change that last gave it an owner, or none
-- ARGV: 1 the TTL; 2 the channel on which free shards are told, and, with `:` and its id, a worker's
-- own.
--
-- Times are milliseconds of the table's own time. It goes on with the server's clock, but from beat
-- to beat by a third of the TTL at most, so that neither an outage, nor a clock that is set, nor
-- another server's clock makes everybody's heartbeat run out.

local META, BEATS, MEMBERS, OWNERS, CHANGES = unpack(KEYS)
local TTL, CHANNEL = tonumber(ARGV[1]), ARGV[2]

local meta = redis.call('HMGET', META, 'incarnation', 'change', 'members', 'run', 'time', 'heard', 'settles')
-- Which table this is: a string, '0' if there is none.
local incarnation = meta[1] or '0'
-- How many changes it has seen, and at which of them the members were last others.
local change = tonumber(meta[2] or 0)
local members_changed = tonumber(meta[3] or 0)
-- Which start of which server carries it.
local run = meta[4]
local time = tonumber(meta[5] or 0)
-- The server's clock at the last beat.
local heard = tonumber(meta[6] or 0)
-- Until when claims are refused.
local settles = tonumber(meta[7] or 0)

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if incarnation ~= '0' then
  time = time + math.max(0, math.min(now - heard, math.floor(TTL / 3)))
end

local function whole_number(number)
  return string.format('%.0f', number)
end

-- The owner of each shard, or false. Asked in slices, since a call takes only so many arguments.
local function owners_of(shards)
  local owners = {}
  for from = 1, #shards, 1000 do
    local upto = math.min(from + 999, #shards)
    for _, owner in ipairs(redis.call('HMGET', OWNERS, unpack(shards, from, upto))) do
      owners[#owners + 1] = owner
    end
  end
  return owners
end

-- Gives the shard this owner, or none.
local function set_owner(shard, owner)
  if owner then
    redis.call('HSET', OWNERS, shard, owner)
  else
    redis.call('HDEL', OWNERS, shard)
  end
  change = change + 1
  redis.call('ZADD', CHANGES, whole_number(change), shard)
end

local function members_change()
  change = change + 1
  members_changed = change
end

-- Removes these members and frees their shards; whether there were any. Only here all owners are
-- looked at.
local function remove(workers)
  local gone = {}
  for _, worker in ipairs(workers) do
    redis.call('ZREM', BEATS, worker)
    redis.call('HDEL', MEMBERS, worker)
    gone[worker] = true
  end
  members_change()
  local freed = false
  local owners = redis.call('HGETALL', OWNERS)
  for i = 1, #owners, 2 do
    if gone[owners[i + 1]] then
      set_owner(owners[i], nil)
      freed = true
    end
  end
  return freed
end

-- Tells all that shards became free by this worker's doing.
local function tell_freed(worker)
  redis.call('PUBLISH', CHANNEL, worker)
end
