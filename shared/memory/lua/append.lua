-- Appends messages to a conversation and closes the turn that they came with. Idempotent, and the
-- same whatever the order of calls: a message id counts once, times only grow or shrink, and a
-- message is superseded if any turn that replaced its place has come or comes yet. What was
-- forgotten since it was caused is left out.
-- A conversation that begins here may have expired before: it is `partial` until the record, where
-- there is one, has given back what it holds.
-- KEYS: open turns, conversation, messages, order, live conversations, live messages, totals,
--       user, user's conversations, preferences, live users, branches, live turns, user's turns,
--       turn, barrier, expiring, claims, facts, said, changes, topics,
--       counts and weights of the user's topics, counts and weights of all topics, arrived
-- ARGV: 1 turn id or '', 2 member, 3 conversation id, 4 user id, 5 now ms, 6 recorded at ms,
--       7 conversation ttl ms, 8 user ttl ms, 9 messages to keep, 10 outcome or '', 11 its status,
--       12 fingerprint, 13 there is a record 1|0, 14 nothing is missing after this 1|0,
--       15 created ms or '', 16 updated ms or '', 17 latest cause (us) of what is put back or '',
--       18 the event's sequence where a user says something in it or '',
--       19 number of superseded stretches,
--       then for each of them: from, to (places),
--       then for each message: id, order member, order, tokens, time ms, caused at, expires ms or '',
--       message
-- Returns {new messages, messages left out as forgotten, conversation is partial 0|1,
--          user is partial 0|1}; {-1, 0, 0, 0} where the event is older than its keeping,
--          and nothing of its conversation is kept any more
local now, recorded = tonumber(ARGV[5]), tonumber(ARGV[6])
local tallies = ARGV[13] == '1' and {} or {KEYS[23], KEYS[24], KEYS[25], KEYS[26]}
local expires, user_expires = recorded + tonumber(ARGV[7]), recorded + tonumber(ARGV[8])
if ARGV[1] ~= '' then
  for _, key in ipairs({KEYS[1], KEYS[13], KEYS[14]}) do redis.call('ZREM', key, ARGV[1]) end
  redis.call('HDEL', KEYS[20], 'ended:' .. ARGV[1])
  -- A turn that ended while Redis was away has no outcome in its record yet, or that of a worker
  -- who came second. What the event says counts; the moment of the end is an outcome's own.
  if redis.call('EXISTS', KEYS[15]) == 1 then
    local stored = redis.call('HGET', KEYS[15], 'outcome')
    if not stored or cjson.decode(stored).ended_at ~= cjson.decode(ARGV[10]).ended_at then
      redis.call('HSET', KEYS[15], 'outcome', ARGV[10], 'status', ARGV[11])
    end
  end
end
local stretches_end = 19 + 2 * tonumber(ARGV[19])
local rows, left_out = {}, 0
for i = stretches_end + 1, #ARGV, 8 do
  if barred(KEYS[16], ARGV[12], ARGV[i], ARGV[i + 5]) then
    left_out = left_out + 1
  else
    rows[#rows + 1] = i
  end
end
local completes = ARGV[14] == '1'
-- It was forgotten while it was being put back.
if ARGV[17] ~= '' and barred(KEYS[16], ARGV[12], '', ARGV[17]) then return {0, left_out, 0, 0} end
if #rows == 0 and (left_out > 0 or not completes) then return {0, left_out, 0, 0} end
local priority = redis.call('HGET', KEYS[21], 'priority')
local critical = priority and string.find(priority, ' "critical"', 1, true)
if expires <= now and not critical and redis.call('EXISTS', KEYS[2]) == 0 then
  -- The record alone keeps it. Whoever is known here has it in the list all the same.
  if ARGV[13] == '1' and redis.call('EXISTS', KEYS[8]) == 1 then
    for _, i in ipairs(rows) do redis.call('ZADD', KEYS[9], 'GT', ARGV[i + 4], ARGV[3]) end
    redis.call('PEXPIREAT', KEYS[9], redis.call('HGET', KEYS[8], 'expires_ms'))
  end
  return {-1, 0, 0, 0}
end
if ARGV[18] ~= '' then
  local known = redis.call('HGET', KEYS[20], 'said_seq')
  if not known or tonumber(known) < tonumber(ARGV[18]) then
    local clock = redis.call('TIME')
    redis.call('HSET', KEYS[20], 'said_seq', ARGV[18],
      'said_ms', string.format('%.0f', tonumber(clock[1]) * 1000 + tonumber(clock[2]) / 1000))
  end
  redis.call('PEXPIRE', KEYS[20], 60000)
end

-- What expired by itself leaves its count behind: take it back before counting anew.
if redis.call('EXISTS', KEYS[2]) == 0 then
  local gone = redis.call('HGET', KEYS[6], ARGV[2])
  if gone then
    redis.call('HINCRBY', KEYS[7], 'messages', -tonumber(gone))
    redis.call('HDEL', KEYS[6], ARGV[2])
  end
  drop_topics(KEYS[22], tallies)
  if ARGV[13] == '1' then redis.call('HSET', KEYS[2], 'partial', '1') end
end
if completes then redis.call('HDEL', KEYS[2], 'partial') end
if redis.call('EXISTS', KEYS[8]) == 0 and ARGV[13] == '1' then
  redis.call('HSET', KEYS[8], 'partial', '1')
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
  redis.call('ZREM', KEYS[17], id .. ' ' .. ARGV[2])
  counted = counted - 1
  tokens = tokens - (tonumber(message.tokens) or 0)
  move_topics(-1, message, KEYS[22], tallies)
end

-- What was superseded are stretches of places, [from, to). Those that touch are one.
local stretches = redis.call('HGETALL', KEYS[12])
for n = 20, stretches_end, 2 do
  local from, to = ARGV[n], ARGV[n + 1]
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
  local replaced = redis.call('ZRANGEBYSCORE', KEYS[4], from, '(' .. to)
  for _, member in ipairs(replaced) do take_out(member) end
  if #replaced > 0 then
    redis.call('HDEL', KEYS[2], 'summary', 'summarized')
    redis.call('HINCRBY', KEYS[2], 'forgotten', 1)
  end
end
local function superseded(place)
  for i = 1, #stretches, 2 do
    if tonumber(stretches[i + 1]) <= place and place < tonumber(stretches[i]) then return true end
  end
  return false
end

local added = 0
local function told(time)
  least(KEYS[2], 'created_ms', time)
  most(KEYS[2], 'updated_ms', time)
  redis.call('ZADD', KEYS[9], 'GT', time, ARGV[3])
end
for _, i in ipairs(rows) do
  local place, until_ = tonumber(ARGV[i + 2]), ARGV[i + 6]
  local over = until_ ~= '' and tonumber(until_) <= now
  if not over and not superseded(place) and
    redis.call('HSETNX', KEYS[3], ARGV[i], ARGV[i + 7]) == 1 then
    redis.call('ZADD', KEYS[4], ARGV[i + 2], ARGV[i + 1])
    if until_ ~= '' then redis.call('ZADD', KEYS[17], until_, ARGV[i] .. ' ' .. ARGV[2]) end
    added = added + 1
    counted = counted + 1
    -- What is put back is in the record.
    if ARGV[13] == '1' and ARGV[17] == '' then
      redis.call('ZADD', KEYS[27], now, ARGV[i] .. ' ' .. ARGV[3])
    end
    tokens = tokens + tonumber(ARGV[i + 3])
    -- They stand last in it; most messages have none, and need not be read.
    if string.find(ARGV[i + 7], '"topics":', -4000, true) then
      move_topics(1, cjson.decode(ARGV[i + 7]), KEYS[22], tallies)
    end
  end
  told(tonumber(ARGV[i + 4]))
end
for i = 15, 16 do
  if ARGV[i] ~= '' then told(tonumber(ARGV[i])) end
end
if added > 0 then
  redis.call('ZREMRANGEBYRANK', KEYS[27], 0, -101)
  redis.call('PEXPIRE', KEYS[27], 120000)
end
local over = redis.call('ZCARD', KEYS[4]) - tonumber(ARGV[9])
if over > 0 then
  redis.call('HSET', KEYS[2], 'trimmed', '1')
  for _, member in ipairs(redis.call('ZRANGE', KEYS[4], 0, over - 1)) do take_out(member) end
end
redis.call('HINCRBY', KEYS[2], 'messages', counted)
redis.call('HINCRBY', KEYS[2], 'tokens', tokens)
redis.call('HINCRBY', KEYS[6], ARGV[2], counted)
redis.call('HINCRBY', KEYS[7], 'messages', counted)

most(KEYS[2], 'expires_ms', expires)
local others = {KEYS[3], KEYS[4], KEYS[12]}
set_expiry(KEYS[2], others, KEYS[22], KEYS[21], KEYS[5], ARGV[2], ARGV[13] == '0')

least(KEYS[8], 'created_ms', recorded)
most(KEYS[8], 'active_ms', recorded)
most(KEYS[8], 'expires_ms', user_expires)
user_expires = tonumber(redis.call('HGET', KEYS[8], 'expires_ms'))
for _, n in ipairs({8, 9, 10, 18, 19}) do redis.call('PEXPIREAT', KEYS[n], user_expires) end
redis.call('ZADD', KEYS[11], user_expires, ARGV[4])
return {added, left_out, redis.call('HEXISTS', KEYS[2], 'partial'), redis.call('HEXISTS', KEYS[8], 'partial')}
