-- Appends messages to a conversation and closes the turn that they came with. Idempotent, and the
-- same whatever the order of calls: a message id counts once, times only grow or shrink, and a
-- message is superseded if any turn that replaced its place has come or comes yet.
-- KEYS: open turns, conversation, messages, order, live conversations, live messages, totals,
--       user, user's conversations, preferences, live users, branches, live turns, user's turns,
--       turn
-- ARGV: 1 turn id or '', 2 member, 3 conversation id, 4 user id, 5 now ms, 6 recorded at ms,
--       7 conversation ttl ms, 8 user ttl ms, 9 messages to keep, 10 outcome or '', 11 its status,
--       12 place of the turn, 13 place from which it supersedes or '',
--       then for each message: id, order member, order, tokens, time ms, message
-- Returns the number of messages that were new, or -1 where the event is older than its keeping
local FIRST = 14
local now, recorded = tonumber(ARGV[5]), tonumber(ARGV[6])
local expires, user_expires = recorded + tonumber(ARGV[7]), recorded + tonumber(ARGV[8])
if ARGV[1] ~= '' then
  for _, key in ipairs({KEYS[1], KEYS[13], KEYS[14]}) do redis.call('ZREM', key, ARGV[1]) end
  -- A turn that ended while Redis was away has no outcome in its record yet, or that of a worker
  -- who came second. What the event says counts; the moment of the end is an outcome's own.
  if redis.call('EXISTS', KEYS[15]) == 1 then
    local stored = redis.call('HGET', KEYS[15], 'outcome')
    if not stored or cjson.decode(stored).ended_at ~= cjson.decode(ARGV[10]).ended_at then
      redis.call('HSET', KEYS[15], 'outcome', ARGV[10], 'status', ARGV[11])
    end
  end
end
if #ARGV < FIRST then return 0 end
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
local counted, tokens = 0, 0
local function take_out(member)
  local id = string.sub(member, 18)
  local message = cjson.decode(redis.call('HGET', KEYS[3], id))
  redis.call('ZREM', KEYS[4], member)
  redis.call('HDEL', KEYS[3], id)
  counted = counted - 1
  tokens = tokens - (tonumber(message.tokens) or 0)
end

-- What was superseded are stretches of places, [from, to). Those that touch are one.
local stretches = redis.call('HGETALL', KEYS[12])
if ARGV[13] ~= '' then
  local from, to = ARGV[13], ARGV[12]
  for i = 1, #stretches, 2 do
    local old_to, old_from = stretches[i], stretches[i + 1]
    if tonumber(old_from) <= tonumber(to) and tonumber(from) <= tonumber(old_to) then
      redis.call('HDEL', KEYS[12], old_to)
      if tonumber(old_from) < tonumber(from) then from = old_from end
      if tonumber(old_to) > tonumber(to) then to = old_to end
    end
  end
  redis.call('HSET', KEYS[12], to, from)
  stretches = redis.call('HGETALL', KEYS[12])
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], from, '(' .. to)) do
    take_out(member)
  end
end
local function superseded(place)
  for i = 1, #stretches, 2 do
    if tonumber(stretches[i + 1]) <= place and place < tonumber(stretches[i]) then return true end
  end
  return false
end

local added = 0
for i = FIRST, #ARGV, 6 do
  local place = tonumber(ARGV[i + 2])
  if not superseded(place) and
    redis.call('HSETNX', KEYS[3], ARGV[i], ARGV[i + 5]) == 1 then
    redis.call('ZADD', KEYS[4], ARGV[i + 2], ARGV[i + 1])
    added = added + 1
    counted = counted + 1
    tokens = tokens + tonumber(ARGV[i + 3])
  end
  local time = tonumber(ARGV[i + 4])
  least(KEYS[2], 'created_ms', time)
  most(KEYS[2], 'updated_ms', time)
  redis.call('ZADD', KEYS[9], 'GT', time, ARGV[3])
end
local over = redis.call('ZCARD', KEYS[4]) - tonumber(ARGV[9])
if over > 0 then
  for _, member in ipairs(redis.call('ZRANGE', KEYS[4], 0, over - 1)) do take_out(member) end
end
redis.call('HINCRBY', KEYS[2], 'messages', counted)
redis.call('HINCRBY', KEYS[2], 'tokens', tokens)
redis.call('HINCRBY', KEYS[6], ARGV[2], counted)
redis.call('HINCRBY', KEYS[7], 'messages', counted)

most(KEYS[2], 'expires_ms', expires)
expires = tonumber(redis.call('HGET', KEYS[2], 'expires_ms'))
for _, key in ipairs({KEYS[2], KEYS[3], KEYS[4], KEYS[12]}) do redis.call('PEXPIREAT', key, expires) end
redis.call('ZADD', KEYS[5], expires, ARGV[2])

least(KEYS[8], 'created_ms', recorded)
most(KEYS[8], 'active_ms', recorded)
most(KEYS[8], 'expires_ms', user_expires)
user_expires = tonumber(redis.call('HGET', KEYS[8], 'expires_ms'))
for i = 8, 10 do redis.call('PEXPIREAT', KEYS[i], user_expires) end
redis.call('ZADD', KEYS[11], user_expires, ARGV[4])
return added
