-- A worker leaves. Follows `table.lua`. ARGV 3: its id.

local worker = ARGV[3]
if redis.call('ZSCORE', BEATS, worker) then
  if remove({ worker }) then
    tell_freed(worker)
  end
  redis.call('HSET', STATE, 'change', whole_number(change), 'forgotten', whole_number(forgotten))
end
return 'OK'
