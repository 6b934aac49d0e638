-- Stores how a turn ended; the first outcome stays, whoever comes later.
-- KEYS: turn
-- ARGV: outcome, status, ttl in s
-- Returns the outcome that is stored
local outcome = redis.call('HGET', KEYS[1], 'outcome')
if outcome then return outcome end
redis.call('HSET', KEYS[1], 'outcome', ARGV[1], 'status', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return ARGV[1]
