-- Stores how a turn ended; the first outcome stays, whoever comes later. Frees its places, and
-- keeps what an incognito turn said for a while.
-- Nothing is stored of a turn that was forgotten meanwhile, itself or a message of its own.
-- A turn that was opened without Redis has no record, and gets none, nor is anything else kept of
-- it here that nobody would find to forget: its closing event decides.
-- KEYS: turn, live turns, user's turns, pace, ephemeral messages, barrier,
--       said (only where what the user said is kept)
-- ARGV: turn id, outcome, status, ttl in s, replace a stored outcome 1|0,
--       ephemeral ttl in s, ephemeral messages at most, place from which to supersede or '',
--       fingerprint of the conversation, the turn's place,
--       then for each ephemeral message: place, message
-- Returns the outcome that is stored
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
if barred_turn(KEYS[6], ARGV[9], ARGV[1], ARGV[10]) then return ARGV[2] end
local outcome = redis.call('HGET', KEYS[1], 'outcome')
if outcome and ARGV[5] == '0' then return outcome end
if redis.call('HEXISTS', KEYS[1], 'order') == 0 then return ARGV[2] end
redis.call('HSET', KEYS[1], 'outcome', ARGV[2], 'status', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
if KEYS[7] and not outcome then
  local clock = redis.call('TIME')
  local now = tonumber(clock[1]) * 1000 + tonumber(clock[2]) / 1000
  redis.call('HSET', KEYS[7], 'ended:' .. ARGV[1], string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[7], 60000)
end

-- How long a turn takes the model's slot, for whoever must tell how long the queue is. What hung
-- or was stopped says nothing about the next one.
local begun = redis.call('HGET', KEYS[1], 'begun_ms')
if begun and not outcome and ARGV[3] == 'completed' then
  local clock = redis.call('TIME')
  local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
  local took = math.max(0, now - tonumber(begun))
  local mean = tonumber(redis.call('HGET', KEYS[4], 'mean_ms') or took)
  redis.call('HSET', KEYS[4], 'mean_ms', string.format('%.3f', mean + 0.2 * (took - mean)))
  redis.call('EXPIRE', KEYS[4], 86400)
end

if #ARGV > 10 and not outcome then
  if ARGV[8] ~= '' then redis.call('ZREMRANGEBYSCORE', KEYS[5], ARGV[8], '(' .. ARGV[11]) end
  for i = 11, #ARGV, 2 do redis.call('ZADD', KEYS[5], ARGV[i], ARGV[i + 1]) end
  redis.call('ZREMRANGEBYRANK', KEYS[5], 0, -1 - tonumber(ARGV[7]))
  redis.call('EXPIRE', KEYS[5], ARGV[6])
end
return ARGV[2]
