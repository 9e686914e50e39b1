-- symgen: go on from the selected MIDI item, as new takes of it.

local folder = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local symgen = dofile(folder .. "symgen_run.lua")

symgen.run("continue", function()
  local given = symgen.ask_numbers("continue", "New bars,Takes", { 4, 2 })
  return given and { controls = { bars = math.floor(given[1]) }, count = given[2] }
end)
