-- A stand-in for REAPER: one MIDI item in 4/4 at 120, as far as the scripts use it.
-- lua reaper_host.lua SCRIPT RESOURCES ANSWERS LINK   prints what came of it, a line each

local script, resources, answers, link = ...
local PPQ, QUARTERS = 960, 2 -- ticks a quarter, quarters a second
local host = { takes = {}, active = 1, length = 16, loop = 1, deferred = {}, said = {}, boxes = {}, undo = 0 }
local item = { "item" }

local function take_of(notes)
  return { notes = notes, cc = { { 0xC0, 0, 40 } }, name = "sketch" }
end

local notes = {}
for number, pitch in ipairs({ 60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 65, 62, 60, 64, 67, 60 }) do
  notes[number] = { false, false, (number - 1) * PPQ, number * PPQ, 0, pitch, 80 }
end
notes[#notes + 1] = { false, true, 0, PPQ, 0, 30, 1 } -- muted
host.takes[1] = take_of(notes)
local asked = {}
for answer in (answers .. ";"):gmatch("([^;]*);") do asked[#asked + 1] = answer end

local reaper_api = {
  GetSelectedMediaItem = function(_, number) return number == 0 and item or nil end,
  CountSelectedMediaItems = function() return 1 end,
  SetMediaItemSelected = function() end,
  GetActiveTake = function() return host.takes[host.active] end,
  SetActiveTake = function(take)
    for number, each in ipairs(host.takes) do
      if each == take then host.active = number end
    end
  end,
  GetTakeName = function(take) return take.name end,
  TakeIsMIDI = function() return true end,
  GetMediaItemInfo_Value = function(_, name)
    return ({ D_POSITION = 4 / QUARTERS, D_LENGTH = host.length / QUARTERS, B_LOOPSRC = host.loop })[name]
  end,
  SetMediaItemInfo_Value = function(_, name, value) host.loop = name == "B_LOOPSRC" and value or host.loop end,
  MIDI_SetItemExtents = function(_, start, stop) host.length = stop - start end,
  MIDI_CountEvts = function(take) return true, #take.notes, #take.cc, 0 end,
  MIDI_GetNote = function(take, number)
    return true, table.unpack(take.notes[number + 1])
  end,
  MIDI_GetCC = function(take, number)
    local cc = take.cc[number + 1]
    return true, false, false, 0, cc[1], cc[2], cc[3], 0
  end,
  MIDI_DeleteNote = function(take, number) table.remove(take.notes, number + 1) end,
  MIDI_InsertNote = function(take, selected, muted, from, to, channel, pitch, velocity)
    assert(math.type(pitch) == "integer" and math.type(velocity) == "integer" and velocity > 0)
    take.notes[#take.notes + 1] = { selected, muted, math.floor(from + 0.5), math.floor(to + 0.5), channel, pitch, velocity }
    return true
  end,
  MIDI_Sort = function(take) table.sort(take.notes, function(a, b) return a[3] < b[3] end) end,
  -- The item begins at quarter 4, and so does its source.
  MIDI_GetProjQNFromPPQPos = function(_, ppq) return 4 + ppq / PPQ end,
  MIDI_GetPPQPosFromProjQN = function(_, quarter) return (quarter - 4) * PPQ end,
  TimeMap2_timeToQN = function(_, time) return time * QUARTERS end,
  TimeMap2_QNToTime = function(_, quarter) return quarter / QUARTERS end,
  TimeMap_QNToMeasures = function(_, quarter)
    local number = math.floor(quarter / 4)
    return number + 1, number * 4, number * 4 + 4
  end,
  TimeMap_GetTimeSigAtTime = function() return 4, 4, 120 end,
  GetSet_LoopTimeRange = function() return 8 / QUARTERS, 16 / QUARTERS end,
  GetSetMediaItemTakeInfo_String = function(take, _, name) take.name = name end,
  Main_OnCommand = function(number)
    assert(number == 40639)
    local copies = {}
    for place, note in ipairs(host.takes[host.active].notes) do copies[place] = { table.unpack(note) } end
    host.takes[#host.takes + 1] = take_of(copies)
    host.active = #host.takes
  end,
  GetResourcePath = function() return resources end,
  GetOS = function() return "Other" end,
  GetExtState = function(_, name) return host[name] or "" end,
  SetExtState = function(_, name, value) host[name] = value end,
  GetUserInputs = function(title)
    if title:find("link") then return true, link end
    local answer = table.remove(asked, 1)
    return answer ~= "leave", answer
  end,
  ExecProcess = function(line, seconds)
    if seconds == -2 then
      os.execute(line .. " &")
      return nil
    end
    local pipe = assert(io.popen(line))
    local printed = pipe:read("a")
    local _, _, status = pipe:close()
    return status .. "\n" .. printed
  end,
  defer = function(call) host.deferred[#host.deferred + 1] = call end,
  APIExists = function(name) return name == "osara_outputMessage" end,
  osara_outputMessage = function(text) host.said[#host.said + 1] = text end,
  ShowMessageBox = function(text) host.boxes[#host.boxes + 1] = text end,
  Undo_BeginBlock = function() host.undo = host.undo + 1 end,
  Undo_EndBlock = function(text) host.undone = text end,
  PreventUIRefresh = function() end,
  UpdateArrange = function() end,
}
-- What the real program does not have must not be asked for.
reaper = setmetatable(reaper_api, { __index = function(_, name) error("REAPER has no " .. name) end })

dofile(script)
while #host.deferred > 0 do
  os.execute("sleep 0.1")
  table.remove(host.deferred, 1)()
end
for _, take in ipairs(host.takes) do
  local words = {}
  for _, note in ipairs(take.notes) do
    words[#words + 1] = string.format("%d,%d,%d,%d,%s", note[3], note[4], note[5], note[6], tostring(note[2]))
  end
  print("take " .. take.name .. "|" .. table.concat(words, " "))
end
print("active " .. host.active)
print("quarters " .. string.format("%g", host.length))
print("undo " .. host.undo .. " " .. tostring(host.undone))
for _, text in ipairs(host.said) do print("said " .. text) end
for _, text in ipairs(host.boxes) do print("box " .. text) end
