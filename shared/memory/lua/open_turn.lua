-- Opens a turn: finds its conversation, gives it its place, writes its record. One round trip.
-- KEYS: latest, turn
-- ARGV: turn id, conversation ('' = the latest one), conversation to begin if there is none,
--       open-turns key prefix, idle ms (0 = incognito), ms from acceptance to the deadline, record's ttl in s,
--       then the record's own fields and values
-- Returns {conversation, order in microseconds}
local conversation = ARGV[2]
if conversation == '' then
  conversation = ARGV[5] ~= '0' and redis.call('GET', KEYS[1]) or ARGV[3]
end
-- An incognito turn (no idle time) is nothing that a later one may continue.
if ARGV[5] ~= '0' then redis.call('SET', KEYS[1], conversation, 'PX', ARGV[5]) end

local open = ARGV[4] .. conversation
local clock = redis.call('TIME')
local order = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local last = redis.call('ZREVRANGE', open, 0, 0, 'WITHSCORES')
-- Two apart at least: the reply takes the place after its question.
if last[2] and tonumber(last[2]) + 2 > order then
  order = tonumber(last[2]) + 2
end
local deadline = math.floor(order / 1000) + tonumber(ARGV[6])
redis.call('ZADD', open, order, ARGV[1])
redis.call('PEXPIREAT', open, deadline + 60000)

redis.call('HSET', KEYS[2], 'status', 'queued', 'conversation_id', conversation,
  'order', string.format('%.0f', order), 'deadline_ms', string.format('%.0f', deadline))
redis.call('HSET', KEYS[2], unpack(ARGV, 8))
redis.call('EXPIRE', KEYS[2], ARGV[7])
return {conversation, string.format('%.0f', order)}
