-- Removes one message of a conversation, and counts it out.
-- KEYS: conversation, messages, order, live messages, totals, expiring, topics, arrived,
--       where Redis is all there is, too: counts and weights of the user's topics, and of all
-- ARGV: member, message id, conversation id
-- Returns 1, or 0 where it is not there
local message = redis.call('HGET', KEYS[2], ARGV[2])
if not message then return 0 end
message = cjson.decode(message)
redis.call('HDEL', KEYS[2], ARGV[2])
local place = string.format('%.0f', message.order)
for _, one in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], place, place)) do
  if string.sub(one, 18) == ARGV[2] then redis.call('ZREM', KEYS[3], one) end
end
redis.call('ZREM', KEYS[6], ARGV[2] .. ' ' .. ARGV[1])
redis.call('ZREM', KEYS[8], ARGV[2] .. ' ' .. ARGV[3])
redis.call('HINCRBY', KEYS[1], 'messages', -1)
redis.call('HINCRBY', KEYS[1], 'tokens', -(tonumber(message.tokens) or 0))
redis.call('HINCRBY', KEYS[4], ARGV[1], -1)
redis.call('HINCRBY', KEYS[5], 'messages', -1)
move_topics(-1, message, KEYS[7], {KEYS[9], KEYS[10], KEYS[11], KEYS[12]})
-- A summary may repeat it.
redis.call('HDEL', KEYS[1], 'summary', 'summarized')
redis.call('HINCRBY', KEYS[1], 'forgotten', 1)
return 1
