-- One heartbeat of a viewer session: present, credited and counted in one step.
-- KEYS  1 here   2 session   3 person   4 pending   5 people   6 dirty   7 active
-- ARGV  1 session   2 person   3 broadcast   4 numbers, packed   5… error codes
-- The rules (PRESENT, REMEMBERED, MOST_SESSIONS, BEACON, BIN, KEPT) are set in front of this text.
-- Moments and spans in milliseconds; -1 where the client said nothing. Packed, as every argument
-- more costs the client what a command of ours costs the server.
-- Answers {viewers, 1 counted | 0 too many sessions | -1 ask whether this viewer may watch}.
-- adapters/memory_presence.py says the same in Python; one test holds the two together.
local session, person, broadcast = ARGV[1], ARGV[2], ARGV[3]
local now, told_until, told_since, position, startup, told, rebuffer, rebuffers, kbps, leaving =
  struct.unpack('<dddddddddd', ARGV[4])
local kept = redis.call('GET', KEYS[2])
local last, watched, bin, lasted, allowed_until, since, has_started = now, 0, -1, 0, 0, 0, 0
if kept then
  last, watched, bin, lasted, allowed_until, since, has_started = cmsgpack.unpack(kept)
end
if told_until > 0 then allowed_until, since = told_until, told_since end
if allowed_until <= now then return {0, -1} end

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local gap = math.max(0, now - last)
if not kept or gap >= PRESENT then
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
  if redis.call('ZCARD', KEYS[3]) >= MOST_SESSIONS
      and not redis.call('ZSCORE', KEYS[3], session) then
    return {redis.call('ZCARD', KEYS[1]), 0}
  end
end

local minute = string.format('%d|', math.floor(now / 60000))
local function add(field, amount)
  if amount ~= 0 then redis.call('HINCRBY', KEYS[4], field, amount) end
end

-- sooner than that it only says "here"; its time is credited with the next one
local is_news = not kept or gap >= BEACON
local credit = 0
if is_news then
  credit = gap <= PRESENT and gap or 0
  if told >= 0 then credit = math.min(told, gap, PRESENT) end
  last = math.max(last, now)
end
if not kept then
  add(minute .. 'views', 1)
  add('|lasted:0', 1)
  if redis.call('PFADD', KEYS[5], person) == 1 then add('|people', 1) end
  redis.call('PEXPIRE', KEYS[5], KEPT)
end
if credit > 0 then
  watched = watched + credit
  add(minute .. 'watch_ms', credit)
  local bucket = 0
  if watched >= 1000 then
    bucket = math.min(1 + math.floor(math.log(watched / 1000) / math.log(1.1)), 180)
  end
  if bucket ~= lasted then
    add('|lasted:' .. lasted, -1)
    add('|lasted:' .. bucket, 1)
    lasted = bucket
  end
end

if is_news then
  if startup >= 0 and has_started == 0 then
    add(minute .. 'startups:' .. startup, 1)
    has_started = 1
  end
  local room = math.min(gap, PRESENT)
  add(minute .. 'rebuffer_ms', math.min(rebuffer, room))
  add(minute .. 'rebuffers', math.min(rebuffers, math.floor(room / 1000)))
  if kbps > 0 and credit > 0 then
    add(minute .. 'bits', kbps * credit)
    add(minute .. 'rated_ms', credit)
  end
  for number = 5, #ARGV do add(minute .. 'errors:' .. ARGV[number], 1) end

  if position < 0 and since > 0 then position = math.max(0, now - since) end
  if position >= 0 then
    local seconds = math.floor(position / 1000)
    local here = math.floor(seconds / 10)
    if seconds >= 3600 then here = math.min(360 + math.floor((seconds - 3600) / 60), 1740) end
    if here ~= bin then
      local from = here
      -- more than could be watched in the meantime was skipped
      if bin >= 0 and here > bin and here - bin <= math.floor(gap / BIN) + 1 then
        from = bin + 1
      end
      for passed = from, here do add('|curve:' .. passed, 1) end
      bin = here
    end
  end
end

local ends = now + PRESENT
if leaving == 1 then
  redis.call('ZREM', KEYS[1], session)
  redis.call('ZREM', KEYS[3], session)
else
  redis.call('ZADD', KEYS[1], ends, session)
  redis.call('PEXPIRE', KEYS[1], PRESENT)
  redis.call('ZADD', KEYS[3], ends, session)
  redis.call('PEXPIRE', KEYS[3], PRESENT)
  redis.call('ZADD', KEYS[7], ends, broadcast)
end
redis.call('SET', KEYS[2],
  cmsgpack.pack(last, watched, bin, lasted, allowed_until, since, has_started),
  'PX', REMEMBERED)
local viewers = redis.call('ZCARD', KEYS[1])
local peak = tonumber(redis.call('HGET', KEYS[4], minute .. 'peak') or 0)
if viewers > peak then redis.call('HSET', KEYS[4], minute .. 'peak', viewers) end
redis.call('PEXPIRE', KEYS[4], KEPT)
redis.call('SADD', KEYS[6], broadcast)
return {viewers, 1}
