-- Reads what a user said lately, of the conversation that was continued last first.
-- KEYS: user's conversations
-- ARGV: prefix of message hashes, prefix of orders, conversation or '' for all, conversations,
--       messages of each, of all, bytes of the longest that is taken
-- Returns {conversation, message, ...}, of each conversation the newest message first
local found, left = {}, tonumber(ARGV[6])
local conversations = {ARGV[3]}
if ARGV[3] == '' then
  conversations = redis.call('ZREVRANGE', KEYS[1], 0, ARGV[4] - 1)
end
for _, conversation in ipairs(conversations) do
  if left <= 0 then break end
  local last = math.min(left, tonumber(ARGV[5])) - 1
  local members = redis.call('ZREVRANGE', ARGV[2] .. conversation, 0, last)
  local ids = {}
  for n, member in ipairs(members) do ids[n] = string.sub(member, 18) end
  for first = 1, #ids, 500 do
    local some = {unpack(ids, first, math.min(first + 499, #ids))}
    for _, message in ipairs(redis.call('HMGET', ARGV[1] .. conversation, unpack(some))) do
      if message and #message <= tonumber(ARGV[7]) then
        found[#found + 1] = conversation
        found[#found + 1] = message
      end
    end
  end
  left = left - #ids
end
return found
