-- Keeps the summary of a conversation, unless something that it was made of was taken out since.
-- KEYS: conversation, barrier
-- ARGV: summary, number of messages that it is made of, when it was begun (us), fingerprint,
--       how often something was taken out by then, or '' where the record answers for that
-- Returns 1, or 0 where it is not kept
if redis.call('EXISTS', KEYS[1]) == 0 or barred(KEYS[2], ARGV[4], '', ARGV[3]) then return 0 end
local taken_out = redis.call('HGET', KEYS[1], 'forgotten') or '0'
if ARGV[5] ~= '' and ARGV[5] ~= taken_out then return 0 end
redis.call('HSET', KEYS[1], 'summarized', ARGV[2])
if ARGV[1] == '' then
  redis.call('HDEL', KEYS[1], 'summary')
else
  redis.call('HSET', KEYS[1], 'summary', ARGV[1])
end
return 1
