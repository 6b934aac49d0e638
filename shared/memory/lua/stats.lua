-- Counts what lives, after taking out what has expired since the last call (a bounded number).
-- KEYS: live conversations, live messages, totals, live users
-- ARGV: now in ms
-- Returns {conversations, users, messages}
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1000)
for _, member in ipairs(gone) do
  local count = redis.call('HGET', KEYS[2], member)
  if count then
    redis.call('HINCRBY', KEYS[3], 'messages', -tonumber(count))
    redis.call('HDEL', KEYS[2], member)
  end
  redis.call('ZREM', KEYS[1], member)
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ARGV[1])
return {
  redis.call('ZCARD', KEYS[1]),
  redis.call('ZCARD', KEYS[4]),
  tonumber(redis.call('HGET', KEYS[3], 'messages') or '0'),
}
