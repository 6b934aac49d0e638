-- Reads the messages of a user that arrived in the last minutes, in whichever conversation.
-- KEYS: arrived
-- ARGV: prefix of message hashes, messages, bytes of the longest that is taken, since when (ms)
-- Returns {conversation, message, ...}, the latest first
local found = {}
for _, member in ipairs(redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', ARGV[4], 'LIMIT', 0, ARGV[2])) do
  local gap = string.find(member, ' ', 1, true)
  local conversation = string.sub(member, gap + 1)
  local message = redis.call('HGET', ARGV[1] .. conversation, string.sub(member, 1, gap - 1))
  if message and #message <= tonumber(ARGV[3]) then
    found[#found + 1] = conversation
    found[#found + 1] = message
  end
end
return found
