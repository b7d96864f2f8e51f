-- Forget what was put aside, once it is written; somebody else's newer number stays.
-- KEYS  1 pending   2 aside   3 dirty
-- ARGV  1 broadcast   2 number
if redis.call('HGET', KEYS[2], 'number') == ARGV[2] then redis.call('DEL', KEYS[2]) end
if redis.call('EXISTS', KEYS[1]) == 0 and redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('SREM', KEYS[3], ARGV[1])
end
