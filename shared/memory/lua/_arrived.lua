-- Stands before every script that names it: what arrived in the last minutes, in whichever
-- conversation but one ('' for none), the latest first, as {conversation, message, ...}. Messages of
-- more than `longest` bytes are found as soon as the record has them.
local function just_arrived(key, prefix, most, longest, since, but)
  local found = {}
  for _, member in ipairs(redis.call('ZREVRANGEBYSCORE', key, '+inf', since, 'LIMIT', 0, most)) do
    local gap = string.find(member, ' ', 1, true)
    local conversation = string.sub(member, gap + 1)
    local message = conversation ~= but
      and redis.call('HGET', prefix .. conversation, string.sub(member, 1, gap - 1))
    if message and #message <= tonumber(longest) then
      found[#found + 1] = conversation
      found[#found + 1] = message
    end
  end
  return found
end

