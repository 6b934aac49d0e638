-- Stands before every script that names it: whether something was forgotten, by its user, its
-- conversation (as a fingerprint) or its own id. `caused` and the watermarks are in microseconds.
local function barred(key, place, id, caused)
  local marks = redis.call('HMGET', key, '*', 'c:' .. place, 'm:' .. place .. ':' .. id)
  for i = 1, 3 do
    if marks[i] and tonumber(marks[i]) >= tonumber(caused) then return true end
  end
  return false
end

-- Whether a turn was forgotten: by its user, its conversation, or one of its own messages.
local function barred_turn(key, place, turn, caused)
  return barred(key, place, turn .. '-u', caused) or barred(key, place, turn .. '-a', caused)
end

-- Whether a fact was forgotten by its id, or what it was said in.
local function barred_fact(key, place, id, fact, caused)
  local mark = fact ~= '' and redis.call('HGET', key, 'f:' .. fact)
  if mark and tonumber(mark) >= tonumber(caused) then return true end
  return barred(key, place, id, caused)
end
