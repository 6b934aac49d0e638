-- Reads conversations without their messages.
-- KEYS: expiring, then of each conversation: conversation, order, messages, changes, topics
-- ARGV: now ms, bytes of what was said first, then of each conversation: member
-- Returns for each {fields, changes, topics, what its user said first or ''}
local function cut(text, length)
  if #text <= length then return text end
  -- Never inside of a character.
  while length > 0 and bit.band(string.byte(text, length + 1), 0xC0) == 0x80 do
    length = length - 1
  end
  return string.sub(text, 1, length)
end

local function first_said(order, messages, member)
  local start = 0
  while true do
    local members = redis.call('ZRANGE', order, start, start + 15)
    if #members == 0 then return '' end
    for _, one in ipairs(members) do
      local id = string.sub(one, 18)
      local message = redis.call('HGET', messages, id)
      message = message and cjson.decode(message)
      if message and message.role == 'user' then
        local until_ = redis.call('ZSCORE', KEYS[1], id .. ' ' .. member)
        if not until_ or tonumber(until_) > tonumber(ARGV[1]) then
          return cut(message.content, tonumber(ARGV[2]))
        end
      end
    end
    start = start + 16
  end
end

local found = {}
for n = 3, #ARGV do
  local base = 1 + 5 * (n - 3)
  found[#found + 1] = {
    redis.call('HGETALL', KEYS[base + 1]),
    redis.call('HGETALL', KEYS[base + 4]),
    redis.call('HGETALL', KEYS[base + 5]),
    first_said(KEYS[base + 2], KEYS[base + 3], ARGV[n]),
  }
end
return found
