-- Marks a turn as running and keeps the prompt as sent, unless it has ended, was cancelled, or was
-- refused after all: from here on it cannot be.
-- A turn that was opened without Redis has no record, and gets none: nobody would find it to forget.
-- One whose user, conversation or own message was forgotten meanwhile counts as refused.
-- KEYS: turn, barrier
-- ARGV: prompt, receipt, deliveries of its message, ttl in s, fingerprint of the conversation,
--       the turn's place, its id
-- Returns {outcome or '', cancelled 0|1, withdrawn 0|1, attempt}; the attempt is greater than every one before
local state = redis.call('HMGET', KEYS[1], 'outcome', 'cancelled', 'withdrawn', 'attempt')
local outcome, cancelled = state[1] or '', state[2] and 1 or 0
local withdrawn, attempt = state[3] and 1 or 0, tonumber(state[4] or '0')
if barred_turn(KEYS[2], ARGV[5], ARGV[7], ARGV[6]) then return {'', 0, 1, attempt} end
if outcome == '' and cancelled == 0 and withdrawn == 0 then
  attempt = math.max(attempt + 1, tonumber(ARGV[3]))
  if redis.call('HEXISTS', KEYS[1], 'order') == 0 then return {outcome, cancelled, withdrawn, attempt} end
  local clock = redis.call('TIME')
  local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
  redis.call('HSET', KEYS[1], 'status', 'running', 'prompt', ARGV[1], 'receipt', ARGV[2],
    'attempt', attempt, 'begun_ms', string.format('%.0f', now))
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return {outcome, cancelled, withdrawn, attempt}
