-- Marks a turn as running and keeps the prompt as sent, unless it has ended or was cancelled.
-- KEYS: turn
-- ARGV: prompt, receipt, attempt, ttl in s
-- Returns {outcome or '', cancelled 0|1}
local outcome = redis.call('HGET', KEYS[1], 'outcome') or ''
local cancelled = redis.call('HEXISTS', KEYS[1], 'cancelled')
if outcome == '' and cancelled == 0 then
  redis.call('HSET', KEYS[1], 'status', 'running', 'prompt', ARGV[1], 'receipt', ARGV[2],
    'attempt', ARGV[3])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return {outcome, cancelled}
