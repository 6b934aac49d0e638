-- Marks a turn as stopped by its user, for whichever worker takes it next.
-- KEYS: turn
-- Returns 1, or 0 where there is no such turn
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'cancelled', '1')
return 1
