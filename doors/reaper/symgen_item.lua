-- A MIDI item of REAPER: its notes by quarters from the first bar line, and new takes of it.

local item = {}

local DUPLICATE_TAKE = 40639 -- "Take: Duplicate active take"

-- Return the selected item, or raise what is missing.
function item.selected()
  local found = reaper.GetSelectedMediaItem(0, 0)
  local take = found and reaper.GetActiveTake(found)
  if not take or not reaper.TakeIsMIDI(take) then error("select one MIDI item first", 0) end
  return found, take
end

local function measure_at(quarters)
  -- Only differences of these numbers are used.
  local number, start, stop = reaper.TimeMap_QNToMeasures(0, quarters + 1e-6)
  return number, start, stop
end

local function meters_from(start, stop)
  local found, place, last = {}, start, ""
  while place < stop - 1e-6 do
    local _, first, after = measure_at(place)
    local time = reaper.TimeMap2_QNToTime(0, first)
    local numerator, denominator = reaper.TimeMap_GetTimeSigAtTime(0, time + 1e-6)
    local name = numerator .. "/" .. denominator
    if name ~= last then
      found[#found + 1] = { start = first - start, numerator = numerator, denominator = denominator }
      last = name
    end
    if after <= place then break end
    place = after
  end
  return found
end

local function programs_of(take, events)
  local found = {}
  for number = 0, events - 1 do
    local _, _, _, _, kind, channel, program = reaper.MIDI_GetCC(take, number)
    if kind == 0xC0 and not found[channel] then found[channel] = program end
  end
  return found
end

-- Call `use` with each note that is heard: not muted, and begun inside of the item; the others are left alone.
local function each_heard(found, take, use)
  local position = reaper.GetMediaItemInfo_Value(found, "D_POSITION")
  local length = reaper.GetMediaItemInfo_Value(found, "D_LENGTH")
  local from = reaper.TimeMap2_timeToQN(0, position) - 1e-6
  local to = reaper.TimeMap2_timeToQN(0, position + length) - 1e-6
  local _, count = reaper.MIDI_CountEvts(take)
  for number = count - 1, 0, -1 do
    local _, _, muted, start, stop, channel, pitch, velocity = reaper.MIDI_GetNote(take, number)
    local quarter = reaper.MIDI_GetProjQNFromPPQPos(take, start)
    if not muted and quarter >= from and quarter < to then
      use(number, quarter, reaper.MIDI_GetProjQNFromPPQPos(take, stop), channel, pitch, velocity)
    end
  end
end

-- Read an item: its notes that are heard, tempo, meters, programs, and the quarter of its first bar line.
function item.read(found, take)
  local position = reaper.GetMediaItemInfo_Value(found, "D_POSITION")
  local length = reaper.GetMediaItemInfo_Value(found, "D_LENGTH")
  local first, start = measure_at(reaper.TimeMap2_timeToQN(0, position))
  local _, _, controllers = reaper.MIDI_CountEvts(take)
  local notes = {}
  each_heard(found, take, function(_, from, to, channel, pitch, velocity)
    notes[#notes + 1] = {
      start = from - start,
      stop = to - start,
      channel = channel,
      pitch = pitch,
      velocity = velocity,
    }
  end)
  if #notes == 0 then error("the item holds no notes; select one with music", 0) end
  local _, _, tempo = reaper.TimeMap_GetTimeSigAtTime(0, position + 1e-6)
  return {
    notes = notes,
    tempo = tempo,
    meters = meters_from(start, reaper.TimeMap2_timeToQN(0, position + length)),
    programs = programs_of(take, controllers),
    start = start,
    measure = first,
  }
end

-- Return the bars of the time selection, counted from the first bar of the item.
function item.selected_bars(read)
  local from, to = reaper.GetSet_LoopTimeRange(false, false, 0, 0, false)
  if to <= from then error("select the bars to write anew: a time selection over them", 0) end
  local first = measure_at(reaper.TimeMap2_timeToQN(0, from))
  local last = measure_at(reaper.TimeMap2_timeToQN(0, to) - 1e-3)
  return first - read.measure + 1, last - read.measure + 1
end

local function replace_notes(found, take, read, notes)
  each_heard(found, take, function(number) reaper.MIDI_DeleteNote(take, number) end)
  for _, note in ipairs(notes) do
    local from = reaper.MIDI_GetPPQPosFromProjQN(take, read.start + note.start)
    local to = reaper.MIDI_GetPPQPosFromProjQN(take, read.start + note.stop)
    reaper.MIDI_InsertNote(take, false, false, from, to, note.channel, note.pitch, note.velocity, true)
  end
  reaper.MIDI_Sort(take)
end

-- Add a take with other notes; `stop` is the quarter at which the piece ends, which may be behind the item.
function item.add_take(found, read, notes, name, stop)
  local selected = {}
  for number = 0, reaper.CountSelectedMediaItems(0) - 1 do
    selected[#selected + 1] = reaper.GetSelectedMediaItem(0, number)
  end
  for _, each in ipairs(selected) do reaper.SetMediaItemSelected(each, each == found) end
  reaper.SetMediaItemSelected(found, true)
  reaper.Main_OnCommand(DUPLICATE_TAKE, 0)
  for _, each in ipairs(selected) do reaper.SetMediaItemSelected(each, true) end
  local take = reaper.GetActiveTake(found)
  local position = reaper.GetMediaItemInfo_Value(found, "D_POSITION")
  local ends = reaper.TimeMap2_timeToQN(0, position + reaper.GetMediaItemInfo_Value(found, "D_LENGTH"))
  -- First the notes, so that what lies behind the end of the item is not taken for its own.
  replace_notes(found, take, read, notes)
  if read.start + stop > ends + 1e-6 then
    reaper.SetMediaItemInfo_Value(found, "B_LOOPSRC", 0) -- shorter takes are not repeated
    reaper.MIDI_SetItemExtents(found, reaper.TimeMap2_timeToQN(0, position), read.start + stop)
  end
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", name, true)
  return take
end

return item
