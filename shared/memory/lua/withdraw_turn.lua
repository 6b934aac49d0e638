-- Takes a turn back that could not be handed on: its conversation must not wait for it, and if
-- its request arrives after all, nobody waits for the answer and nothing of it is kept.
-- One that is worked on already was handed on, whatever its gateway heard, and stays; so does one
-- that another request with the same Idempotency-Key has joined.
-- KEYS: turn, open turns, live turns, user's turns
-- ARGV: turn id
-- Returns 1, or 0 where the turn stays
local state = redis.call('HMGET', KEYS[1], 'status', 'outcome', 'joined', 'key')
if state[2] or state[3] or (state[1] and state[1] ~= 'queued') then return 0 end
for i = 2, 4 do redis.call('ZREM', KEYS[i], ARGV[1]) end
if state[4] and redis.call('HGET', state[4], 'turn') == ARGV[1] then redis.call('DEL', state[4]) end
if state[1] then redis.call('HSET', KEYS[1], 'withdrawn', '1') end
return 1
