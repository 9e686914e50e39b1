"""The table of the golden set: command lines, and functions that use `symgen` from Python."""

from __future__ import annotations

COMMANDS = [
    line.strip()
    for line in """
    --version
    info
    info folk
    info chorale --json
    info piano
    info chamber
    info gan
    info transcriber --json
    info jig.abc
    info full.musicxml --json
    info everything.mid
    info waltz.krn --json
    info sung.wav
    info store
    info run --json
    info gan-run
    info nothing.mid
    generate --bars 3 --seed 1 -o a.mid --json --report --xml
    generate --bars 3 --seed 2 --style jig --key "D dorian" --end -o a.musicxml
    generate --bars 3 --seed 2
    generate --bars 3 --seed 3 --style reel -n 2 -o a.mid --overwrite
    generate --bars 4 --seed 4 --form AABA -o a.mid
    generate --bars 4 --seed 4 --form "AA'BA" --variation 0.8 -o a.mid --json
    generate --bars 4 --seed 5 --chords "C G Am F" -o a.mid
    generate --bars 4 --seed 5 --chords "C G Am F" --strict-chords --strict-key --key C -o a.mid --json
    generate --bars 3 --seed 6 --meter 3/4 --density 2-4 --range A3-E5 -o a.mid
    generate --seed 6 --meter 2x4/4,1x3/4 -o a.mid
    generate --bars 3 --seed 7 --tempo 90 --swing 0.6 --instrument flute -o a.mid
    generate --bars 3 --seed 8 --temperature 1.4 --top-p 0.9 -o a.mid
    generate --bars 3 --seed 8 --temperature 0.5 --top-k 5 -o a.mid
    generate --bars 3 --seed 9 --candidates 4 -n 2 -o a.mid --json
    generate --bars 3 --seed 10 --max-copy 8 --grid 1/8 -o a.mid
    generate --bars 3 --seed 10 --grid 1/8t -o a.mid
    generate --bars 2 --seed 11 --plot --wav -o a.mid
    generate --bars 3 --seed 12 --period classical -o a.mid
    generate --bars 2 --seed 1 --model chorale -o a.mid --xml --json
    generate --bars 2 --seed 2 --model chorale --key "A minor" --end -o a.mid
    generate --bars 2 --seed 3 --model chorale --chords "G D" --strict-chords -o a.mid
    generate --bars 2 --seed 4 --model chorale --candidates 3 -o a.mid
    generate --bars 2 --seed 1 --model piano -o a.mid --xml --json
    generate --bars 2 --seed 2 --model piano --max-polyphony 3 -o a.mid
    generate --bars 2 --seed 3 --model piano --style waltz --meter 3/4 -o a.mid
    generate --bars 2 --seed 1 --model chamber -o a.mid --xml --json
    generate --bars 2 --seed 2 --instruments violin,violin,viola,cello -o a.mid
    generate --bars 2 --seed 3 --model chamber --style quartet --period classical -o a.mid
    generate --bars 2 --seed 4 --model chamber --instruments flute,piano --density 1-6 -o a.mid
    generate --bars 2 --seed 1 --model run -o a.mid --json
    generate --bars 0
    generate --bars 2 --key H
    generate --bars 2 --style polka --model chorale
    continue jig.abc --bars 2 --seed 1 -o a.mid --json
    continue round.abc --bars 2 --seed 2 -o a.musicxml
    continue waltz.krn --bars 2 --seed 3 --complete-bar -o a.mid
    continue daw.mid --bars 2 --seed 4 --no-prompt -o a.mid --xml
    continue full.musicxml --bars 2 --seed 5 -o a.musicxml
    continue full.musicxml --bars 2 --seed 5 --part 1 -o a.mid --json
    continue twelve.mid --bars 2 --seed 6 --use-bars 1-2 -o a.mid
    continue chorale.abc --bars 2 --seed 7 -o a.mid --json
    continue chorale.abc --bars 2 --seed 7 --model piano -o a.mid
    continue chorale.abc --bars 2 --seed 8 --model chamber -o a.mid
    continue jig.abc --bars 2 --seed 9 --candidates 3 --end -o a.mid --json
    continue sung.wav --bars 2 --seed 10 -o a.mid --json
    continue counted.wav --count-in 4 --bars 2 --seed 11 -o a.mid
    continue played.mid --bars 2 --seed 12 -o a.mid
    continue everything.mid --bars 2 --seed 13 -o a.mid --json
    infill jig.abc --bars 3-4 --seed 1 -o a.mid --json
    infill round.abc --bars 2-3 --seed 2 --particles 4 -o a.musicxml
    infill chorale.abc --bars 2-2 --seed 3 --particles 4 -o a.mid
    infill chorale.abc --bars 2-2 --part 1 --seed 4 --particles 4 -o a.mid
    vary jig.abc --seed 1 -o a.mid --json
    vary round.abc --amount 0.7 --seed 2 -n 2 -o a.mid
    vary chorale.abc --amount 0.5 --seed 3 --particles 4 -o a.mid
    harmonize round.abc --seed 1 --particles 4 -o a.mid --json
    harmonize waltz.krn --voice bass --seed 2 --particles 4 -o a.mid --xml
    harmonize jig.abc --instrument "church organ" --seed 3 --particles 4 -o a.mid
    render round.abc --rate 8000
    render round.abc --rate 8000 -o a.flac
    render round.abc --rate 8000 -o a.ogg --overwrite
    render daw.mid --rate 8000 --no-reverb --chorus -o a.wav
    render chorale.abc --rate 8000 --stems --pan off -o out/a.wav
    render waltz.krn jig.abc --rate 8000 --loop -o out
    render everything.mid --rate 8000
    plot jig.abc
    plot everything.mid -o a.png
    copies jig.abc round.abc
    copies jig.abc --model folk --min-notes 8 --json
    copies chorale.abc --model chorale --json
    corpus tunes -o store --min-bars 2
    corpus tunes jig.abc round.abc -o s --min-bars 2 --grid 24 --velocity 90 --program 5
    corpus chorale.abc full.musicxml everything.mid -o s --min-bars 1 --drums --metre-changes
    corpus chorale.abc full.musicxml everything.mid -o s --min-bars 1 --parts melody
    evaluate tunes --reference tunes --resamples 20 --no-classifiers
    evaluate tunes --reference store --split train --resamples 20 --no-classifiers --json
    train store -o run --hidden 16 --head 8 --epochs 1 --device cpu --seed 1
    train tunes -o r --net plain --hidden 8 --head 8 --layers 1 --dropout 0 --epochs 1 --device cpu --seed 2
    gan train store -o gan-run --minutes 0.1 --batch 4 --device cpu --seed 1 --validations 1
    gan sample -n 2 --bars 3 --seed 1 -o a.mid --json
    gan sample -n 1 --bars 3 --seed 2 --key G --meter 3/4 --tempo 90 --instrument flute -o a.mid
    gan sample -n 1 --bars 3 --seed 3 --no-form --surer 0.2 -o a.mid
    gan sample -n 1 --bars 3 --seed 4 --prime round.abc -o a.musicxml
    gan sample -n 1 --bars 3 --seed 5 --model gan-run -o a.mid
    gan augment store -n 3 --bars 4 --seed 1 -o store2
    gan evaluate store -n 4 --bars 4 --split train --json
    transcribe sung.wav -o a.mid --json
    transcribe sung.wav --tempo 120 --meter 4/4 --key G --grid 8 -o a.musicxml
    transcribe counted.wav --count-in 4 --instrument flute -o a.mid --xml
    transcribe sung.wav --no-quantize -o a.mid
    transcribe played.mid -o a.mid --json
    """.splitlines()
    if line.strip()
]
CASES = {command: command for command in COMMANDS}
