-- Takes a turn back that could not be handed on: its conversation must not wait for it, and if
-- its request arrives after all, nobody waits for the answer and nothing of it is kept.
-- KEYS: turn, open turns, live turns, user's turns, idempotency (only with a key)
-- ARGV: turn id
for i = 2, 4 do redis.call('ZREM', KEYS[i], ARGV[1]) end
if KEYS[5] and redis.call('HGET', KEYS[5], 'turn') == ARGV[1] then redis.call('DEL', KEYS[5]) end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'withdrawn', '1')
return 1
