-- Lets the Idempotency-Key of a turn stand for a new one: nobody ever worked on this one.
-- KEYS: turn
-- ARGV: turn id
local key = redis.call('HGET', KEYS[1], 'key')
if key and redis.call('HGET', key, 'turn') == ARGV[1] then return redis.call('DEL', key) end
return 0
