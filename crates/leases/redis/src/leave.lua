-- A worker leaves. Follows `table.lua`. ARGV 3: its id.

local worker = ARGV[3]
if redis.call('ZSCORE', BEATS, worker) then
  if remove({ worker }) then
    tell_freed(worker)
  end
  redis.call('HSET', META, 'change', whole_number(change), 'members', whole_number(members_changed))
end
return 'OK'
