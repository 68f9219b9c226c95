-- The whole table; writes nothing. Follows `table.lua`.
--
-- Returns: incarnation; change; the time for which claims are still refused; the members' ids and how
-- long each lasts; all entries.

local heartbeats = redis.call('ZRANGE', BEATS, 0, -1, 'WITHSCORES')
for i = 2, #heartbeats, 2 do
  heartbeats[i] = math.max(0, heartbeats[i] - time)
end
return {
  tonumber(incarnation), change, math.max(0, settles - time), heartbeats,
  redis.call('HGETALL', ENTRIES),
}
