-- Speaks with a studio that runs on this machine, by curl, which comes with Windows 10 and later, macOS and Linux.

local folder = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local json = dofile(folder .. "symgen_json.lua")

local studio = {}

local SECONDS = 60
local made = 0

local function scratch(name)
  made = made + 1
  local place = reaper.GetResourcePath():gsub("\\", "/")
  return string.format("%s/symgen-%d-%d-%s", place, os.time(), made, name)
end

-- Write a whole file.
function studio.write_file(path, data)
  local file, why = io.open(path, "wb")
  if not file then error("cannot write " .. path .. " (" .. tostring(why) .. ")", 0) end
  file:write(data)
  file:close()
end

-- Read a whole file, or nothing where there is none.
function studio.read_file(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local data = file:read("a")
  file:close()
  return data
end

local function curl()
  local system = reaper.GetOS()
  if system:find("^Win") then return "curl.exe" end
  return "/usr/bin/curl"
end

-- Take the address and the token out of a start link.
function studio.connect(link)
  local address, token = link:match("^%s*(http://[%w%.:%[%]]+)/%?token=([%w%-_%.~]+)")
  if not address then error("that is no start link; copy the one that `symgen studio` printed", 0) end
  return { address = address, token = token }
end

-- The token stands in a file that curl reads, not in its command line, which other users could see.
local function config(link, method, path, options)
  local lines = {
    'url = "' .. link.address .. path .. '"',
    'request = "' .. method .. '"',
    'header = "Authorization: Bearer ' .. link.token .. '"',
    'noproxy = "*"',
    "silent",
  }
  for name, value in pairs(options) do lines[#lines + 1] = name .. ' = "' .. value .. '"' end
  local file = scratch("curl.txt")
  studio.write_file(file, table.concat(lines, "\n") .. "\n")
  return file
end

local function told(answer, status)
  local fine, found = pcall(json.read, answer)
  if fine and type(found) == "table" and found.error then return found.error end
  return "the studio answered with status " .. status
end

-- Ask, and wait for the answer. `body` is a table, or {file = PATH} for a file that is sent as it is.
function studio.ask(link, method, path, body)
  local out, sent = scratch("answer.json"), nil
  local options = { output = out, ["write-out"] = "%{http_code}", ["max-time"] = tostring(SECONDS) }
  if body and body.file then
    options["data-binary"] = "@" .. body.file
    options.header = "Content-Type: application/octet-stream"
  elseif body then
    sent = scratch("asked.json")
    studio.write_file(sent, json.write(body))
    options["data-binary"] = "@" .. sent
    options.header = "Content-Type: application/json"
  end
  local file = config(link, method, path, options)
  local printed = reaper.ExecProcess('"' .. curl() .. '" -K "' .. file .. '"', SECONDS * 1000 + 5000)
  local answer = studio.read_file(out) or ""
  for _, each in ipairs({ file, out, sent or file }) do os.remove(each) end
  if not printed then error("curl cannot be started, or the studio did not answer in time", 0) end
  local code, status = printed:match("^(%d+)\n%s*(%d+)")
  if code ~= "0" then
    error("the studio cannot be reached; start it with `symgen studio`, and give the link that it prints", 0)
  end
  if tonumber(status) >= 400 then error(told(answer, status), 0) end
  return answer ~= "" and json.read(answer) or nil
end

-- Begin to listen to a job; `events` of what comes back gives what was said since, and ends with nothing.
function studio.listen(link, job)
  local out = scratch("events.txt")
  local options = { output = out, ["max-time"] = "3600" }
  local file = config(link, "GET", "/api/jobs/" .. job .. "/events", options)
  reaper.ExecProcess('"' .. curl() .. '" -N -K "' .. file .. '"', -2)
  local listener, read = {}, 0
  -- Return new events as {name, data}.
  function listener.events()
    local text, found = (studio.read_file(out) or ""):gsub("\r", ""), {}
    while true do
      local stop = select(2, text:find("\n\n", read + 1, true))
      if not stop then return found end
      local block = text:sub(read + 1, stop)
      read = stop
      local name, data = block:match("event: (%a+)"), block:match("data: ([^\n]*)")
      if name and data then found[#found + 1] = { name = name, data = json.read(data) } end
    end
  end
  -- Remove what was written meanwhile.
  function listener.close()
    os.remove(file)
    os.remove(out)
  end
  return listener
end

return studio
