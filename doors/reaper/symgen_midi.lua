-- A Standard MIDI File of notes by quarters, with tempo and meters.

local midi = {}

midi.RESOLUTION = 960

local function length_of(value)
  local bytes = string.char(value & 0x7F)
  value = value >> 7
  while value > 0 do
    bytes = string.char((value & 0x7F) | 0x80) .. bytes
    value = value >> 7
  end
  return bytes
end

-- Join events {tick, order, bytes} as a track.
local function track_of(events, name)
  table.sort(events, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a[2] < b[2]
  end)
  local parts, last = { "\0\255\3" .. length_of(#name) .. name }, 0
  for _, event in ipairs(events) do
    parts[#parts + 1] = length_of(event[1] - last) .. event[3]
    last = event[1]
  end
  parts[#parts + 1] = "\0\255\47\0"
  local data = table.concat(parts)
  return "MTrk" .. string.pack(">I4", #data) .. data
end

local function ticks(quarters)
  return math.max(0, math.floor(quarters * midi.RESOLUTION + 0.5))
end

-- Write a file. `notes` have channel (0..15), pitch, velocity, start and stop in quarters from the first bar line;
-- `meters` have start, numerator and denominator; `programs` a program by channel. A channel is a track, named
-- "channel N". Returns the bytes, and the channels in the order of their tracks.
function midi.write(notes, tempo, meters, programs)
  local head = { { 0, 0, "\255\81\3" .. string.pack(">I3", math.floor(60000000 / tempo + 0.5)) } }
  for _, meter in ipairs(meters) do
    local power = math.floor(math.log(meter.denominator, 2) + 0.5)
    local bytes = "\255\88\4" .. string.char(meter.numerator, power, 24, 8)
    head[#head + 1] = { ticks(meter.start), 1, bytes }
  end
  local tracks, by_channel, channels = { track_of(head, "") }, {}, {}
  for _, note in ipairs(notes) do
    local events = by_channel[note.channel]
    if not events then
      events = {}
      by_channel[note.channel] = events
      channels[#channels + 1] = note.channel
      local program = programs[note.channel]
      if program then events[1] = { 0, 0, string.char(0xC0 | note.channel, program) } end
    end
    local start = ticks(note.start)
    local stop = math.max(start + 1, ticks(note.stop))
    events[#events + 1] = { start, 2, string.char(0x90 | note.channel, note.pitch, note.velocity) }
    events[#events + 1] = { stop, 1, string.char(0x80 | note.channel, note.pitch, 0) }
  end
  table.sort(channels)
  for _, channel in ipairs(channels) do
    tracks[#tracks + 1] = track_of(by_channel[channel], "channel " .. channel + 1)
  end
  local start = "MThd" .. string.pack(">I4I2I2I2", 6, 1, #tracks, midi.RESOLUTION)
  return start .. table.concat(tracks), channels
end

return midi
