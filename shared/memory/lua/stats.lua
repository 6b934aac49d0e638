-- Counts what lives, after taking out what has expired since the last call (a bounded number).
-- KEYS: live conversations, live messages, totals, live users, expiring
-- ARGV: now in ms, key prefixes of conversations, messages and orders, how many at most,
--       key prefixes of topics, and where Redis is all there is, too: of counts and of weights
-- Returns {conversations, users, messages, there may be more to take out 0|1}
local limit = tonumber(ARGV[5])
local function tallies_of(member)
  if not ARGV[7] then return {} end
  local user = string.match(member, '^[^:]*')
  return {ARGV[7] .. user, ARGV[8] .. user, ARGV[7], ARGV[8]}
end
local gone = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, limit)
for _, member in ipairs(gone) do
  local count = redis.call('HGET', KEYS[2], member)
  if count then
    redis.call('HINCRBY', KEYS[3], 'messages', -tonumber(count))
    redis.call('HDEL', KEYS[2], member)
  end
  redis.call('ZREM', KEYS[1], member)
  drop_topics(ARGV[6] .. member, tallies_of(member))
end
-- A message with a lifetime of its own: its conversation lives on, or has gone before it.
local over = redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', ARGV[1], 'LIMIT', 0, limit)
for _, entry in ipairs(over) do
  redis.call('ZREM', KEYS[5], entry)
  local space = string.find(entry, ' ', 1, true)
  local id, member = string.sub(entry, 1, space - 1), string.sub(entry, space + 1)
  local message = redis.call('HGET', ARGV[3] .. member, id)
  if message then
    message = cjson.decode(message)
    redis.call('HDEL', ARGV[3] .. member, id)
    local place = string.format('%.0f', message.order)
    for _, one in ipairs(redis.call('ZRANGEBYSCORE', ARGV[4] .. member, place, place)) do
      if string.sub(one, 18) == id then redis.call('ZREM', ARGV[4] .. member, one) end
    end
    redis.call('HINCRBY', ARGV[2] .. member, 'messages', -1)
    redis.call('HINCRBY', ARGV[2] .. member, 'tokens', -(tonumber(message.tokens) or 0))
    redis.call('HINCRBY', KEYS[2], member, -1)
    redis.call('HINCRBY', KEYS[3], 'messages', -1)
    move_topics(-1, message, ARGV[6] .. member, tallies_of(member))
    redis.call('HDEL', ARGV[2] .. member, 'summary', 'summarized')
    redis.call('HINCRBY', ARGV[2] .. member, 'forgotten', 1)
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ARGV[1])
return {
  redis.call('ZCARD', KEYS[1]),
  redis.call('ZCARD', KEYS[4]),
  tonumber(redis.call('HGET', KEYS[3], 'messages') or '0'),
  (#gone == limit or #over == limit) and 1 or 0,
}
