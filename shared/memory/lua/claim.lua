-- Takes a job that one process does at a time, or keeps it.
-- KEYS: the job
-- ARGV: who, for how long in ms
-- Returns 1, or 0 where another has it
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
