-- Counts how a turn ended for its model, once.
-- KEYS: counted turns, figures of models
-- ARGV: turn id, ended ms, until when (ms) turns may be dropped, bucket, model, name of the others,
--       fields at most, then for each sum: its name, what it grows by
-- Returns 1, or 0 where the turn was counted before
if redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1]) == 0 then return 0 end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
local model = ARGV[5]
local suffix = ' ' .. ARGV[4] .. ' ' .. model
if redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[7]) and
  redis.call('HEXISTS', KEYS[2], ARGV[8] .. suffix) == 0 then
  suffix = ' ' .. ARGV[4] .. ' ' .. ARGV[6]
end
for i = 8, #ARGV, 2 do redis.call('HINCRBY', KEYS[2], ARGV[i] .. suffix, ARGV[i + 1]) end
return 1
