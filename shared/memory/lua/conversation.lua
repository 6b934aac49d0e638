-- Reads a page of a conversation, newest last.
-- KEYS: conversation, order, messages, open turns
-- ARGV: number of messages, message id to end before ('' = the end), turn key prefix
-- Returns {conversation fields, messages oldest first, turn that has ended but is not applied or ''}
local ended = ''
for _, turn in ipairs(redis.call('ZRANGE', KEYS[4], 0, 0)) do
  if redis.call('HEXISTS', ARGV[3] .. turn, 'outcome') == 1 then ended = turn end
end
local last = redis.call('ZCARD', KEYS[2]) - 1
if ARGV[2] ~= '' then
  local before = cjson.decode(redis.call('HGET', KEYS[3], ARGV[2]) or 'null')
  last = -1
  if before ~= cjson.null then
    for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], before.order, before.order)) do
      if string.sub(member, 18) == ARGV[2] then last = redis.call('ZRANK', KEYS[2], member) - 1 end
    end
  end
end
local messages = {}
if last >= 0 then
  local first = math.max(0, last - tonumber(ARGV[1]) + 1)
  for _, member in ipairs(redis.call('ZRANGE', KEYS[2], first, last)) do
    local message = redis.call('HGET', KEYS[3], string.sub(member, 18))
    if message then messages[#messages + 1] = message end
  end
end
return {redis.call('HGETALL', KEYS[1]), messages, ended}
