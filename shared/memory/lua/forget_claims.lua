-- Removes claims; what is left must be folded anew.
-- KEYS: claims, facts
-- ARGV: the ids of the claims
-- Returns how many were there
local removed = 0
for _, id in ipairs(ARGV) do removed = removed + redis.call('HDEL', KEYS[1], id) end
if removed > 0 and redis.call('EXISTS', KEYS[2]) == 1 then revise(KEYS[2]) end
return removed
