-- Sets or removes preferences; for each key the latest (time, sequence) wins, in whatever order
-- the events come. A removed one stays as null, so that an older event cannot bring it back.
-- KEYS: preferences, user, live users
-- ARGV: recorded at us, sequence, now ms, user ttl ms, user id, then key and JSON value in turn
local recorded, sequence = tonumber(ARGV[1]), tonumber(ARGV[2])
local active = math.floor(recorded / 1000)
local expires = active + tonumber(ARGV[4])
if expires <= tonumber(ARGV[3]) then return 0 end
for i = 6, #ARGV, 2 do
  local old = redis.call('HGET', KEYS[1], ARGV[i])
  local newer = true
  if old then
    -- "microseconds sequence value"
    local at, seq = string.match(old, '^(%d+) (%d+) ')
    at, seq = tonumber(at), tonumber(seq)
    newer = recorded > at or (recorded == at and sequence > seq)
  end
  if newer then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[i + 1])
  end
end
local created = redis.call('HGET', KEYS[2], 'created_ms')
if not created or tonumber(created) > active then
  redis.call('HSET', KEYS[2], 'created_ms', string.format('%.0f', active))
end
local last = redis.call('HGET', KEYS[2], 'active_ms')
if not last or tonumber(last) < active then
  redis.call('HSET', KEYS[2], 'active_ms', string.format('%.0f', active),
    'expires_ms', string.format('%.0f', expires))
end
expires = tonumber(redis.call('HGET', KEYS[2], 'expires_ms'))
redis.call('PEXPIREAT', KEYS[1], expires)
redis.call('PEXPIREAT', KEYS[2], expires)
redis.call('ZADD', KEYS[3], expires, ARGV[5])
return 1
