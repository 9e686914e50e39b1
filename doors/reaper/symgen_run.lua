-- What the three actions share: ask, have takes written by the studio, and add them to the item.

local folder = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local item = dofile(folder .. "symgen_item.lua")
local midi = dofile(folder .. "symgen_midi.lua")
local studio = dofile(folder .. "symgen_studio.lua")

local SECTION = "symgen"
local MOST_TAKES = 16

-- Say something: OSARA has the screen reader speak it, else it stands in the help line below the arrangement.
local function say(text)
  if reaper.APIExists and reaper.APIExists("osara_outputMessage") then
    reaper.osara_outputMessage(text)
  else
    reaper.Help_Set(text, false)
  end
end

-- Find the start link: given before, in the file symgen-link.txt of REAPER's own folder, or asked for.
local function find_link(ask)
  local file = studio.read_file(reaper.GetResourcePath() .. "/symgen-link.txt")
  local kept = reaper.GetExtState(SECTION, "link")
  if not ask and kept ~= "" then return kept end
  if not ask and file then return file end
  local given, link = reaper.GetUserInputs("symgen: the link of the studio", 1, "Start link,extrawidth=300", "")
  if not given then return nil end
  reaper.SetExtState(SECTION, "link", link, false) -- for this session: the next one has another token
  return link
end

-- Open a file as a project; where the studio does not know the link, ask for it once.
local function open_project(file, name)
  local path = "/api/projects/open?name=" .. name:gsub("[^%w]", "-"):sub(1, 60) .. ".mid"
  for attempt = 1, 2 do
    local text = find_link(attempt == 2)
    if not text then return nil end
    local fine, found = pcall(function()
      local link = studio.connect(text)
      return { link = link, document = studio.ask(link, "POST", path, { file = file }) }
    end)
    if fine then return found end
    if attempt == 2 then error(found, 0) end
    say(found)
  end
end

-- Return the notes of a document by quarters, each with the channel of its part.
local function notes_of(document, channels)
  local found, quarter = {}, document.resolution
  for number, part in ipairs(document.parts) do
    local named = tonumber(part.name:match("^channel (%d+)$") or "")
    local channel = named and named - 1 or channels[number] or channels[1]
    if part.is_drum then channel = 9 end
    for _, note in ipairs(part.notes) do -- id, onset, pitch, duration, velocity
      found[#found + 1] = {
        start = note[2] / quarter,
        stop = (note[2] + note[4]) / quarter,
        pitch = note[3],
        velocity = note[5],
        channel = channel,
      }
    end
  end
  return found
end

-- Add all takes of a job to the item, as one step of undo; the first of them is heard.
local function add_takes(work, documents)
  reaper.Undo_BeginBlock()
  reaper.PreventUIRefresh(1)
  local fine, why = pcall(function()
    local first
    for number, document in ipairs(documents) do
      local name = string.format("symgen %s %d", work.verb, number)
      local stop = document.length / document.resolution
      local notes = notes_of(document, work.channels)
      local take = item.add_take(work.item, work.read, notes, name, stop)
      first = first or take
    end
    if first then reaper.SetActiveTake(first) end
  end)
  reaper.PreventUIRefresh(-1)
  reaper.UpdateArrange()
  reaper.Undo_EndBlock("symgen: " .. work.verb, -1)
  if not fine then error(why, 0) end
end

local function finish(work)
  local link, place = work.link, "/api/projects/" .. work.project
  local documents = {}
  for _, take in ipairs(work.takes) do
    documents[#documents + 1] = studio.ask(link, "GET", place .. "/takes/" .. take.take).document
  end
  studio.ask(link, "DELETE", place)
  add_takes(work, documents)
  local said = #work.takes == 1 and "1 new take" or #work.takes .. " new takes"
  say("symgen: " .. said .. ". " .. (work.takes[1] and work.takes[1].said or ""))
end

local function complain(why)
  local text = "symgen: " .. tostring(why):gsub("%s+", " ")
  say(text)
  reaper.ShowMessageBox(text, "symgen", 0)
end

-- Hear what the studio says of the job, without keeping REAPER from working meanwhile.
local function wait(work)
  local ended
  for _, event in ipairs(work.listener.events()) do
    if event.name == "take" then
      work.takes[#work.takes + 1] = event.data
    elseif event.name == "done" or event.name == "cancelled" then
      ended = { fine = true }
    elseif event.name == "failed" then
      ended = { why = event.data.error }
    end
  end
  if not ended then
    reaper.defer(function() work.guard(wait, work) end)
    return
  end
  work.listener.close()
  if not ended.fine then error(ended.why, 0) end
  finish(work)
end

local function begin(verb, request)
  local found, take = item.selected()
  local read = item.read(found, take)
  local asked = request(read)
  if not asked then return end
  local data, channels = midi.write(read.notes, read.tempo, read.meters, read.programs)
  local file = reaper.GetResourcePath() .. "/symgen-item.mid"
  studio.write_file(file, data)
  local opened = open_project(file, reaper.GetTakeName(take))
  os.remove(file)
  if not opened then return end
  local work = {
    verb = verb,
    item = found,
    read = read,
    channels = channels,
    link = opened.link,
    project = opened.document.id,
    takes = {},
  }
  asked.verb = verb
  asked.count = math.max(1, math.min(MOST_TAKES, math.floor(asked.count)))
  local job = studio.ask(work.link, "POST", "/api/projects/" .. work.project .. "/jobs", asked)
  work.listener = studio.listen(work.link, job.job)
  work.guard = function(call, ...)
    local fine, why = pcall(call, ...)
    if not fine then complain(why) end
  end
  say("symgen: writing")
  wait(work)
end

-- Ask for numbers by one dialog; nothing comes back if it is left.
local function ask_numbers(title, names, usual)
  local given, text = reaper.GetUserInputs("symgen: " .. title, #usual, names, table.concat(usual, ","))
  if not given then return nil end
  local found = {}
  for word in (text .. ","):gmatch("([^,]*),") do
    local number = tonumber(word)
    if not number then error("'" .. word .. "' is no number", 0) end
    found[#found + 1] = number
  end
  return found
end

-- Run an action. `request` is given what the item holds, and returns what the studio is asked for, or nothing.
local function run(verb, request)
  local fine, why = pcall(begin, verb, request)
  if not fine then complain(why) end
end

return { run = run, ask_numbers = ask_numbers, selected_bars = item.selected_bars }
