-- Loads what a turn's prompt needs, if the turn is the first open one of its conversation.
-- KEYS: open turns, turn, order, messages, preferences, ephemeral messages, conversation, user,
--       facts, said, user's conversations, arrived
-- ARGV: turn id, number of messages, turn key prefix, now in ms, memory mode,
--       the turn's own place, place from which it supersedes or '', conversation id,
--       what the keys of messages begin with for this user, how many of those that arrived, bytes of
--       the longest, since when (ms), how many messages a conversation has that needs no summary
-- Returns {turn ahead or '', outcome or '', cancelled 0|1, withdrawn 0|1, messages, preferences,
--         the conversation is whole 0|1, the user is whole 0|1,
--         {facts, preferences of both homes, when time alone changes them (ms); nil where none},
--         something said in the last two seconds is not in the facts yet 0|1,
--         the user may have said something in other conversations, or in this one longer ago 0|1,
--         {conversation id, message, ...} of what has arrived there since then, the latest first,
--         the summary of a conversation that is longer than one that needs none, or ''};
--         the messages are the last kept ones and the last ephemeral ones, each newest first
local state = redis.call('HMGET', KEYS[2], 'outcome', 'cancelled', 'withdrawn')
local outcome = state[1] or ''
local cancelled, withdrawn = state[2] and 1 or 0, state[3] and 1 or 0
local now = tonumber(ARGV[4])
if outcome == '' and withdrawn == 0 and redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  while true do
    local head = redis.call('ZRANGE', KEYS[1], 0, 0)[1]
    if head == ARGV[1] then break end
    local deadline = redis.call('HGET', ARGV[3] .. head, 'deadline_ms')
    -- A crashed turn blocks the next one until its deadline, and a lost one not at all.
    if deadline and tonumber(deadline) > now then
      return {head, outcome, cancelled, withdrawn, {}, {}, 1, 1, {}, 0, 1, {}, ''}
    end
    redis.call('ZREM', KEYS[1], head)
  end
end
local messages = {}
local before = '(' .. (ARGV[7] ~= '' and ARGV[7] or ARGV[6])
local function take(members, keep)
  for _, member in ipairs(members) do
    -- The member is sixteen hexadecimal digits of sequence, a colon, and the message id.
    local id = string.sub(member, 18)
    local message = keep(id) and redis.call('HGET', KEYS[4], id)
    if message then messages[#messages + 1] = message end
  end
end
if ARGV[5] ~= 'off' then
  -- A later turn that was stopped while it waited has left its question already. What came from
  -- outside a turn has the time of another clock, and counts.
  if ARGV[7] == '' then
    local later = redis.call('ZREVRANGEBYSCORE', KEYS[3], '+inf', ARGV[6], 'LIMIT', 0, ARGV[2])
    take(later, function(id) return not string.find(id, '-[ua]$') end)
  end
  local earlier = redis.call('ZREVRANGEBYSCORE', KEYS[3], before, '-inf', 'LIMIT', 0, ARGV[2])
  take(earlier, function() return true end)
end
if ARGV[5] ~= 'full' then
  local private = redis.call('ZREVRANGEBYSCORE', KEYS[6], before, '-inf', 'LIMIT', 0, ARGV[2])
  for _, message in ipairs(private) do messages[#messages + 1] = message end
end
-- A conversation of more messages than Redis keeps is whole here: a prompt holds the last ones.
local function whole(key)
  return redis.call('EXISTS', key) == 1 and redis.call('HEXISTS', key, 'partial') == 0 and 1 or 0
end
local preferences = redis.call('HGETALL', KEYS[5])
local facts = redis.call('HMGET', KEYS[9], 'facts', 'preferences', 'due_ms', 'revision', 'folded')

local function unextracted()
  -- Claims are here that nobody has folded yet.
  if facts[4] and facts[4] ~= facts[5] then return 1 end
  local said = redis.call('HGETALL', KEYS[10])
  if #said == 0 then return 0 end
  local clock = redis.call('TIME')
  local moment = tonumber(clock[1]) * 1000 + tonumber(clock[2]) / 1000 - 2000
  local at = {}
  for i = 1, #said, 2 do
    local value = tonumber(said[i + 1])
    at[said[i]] = value
    if string.sub(said[i], 1, 6) == 'ended:' and value > moment then return 1 end
  end
  local fresh = at.said_seq and at.said_ms > moment
  return fresh and (at.extracted_seq or 0) < at.said_seq and 1 or 0
end
-- Whoever is whole here has all of their conversations in the list, also those that have expired.
local function elsewhere()
  local own = redis.call('ZSCORE', KEYS[11], ARGV[8])
  if whole(KEYS[8]) == 0 or redis.call('ZCARD', KEYS[11]) > (own and 1 or 0) then return 1 end
  local all = whole(KEYS[7]) == 1 and redis.call('HEXISTS', KEYS[7], 'trimmed') == 0
  return own and not all and 1 or 0
end
local function summary()
  local known = redis.call('HMGET', KEYS[7], 'summary', 'messages', 'trimmed')
  local long = known[3] or tonumber(known[2] or '0') > tonumber(ARGV[13])
  -- What is asked anew in the middle must not be told what came behind it: the last exchange may.
  if ARGV[7] ~= '' and redis.call('ZCOUNT', KEYS[3], ARGV[7], '+inf') > 2 then return '' end
  return long and known[1] or ''
end
local remembers = ARGV[5] ~= 'off'
local arrived = just_arrived(KEYS[12], ARGV[9], ARGV[10], ARGV[11], ARGV[12], ARGV[8])
return {'', outcome, cancelled, withdrawn, messages, preferences, whole(KEYS[7]), whole(KEYS[8]),
  {facts[1], facts[2], facts[3]}, remembers and unextracted() or 0,
  remembers and elsewhere() or 0, remembers and arrived or {}, remembers and summary() or ''}
