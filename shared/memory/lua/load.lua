-- Loads what a turn's prompt needs, if the turn is the first open one of its conversation.
-- KEYS: open turns, turn, order, messages, preferences
-- ARGV: turn id, number of messages, turn key prefix, now in ms
-- Returns {turn ahead or '', outcome or '', cancelled 0|1, messages oldest first, preferences}
local outcome = redis.call('HGET', KEYS[2], 'outcome') or ''
local cancelled = redis.call('HEXISTS', KEYS[2], 'cancelled')
local now = tonumber(ARGV[4])
if outcome == '' and redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  while true do
    local head = redis.call('ZRANGE', KEYS[1], 0, 0)[1]
    if head == ARGV[1] then break end
    local deadline = redis.call('HGET', ARGV[3] .. head, 'deadline_ms')
    -- A crashed turn blocks the next one until its deadline, and a lost one not at all.
    if deadline and tonumber(deadline) > now then
      return {head, outcome, cancelled, {}, {}}
    end
    redis.call('ZREM', KEYS[1], head)
  end
end
local messages = {}
local members = redis.call('ZREVRANGE', KEYS[3], 0, tonumber(ARGV[2]) - 1)
for i = #members, 1, -1 do
  -- The member is sixteen hexadecimal digits of sequence, a colon, and the message id.
  local message = redis.call('HGET', KEYS[4], string.sub(members[i], 18))
  if message then messages[#messages + 1] = message end
end
return {'', outcome, cancelled, messages, redis.call('HGETALL', KEYS[5])}
