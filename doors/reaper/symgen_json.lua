-- JSON: objects and lists become tables, null becomes nil. Errors are raised with one line.

local json = {}

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local function fail(place)
  error("the studio answered what is no JSON (at byte " .. place .. ")", 0)
end

local function skip(text, place)
  return text:match("^[ \n\r\t]*()", place)
end

local read_value

local function read_string(text, place)
  local parts, start = {}, place + 1
  while true do
    local stop = text:find('["\\]', start)
    if not stop then fail(place) end
    parts[#parts + 1] = text:sub(start, stop - 1)
    if text:sub(stop, stop) == '"' then return table.concat(parts), stop + 1 end
    local sign = text:sub(stop + 1, stop + 1)
    if sign == "u" then
      local code = tonumber(text:match("^%x%x%x%x", stop + 2) or fail(stop), 16)
      start = stop + 6
      local low = text:match("^\\u([dD][c-fC-F]%x%x)", start)
      if code >= 0xD800 and code < 0xDC00 and low then
        code = 0x10000 + (code - 0xD800) * 0x400 + tonumber(low, 16) - 0xDC00
        start = start + 6
      end
      parts[#parts + 1] = utf8.char(code)
    else
      parts[#parts + 1] = ESCAPES[sign] or fail(stop)
      start = stop + 2
    end
  end
end

local function read_list(text, place)
  local found = {}
  place = skip(text, place + 1)
  if text:sub(place, place) == "]" then return found, place + 1 end
  local number = 0
  while true do
    number = number + 1
    found[number], place = read_value(text, place)
    place = skip(text, place)
    local sign = text:sub(place, place)
    if sign == "]" then return found, place + 1 end
    if sign ~= "," then fail(place) end
    place = place + 1
  end
end

local function read_object(text, place)
  local found = {}
  place = skip(text, place + 1)
  if text:sub(place, place) == "}" then return found, place + 1 end
  while true do
    place = skip(text, place)
    if text:sub(place, place) ~= '"' then fail(place) end
    local name
    name, place = read_string(text, place)
    place = skip(text, place)
    if text:sub(place, place) ~= ":" then fail(place) end
    found[name], place = read_value(text, place + 1)
    place = skip(text, place)
    local sign = text:sub(place, place)
    if sign == "}" then return found, place + 1 end
    if sign ~= "," then fail(place) end
    place = place + 1
  end
end

function read_value(text, place)
  place = skip(text, place)
  local sign = text:sub(place, place)
  if sign == '"' then return read_string(text, place) end
  if sign == "{" then return read_object(text, place) end
  if sign == "[" then return read_list(text, place) end
  for word, value in pairs({ ["true"] = true, ["false"] = false }) do
    if text:sub(place, place + #word - 1) == word then return value, place + #word end
  end
  if text:sub(place, place + 3) == "null" then return nil, place + 4 end
  local number = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", place)
  if not number or not tonumber(number) then fail(place) end
  return tonumber(number), place + #number
end

-- Read a text that is JSON.
function json.read(text)
  local value, place = read_value(text, 1)
  if skip(text, place) <= #text then fail(place) end
  return value
end

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(sign) return string.format("\\u%04x", sign:byte()) end) .. '"'
end

-- Write a value as JSON; a table with [1], or an empty one, is a list.
function json.write(value)
  if type(value) == "string" then return quoted(value) end
  if math.type(value) == "integer" then return string.format("%d", value) end
  if type(value) == "number" then return string.format("%.10g", value) end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  if #value > 0 or next(value) == nil then
    for _, each in ipairs(value) do parts[#parts + 1] = json.write(each) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for name, each in pairs(value) do parts[#parts + 1] = quoted(name) .. ":" .. json.write(each) end
  return "{" .. table.concat(parts, ",") .. "}"
end

return json
