-- Raises a watermark: what was caused until then is dropped from now on.
-- KEYS: barrier
-- ARGV: field, until (us), ttl in s
-- Returns 1
local old = redis.call('HGET', KEYS[1], ARGV[1])
if not old or tonumber(old) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
