-- Sets what a user changes of a conversation by hand; for each field the latest (time, sequence)
-- wins, in whatever order the events come, before the conversation's first message too.
-- KEYS: changes, conversation, messages, order, branches, topics, live conversations, barrier, ends
-- ARGV: 1 member, 2 fingerprint, 3 recorded at ms, 4 now ms, 5 conversation ttl ms,
--       6 there is a record 1|0,
--       then for each field: time us, sequence, caused at us, name, JSON value, its end in ms or ''
-- Returns {fields left out as forgotten, the record may hold more of the conversation 0|1}
local left_out, rows = 0, {}
for i = 7, #ARGV, 6 do
  if barred(KEYS[8], ARGV[2], '', ARGV[i + 2]) then
    left_out = left_out + 1
  else
    rows[#rows + 1] = i
  end
end
local here = redis.call('EXISTS', KEYS[2]) == 1
local expires = tonumber(ARGV[3]) + tonumber(ARGV[5])
if #rows == 0 or (not here and expires <= tonumber(ARGV[4])) then return {left_out, 0} end
for _, i in ipairs(rows) do
  local at, sequence = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local old = redis.call('HGET', KEYS[1], ARGV[i + 3])
  local newer = true
  if old then
    -- "microseconds sequence value"
    local old_at, old_sequence = string.match(old, '^(%-?%d+) (%d+) ')
    old_at, old_sequence = tonumber(old_at), tonumber(old_sequence)
    newer = at > old_at or (at == old_at and sequence > old_sequence)
  end
  if newer then
    redis.call('HSET', KEYS[1], ARGV[i + 3], ARGV[i] .. ' ' .. ARGV[i + 1] .. ' ' .. ARGV[i + 4])
    if ARGV[i + 5] ~= '' then redis.call('ZADD', KEYS[9], ARGV[i + 5], ARGV[1]) end
  end
end
if here then
  local others = {KEYS[3], KEYS[4], KEYS[5]}
  set_expiry(KEYS[2], others, KEYS[6], KEYS[1], KEYS[7], ARGV[1], ARGV[6] == '0')
elseif redis.call('PTTL', KEYS[1]) < 0 then
  redis.call('PEXPIREAT', KEYS[1], expires)
else
  redis.call('PEXPIREAT', KEYS[1], expires, 'GT')
end
return {left_out, here and redis.call('HEXISTS', KEYS[2], 'partial') or 0}
