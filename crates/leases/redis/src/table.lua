-- What all scripts begin with: the table, and how it changes.
--
-- KEYS, all of one hash tag:
--   1  hash        what stands in `state` below; `drain:` and a worker's id if it was asked to drain
--   2  sorted set  worker -> until when its heartbeat lasts
--   3  hash        the entries: worker -> its record; shard -> the worker that owns it
--   4  sorted set  worker or shard -> the change that last made, changed or removed its entry
--   5  list        the workers that were removed, the oldest first, as far as 4 still knows them
--   6  string      all entries as they were after some change, each key and value a line
-- ARGV: 1 the TTL; 2 the channel on which free shards are told, and, with `:` and its id, a worker's
-- own.
--
-- Times are milliseconds of the table's own time. It goes on with the server's clock, but from beat
-- to beat by a third of the TTL at most, so that neither an outage, nor a clock that is set, nor
-- another server's clock makes everybody's heartbeat run out.

local STATE, BEATS, ENTRIES, CHANGES, GONE, SNAPSHOT = unpack(KEYS)
local TTL, CHANNEL = tonumber(ARGV[1]), ARGV[2]
-- How many workers that were removed are remembered as such.
local KEPT_GONE = 1000

local state = redis.call('HMGET', STATE,
  'incarnation', 'change', 'run', 'time', 'heard', 'settles', 'forgotten', 'snapshot')
-- Which table this is: a string, '0' if there is none.
local incarnation = state[1] or '0'
-- How many changes it has seen.
local change = tonumber(state[2] or 0)
-- Which start of which server carries it.
local run = state[3]
local time = tonumber(state[4] or 0)
-- The server's clock at the last beat.
local heard = tonumber(state[5] or 0)
-- Until when claims are refused.
local settles = tonumber(state[6] or 0)
-- Up to this change, removals of workers are forgotten: an older view is answered whole.
local forgotten = tonumber(state[7] or 0)
-- The change after which the snapshot was taken; 0 if there is none.
local snapshot_at = tonumber(state[8] or 0)

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if incarnation ~= '0' then
  time = time + math.max(0, math.min(now - heard, math.floor(TTL / 3)))
end

-- Large numbers would be written as 1e+15.
local function whole_number(number)
  return string.format('%.0f', number)
end

-- The values of these entries, or false. Asked in slices, since a call takes only so many arguments.
local function values_of(keys)
  local values = {}
  for from = 1, #keys, 1000 do
    local upto = math.min(from + 999, #keys)
    for _, value in ipairs(redis.call('HMGET', ENTRIES, unpack(keys, from, upto))) do
      values[#values + 1] = value
    end
  end
  return values
end

-- Gives the entry this value, or removes it.
local function set(key, value)
  if value then
    redis.call('HSET', ENTRIES, key, value)
  else
    redis.call('HDEL', ENTRIES, key)
  end
  change = change + 1
  redis.call('ZADD', CHANGES, whole_number(change), key)
end

-- Keeps the list of those that were removed short. One that came back is on it until its turn.
local function forget()
  while redis.call('LLEN', GONE) > KEPT_GONE do
    local worker = redis.call('LPOP', GONE)
    if not redis.call('ZSCORE', BEATS, worker) then
      forgotten = math.max(forgotten, tonumber(redis.call('ZSCORE', CHANGES, worker) or 0))
      redis.call('ZREM', CHANGES, worker)
    end
  end
end

-- Removes these members and frees their shards; whether there were any. Only here, and for a
-- snapshot, are all entries looked at.
local function remove(workers)
  local gone = {}
  for _, worker in ipairs(workers) do
    redis.call('ZREM', BEATS, worker)
    redis.call('HDEL', STATE, 'drain:' .. worker)
    set(worker, nil)
    redis.call('RPUSH', GONE, worker)
    gone[worker] = true
  end
  forget()
  local freed = false
  local entries = redis.call('HGETALL', ENTRIES)
  for i = 1, #entries, 2 do
    if gone[entries[i + 1]] then
      set(entries[i], nil)
      freed = true
    end
  end
  return freed
end

-- Tells all that shards became free by this worker's doing.
local function tell_freed(worker)
  redis.call('PUBLISH', CHANNEL, worker)
end
