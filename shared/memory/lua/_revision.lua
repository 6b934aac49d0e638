-- Stands before every script that names it: what facts are folded from has changed. The clock makes
-- the revision, so that one of before a user was forgotten does not come again.
local function revise(key)
  local clock = redis.call('TIME')
  local revision = string.format('%.0f', tonumber(clock[1]) * 1000000 + tonumber(clock[2]))
  if redis.call('HGET', key, 'revision') == revision then
    redis.call('HINCRBY', key, 'revision', 1)
  else
    redis.call('HSET', key, 'revision', revision)
  end
end
