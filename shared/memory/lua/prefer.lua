-- Sets or removes preferences; for each key the latest (time, sequence) wins, in whatever order
-- the events come. A removed one stays as null, so that an older event cannot bring it back.
-- A user who begins here may have expired before, and is `partial` as a conversation is.
-- KEYS: preferences, user, live users, user's conversations, barrier, claims, facts
-- ARGV: 1 recorded at ms, 2 now ms, 3 user ttl ms, 4 user id, 5 there is a record 1|0,
--       6 nothing is missing after this 1|0, 7 created ms or '',
--       8 latest cause (us) of what is put back or '', 9 number of conversations,
--       then for each of them: updated ms, id,
--       then for each preference: time us, sequence, caused at us, key, JSON value
-- Returns {preferences left out as forgotten, user is partial 0|1, facts must be folded anew 0|1}
local recorded, now = tonumber(ARGV[1]), tonumber(ARGV[2])
local expires = recorded + tonumber(ARGV[3])
local conversations_end = 9 + 2 * tonumber(ARGV[9])
local rows, left_out = {}, 0
for i = conversations_end + 1, #ARGV, 5 do
  if barred(KEYS[5], '', '', ARGV[i + 2]) then left_out = left_out + 1 else rows[#rows + 1] = i end
end
local completes = ARGV[6] == '1'
-- The user was forgotten while being put back.
if ARGV[8] ~= '' and barred(KEYS[5], '', '', ARGV[8]) then return {left_out, 0, 0} end
if #rows == 0 and (left_out > 0 or not completes) then return {left_out, 0, 0} end
if expires <= now then return {left_out, 0, 0} end
if redis.call('EXISTS', KEYS[2]) == 0 and ARGV[5] == '1' then
  redis.call('HSET', KEYS[2], 'partial', '1')
end
if completes then redis.call('HDEL', KEYS[2], 'partial') end
for i = 10, conversations_end, 2 do redis.call('ZADD', KEYS[4], 'GT', ARGV[i], ARGV[i + 1]) end
for _, i in ipairs(rows) do
  local at, sequence, key, value = ARGV[i], ARGV[i + 1], ARGV[i + 3], ARGV[i + 4]
  local old = redis.call('HGET', KEYS[1], key)
  local newer = true
  if old then
    -- "microseconds sequence value"
    local old_at, old_sequence = string.match(old, '^(%-?%d+) (%d+) ')
    old_at, old_sequence = tonumber(old_at), tonumber(old_sequence)
    newer = tonumber(at) > old_at or
      (tonumber(at) == old_at and tonumber(sequence) > old_sequence)
  end
  if newer then redis.call('HSET', KEYS[1], key, at .. ' ' .. sequence .. ' ' .. value) end
end
local earliest = tonumber(ARGV[7] ~= '' and ARGV[7] or ARGV[1])
local created = redis.call('HGET', KEYS[2], 'created_ms')
if not created or tonumber(created) > earliest then
  redis.call('HSET', KEYS[2], 'created_ms', string.format('%.0f', earliest))
end
local last = redis.call('HGET', KEYS[2], 'active_ms')
if not last or tonumber(last) < recorded then
  redis.call('HSET', KEYS[2], 'active_ms', string.format('%.0f', recorded),
    'expires_ms', string.format('%.0f', expires))
end
expires = tonumber(redis.call('HGET', KEYS[2], 'expires_ms'))
local folds = redis.call('EXISTS', KEYS[6], KEYS[7])
if folds > 0 and #rows > 0 then revise(KEYS[7]) end
for _, n in ipairs({1, 2, 4, 6, 7}) do redis.call('PEXPIREAT', KEYS[n], expires) end
redis.call('ZADD', KEYS[3], expires, ARGV[4])
return {left_out, redis.call('HEXISTS', KEYS[2], 'partial'), folds > 0 and 1 or 0}
