-- Appends messages to a conversation and closes the turn that they came with. Idempotent, and the
-- same whatever the order of calls: a message id counts once, times only grow or shrink.
-- KEYS: open turns, conversation, messages, order, live conversations, live messages, totals,
--       user, user's conversations, preferences, live users
-- ARGV: turn id or '', member, conversation id, user id, now ms, recorded at ms,
--       conversation ttl ms, user ttl ms, then for each message: id, order member, order, tokens,
--       time ms, message
-- Returns the number of messages that were new, or -1 where the event is older than its keeping
local now, recorded = tonumber(ARGV[5]), tonumber(ARGV[6])
local expires, user_expires = recorded + tonumber(ARGV[7]), recorded + tonumber(ARGV[8])
if ARGV[1] ~= '' then redis.call('ZREM', KEYS[1], ARGV[1]) end
if #ARGV < 9 then return 0 end
if expires <= now then return -1 end

-- What expired by itself leaves its count behind: take it back before counting anew.
if redis.call('EXISTS', KEYS[2]) == 0 then
  local gone = redis.call('HGET', KEYS[6], ARGV[2])
  if gone then
    redis.call('HINCRBY', KEYS[7], 'messages', -tonumber(gone))
    redis.call('HDEL', KEYS[6], ARGV[2])
  end
end

local function least(key, field, value)
  local old = redis.call('HGET', key, field)
  if not old or tonumber(old) > value then redis.call('HSET', key, field, string.format('%.0f', value)) end
end
local function most(key, field, value)
  local old = redis.call('HGET', key, field)
  if not old or tonumber(old) < value then redis.call('HSET', key, field, string.format('%.0f', value)) end
end

local added, tokens = 0, 0
for i = 9, #ARGV, 6 do
  if redis.call('HSETNX', KEYS[3], ARGV[i], ARGV[i + 5]) == 1 then
    redis.call('ZADD', KEYS[4], ARGV[i + 2], ARGV[i + 1])
    added = added + 1
    tokens = tokens + tonumber(ARGV[i + 3])
  end
  local time = tonumber(ARGV[i + 4])
  least(KEYS[2], 'created_ms', time)
  most(KEYS[2], 'updated_ms', time)
  redis.call('ZADD', KEYS[9], 'GT', time, ARGV[3])
end
if added > 0 then
  redis.call('HINCRBY', KEYS[2], 'messages', added)
  redis.call('HINCRBY', KEYS[2], 'tokens', tokens)
  redis.call('HINCRBY', KEYS[6], ARGV[2], added)
  redis.call('HINCRBY', KEYS[7], 'messages', added)
end

most(KEYS[2], 'expires_ms', expires)
expires = tonumber(redis.call('HGET', KEYS[2], 'expires_ms'))
for i = 2, 4 do redis.call('PEXPIREAT', KEYS[i], expires) end
redis.call('ZADD', KEYS[5], expires, ARGV[2])

least(KEYS[8], 'created_ms', recorded)
most(KEYS[8], 'active_ms', recorded)
most(KEYS[8], 'expires_ms', user_expires)
user_expires = tonumber(redis.call('HGET', KEYS[8], 'expires_ms'))
for i = 8, 10 do redis.call('PEXPIREAT', KEYS[i], user_expires) end
redis.call('ZADD', KEYS[11], user_expires, ARGV[4])
return added
