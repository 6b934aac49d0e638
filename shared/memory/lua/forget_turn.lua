-- Removes a turn's record with all that points to it.
-- KEYS: turn, open turns, live turns, user's turns, user's records
-- ARGV: turn id
-- Returns the number of keys that are gone
local removed = 0
local key = redis.call('HGET', KEYS[1], 'key')
if key and redis.call('HGET', key, 'turn') == ARGV[1] then removed = redis.call('DEL', key) end
for i = 2, 5 do redis.call('ZREM', KEYS[i], ARGV[1]) end
return removed + redis.call('DEL', KEYS[1])
