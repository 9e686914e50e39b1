-- symgen: change some notes of the selected MIDI item, as new takes of it.

local folder = debug.getinfo(1, "S").source:match("^@?(.*[/\\])") or ""
local symgen = dofile(folder .. "symgen_run.lua")

symgen.run("vary", function()
  local given = symgen.ask_numbers("vary", "Share of the notes (0 to 1),Takes", { 0.3, 2 })
  return given and { controls = { amount = given[1] }, count = given[2] }
end)
