-- Keeps claims; of those with one id the first stays. What was forgotten since it was caused, by its
-- user, conversation, message or fact, is left out.
-- A user who begins here may have expired before, and is `partial` as a conversation is.
-- KEYS: claims, user, live users, barrier, facts, preferences, user's conversations, said
-- ARGV: 1 recorded at ms, 2 now ms, 3 user ttl ms, 4 user id, 5 there is a record 1|0,
--       6 sequence of the message that they were found in or '', 7 created ms or '',
--       then for each claim: id, fingerprint of its conversation or '', message id or '',
--       fact id or '', caused at us, claim
-- Returns {new claims, the ids of those that were left out as forgotten, user is partial 0|1}
local recorded, now = tonumber(ARGV[1]), tonumber(ARGV[2])
local expires = recorded + tonumber(ARGV[3])
if ARGV[6] ~= '' then
  local known = redis.call('HGET', KEYS[8], 'extracted_seq')
  if not known or tonumber(known) < tonumber(ARGV[6]) then
    redis.call('HSET', KEYS[8], 'extracted_seq', ARGV[6])
    redis.call('PEXPIRE', KEYS[8], 60000)
  end
end
local rows, left_out = {}, {}
for i = 8, #ARGV, 6 do
  if barred_fact(KEYS[4], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]) then
    left_out[#left_out + 1] = ARGV[i]
  else
    rows[#rows + 1] = i
  end
end
if #rows == 0 or expires <= now then return {0, left_out, 0} end
if redis.call('EXISTS', KEYS[2]) == 0 and ARGV[5] == '1' then
  redis.call('HSET', KEYS[2], 'partial', '1')
end
local added = 0
for _, i in ipairs(rows) do
  added = added + redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 5])
end
if added > 0 then revise(KEYS[5]) end
local earliest = tonumber(ARGV[7] ~= '' and ARGV[7] or ARGV[1])
local created = redis.call('HGET', KEYS[2], 'created_ms')
if not created or tonumber(created) > earliest then
  redis.call('HSET', KEYS[2], 'created_ms', string.format('%.0f', earliest))
end
local last = redis.call('HGET', KEYS[2], 'active_ms')
if not last or tonumber(last) < recorded then
  redis.call('HSET', KEYS[2], 'active_ms', string.format('%.0f', recorded))
end
local until_ = redis.call('HGET', KEYS[2], 'expires_ms')
if not until_ or tonumber(until_) < expires then
  redis.call('HSET', KEYS[2], 'expires_ms', string.format('%.0f', expires))
end
expires = tonumber(redis.call('HGET', KEYS[2], 'expires_ms'))
for _, n in ipairs({1, 2, 5, 6, 7}) do redis.call('PEXPIREAT', KEYS[n], expires) end
redis.call('ZADD', KEYS[3], expires, ARGV[4])
return {added, left_out, redis.call('HEXISTS', KEYS[2], 'partial')}
