-- Removes a conversation, and counts it out.
-- KEYS: conversation, messages, order, branches, ephemeral messages, live conversations,
--       live messages, totals, user's conversations, expiring, latest, latest incognito,
--       changes, ends, topics, arrived,
--       where Redis is all there is, too: counts and weights of the user's topics, and of all
-- ARGV: member, conversation id
-- Returns the number of keys that are gone
local count = redis.call('HGET', KEYS[7], ARGV[1])
if count then
  redis.call('HINCRBY', KEYS[8], 'messages', -tonumber(count))
  redis.call('HDEL', KEYS[7], ARGV[1])
end
redis.call('ZREM', KEYS[6], ARGV[1])
redis.call('ZREM', KEYS[9], ARGV[2])
for _, id in ipairs(redis.call('HKEYS', KEYS[2])) do
  redis.call('ZREM', KEYS[10], id .. ' ' .. ARGV[1])
  redis.call('ZREM', KEYS[16], id .. ' ' .. ARGV[2])
end
local removed = redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[13])
removed = removed + drop_topics(KEYS[15], {KEYS[17], KEYS[18], KEYS[19], KEYS[20]})
redis.call('ZREM', KEYS[14], ARGV[1])
for i = 11, 12 do
  if redis.call('GET', KEYS[i]) == ARGV[2] then removed = removed + redis.call('DEL', KEYS[i]) end
end
return removed
