-- A worker is asked to drain. Follows `table.lua`. ARGV 3: its id. Returns whether it is a member.

local worker = ARGV[3]
if not redis.call('ZSCORE', BEATS, worker) then
  return 0
end
redis.call('HSET', STATE, 'drain:' .. worker, 1)
redis.call('PUBLISH', CHANNEL .. ':' .. worker, 'drain')
return 1
