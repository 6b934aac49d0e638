-- Keeps the fold of a user's claims, unless what it was made of has changed, or was folded by another.
-- KEYS: facts, user, folding, claims
-- ARGV: 1 revision, 2 number of folds, 3 user id, 4 when time alone changes it (ms) or '',
--       5 facts, 6 preferences, 7 states, then the ids of claims that are too many
-- Returns 1, or 0 where it must be folded again
local known = redis.call('HMGET', KEYS[1], 'revision', 'folds')
if (known[1] or '') ~= ARGV[1] or (known[2] or '') ~= ARGV[2] then return 0 end
local expires = redis.call('HGET', KEYS[2], 'expires_ms')
-- Its user was forgotten, or has expired.
if not expires then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[3], ARGV[3])
  return 1
end
redis.call('HSET', KEYS[1], 'folded', ARGV[1], 'facts', ARGV[5], 'preferences', ARGV[6],
  'states', ARGV[7], 'due_ms', ARGV[4])
redis.call('HINCRBY', KEYS[1], 'folds', 1)
if #ARGV > 7 then
  for i = 8, #ARGV do redis.call('HDEL', KEYS[4], ARGV[i]) end
  redis.call('HINCRBY', KEYS[1], 'trimmed', #ARGV - 7)
end
redis.call('PEXPIREAT', KEYS[1], expires)
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[3], ARGV[3])
else
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[3])
end
return 1
