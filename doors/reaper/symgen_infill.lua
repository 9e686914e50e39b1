-- symgen: write the bars of the time selection anew in the selected MIDI item, as new takes of it.

local folder = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local symgen = dofile(folder .. "symgen_run.lua")

symgen.run("infill", function(read)
  local first, last = symgen.selected_bars(read)
  local given = symgen.ask_numbers("bars " .. first .. " to " .. last .. " anew", "Takes", { 2 })
  return given and { bars = { first, last }, count = given[1] }
end)
