-- Opens a turn, or says why not: finds its conversation, gives it its place, writes its record.
-- One round trip, and one decision: two requests at once cannot both take the last free place.
-- KEYS: latest conversation, turn, live turns, user's turns, pace, user's records,
--       idempotency (only with a key)
-- ARGV: 1 turn id, 2 conversation ('' = the latest one), 3 conversation to begin if there is none,
--       4 open-turns key prefix, 5 key prefix of the messages that may be replaced, 6 kept 1|0,
--       7 idle ms, 8 ms from acceptance to the deadline, 9 record's ttl in s, 10 user's turns at most,
--       11 slots of the model, 12 longest wait in ms, 13 fingerprint of the body,
--       14 ttl of the idempotency key in s, 15 id of the message to replace or '',
--       16 turn key prefix, 17 place of the message to replace where only the record has it or '',
--       then the record's own fields and values
-- Returns {'opened', conversation, order in microseconds, place of the replaced message or ''},
--         {'again', turn id}, {'gone'}, {'other-body'}, {'too-many', mean turn ms}, {'too-long', expected ms},
--         or {'no-message'}
local key = KEYS[7]
if key then
  local known = redis.call('HMGET', key, 'turn', 'fingerprint')
  if known[1] then
    if known[2] ~= ARGV[13] then return {'other-body'} end
    local turn = ARGV[16] .. known[1]
    -- From here on a second client counts on the turn: the first one cannot take it back.
    if redis.call('EXISTS', turn) == 0 then return {'gone'} end
    redis.call('HSET', turn, 'joined', '1')
    return {'again', known[1]}
  end
end

local clock = redis.call('TIME')
local order = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local now = math.floor(order / 1000)
local mean = tonumber(redis.call('HGET', KEYS[5], 'mean_ms') or '0')

redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
if redis.call('ZCARD', KEYS[4]) >= tonumber(ARGV[10]) then
  return {'too-many', string.format('%.0f', mean)}
end
-- Over-age turns are the janitor's, and take nobody's slot.
local expected = redis.call('ZCOUNT', KEYS[3], now, '+inf') * mean / tonumber(ARGV[11])
if expected > tonumber(ARGV[12]) then return {'too-long', string.format('%.0f', expected)} end

local conversation = ARGV[2]
if conversation == '' then conversation = redis.call('GET', KEYS[1]) or ARGV[3] end

local branch = ''
if ARGV[15] ~= '' then
  local stored = ARGV[5] .. conversation
  local found
  if ARGV[6] == '1' then
    found = redis.call('HGET', stored, ARGV[15])
  else
    for _, message in ipairs(redis.call('ZRANGE', stored, 0, -1)) do
      if cjson.decode(message).message_id == ARGV[15] then found = message end
    end
  end
  if not found and ARGV[17] == '' then return {'no-message'} end
  found = found and cjson.decode(found)
  branch = ARGV[17]
  if found then
    -- Asking anew replaces the question too: its reply has the place right after it.
    local place = found.order
    if found.role == 'assistant' and string.sub(ARGV[15], -2) == '-a' then place = place - 1 end
    branch = string.format('%.0f', place)
  end
end

redis.call('SET', KEYS[1], conversation, 'PX', ARGV[7])
local open = ARGV[4] .. conversation
local last = redis.call('ZREVRANGE', open, 0, 0, 'WITHSCORES')
-- Two apart at least: the reply takes the place after its question.
if last[2] and tonumber(last[2]) + 2 > order then
  order = tonumber(last[2]) + 2
end
local deadline = math.floor(order / 1000) + tonumber(ARGV[8])
redis.call('ZADD', open, order, ARGV[1])
redis.call('PEXPIREAT', open, deadline + 60000)
-- Finer than the deadline itself, so that turns of one millisecond keep their order.
redis.call('ZADD', KEYS[3], string.format('%.3f', order / 1000 + tonumber(ARGV[8])), ARGV[1])
redis.call('ZADD', KEYS[4], deadline, ARGV[1])
redis.call('PEXPIREAT', KEYS[4], deadline + 60000)
if key then
  redis.call('HSET', key, 'turn', ARGV[1], 'fingerprint', ARGV[13])
  redis.call('HSET', KEYS[2], 'key', key)
  redis.call('EXPIRE', key, ARGV[14])
end

redis.call('HSET', KEYS[2], 'status', 'queued', 'conversation_id', conversation,
  'order', string.format('%.0f', order), 'deadline_ms', string.format('%.0f', deadline))
if branch ~= '' then redis.call('HSET', KEYS[2], 'branch_from', branch) end
redis.call('HSET', KEYS[2], unpack(ARGV, 18))
redis.call('EXPIRE', KEYS[2], ARGV[9])
-- Which records there are of a user, for whoever must forget them.
local kept_until = now + tonumber(ARGV[9]) * 1000 + tonumber(ARGV[8])
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now)
redis.call('ZADD', KEYS[6], kept_until, ARGV[1])
redis.call('PEXPIRE', KEYS[6], 86400000 + tonumber(ARGV[8]))
return {'opened', conversation, string.format('%.0f', order), branch}
