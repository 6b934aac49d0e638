-- Takes a turn back that could not be handed on: its conversation must not wait for it, and if
-- its request arrives after all, nobody waits for the answer.
-- KEYS: turn, open turns
-- ARGV: turn id
redis.call('ZREM', KEYS[2], ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'cancelled', '1')
return 1
