"""The table of the golden set: command lines, and functions that use `symgen` from Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from golden_functions import FUNCTIONS

_TABLE = r"""
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
    describe jig.abc
    describe jig.abc --bars 1-2
    describe full.musicxml --json
    describe everything.mid --full
    describe jig.abc --part 1 --limit notes=9999
    describe nothing.mid
    describe sung.wav
    chords chorale.abc
    chords jig.abc everything.mid nothing.mid --json
    chords full.musicxml --key "G major" -o a.abc
    chords jig.abc --limit notes=9999 --overwrite -o a.abc
    generate --bars 3 --seed 1 -o a.mid --json --report --xml
    generate --bars 3 --seed 2 --style jig --key "D dorian" --end -o a.musicxml
    generate --bars 3 --seed 2
    generate --bars 3 --seed 3 --style reel -n 2 -o a.mid --overwrite
    generate --bars 4 --seed 4 --form AABA -o a.mid
    generate --bars 4 --seed 4 --form "AA'BA" --variation 0.8 -o a.mid --json
    generate --bars 4 --seed 5 --chords "C G Am F" -o a.mid
    generate --bars 4 --seed 5 --chords "| C | G/B | Am7 F | % |" --strict-chords -o a.mid --json
    generate --bars 4 --seed 5 --key G --lead-sheet -o a.mid
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
    generate "sad waltz in G minor, 80 bpm, 4 bars" --seed 1 -o a.mid --json
    generate slow air for flute --bars 2 --seed 2 -o a.mid
    generate --mood tense --key "E dorian" --bars 2 --seed 3 -o a.mid --json
    generate --preset quartet --mood calm --bars 2 --seed 4 -o a.mid
    generate --style irish --bars 2 --seed 5 -o a.mid
    generate "jigg in D or G" -o a.mid
    generate "" -o a.mid
    generate "happy jig" --mood sad
    continue round.mid "2 bars in E minor, fast, with an ending" --seed 5 -o a.mid
    continue round.mid "sad" --seed 5
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
    drums --bars 3 --seed 1 -o a.mid --json
    drums --style waltz --bars 4 --seed 2 --fills 2 --end --loose --tempo 150 -o a.mid
    drums --style polka
    continue jig.abc --bars 2 --seed 1 -o a.mid --json
    continue jig.abc --bars 2 --seed 1 --lead-sheet -o a.mid
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
    infill jig.abc --bars 3-4 --seed 1 --lead-sheet -o b.mid
    infill round.abc --bars 2-3 --seed 2 --particles 4 -o a.musicxml
    infill chorale.abc --bars 2-2 --seed 3 --particles 4 -o a.mid
    infill chorale.abc --bars 2-2 --part 1 --seed 4 --particles 4 -o a.mid
    vary jig.abc --seed 1 -o a.mid --json
    vary jig.abc --seed 1 --lead-sheet -o b.mid
    vary round.mid --amount 0.7 --seed 2 -n 2 -o a.mid
    vary chorale.abc --amount 0.5 --seed 3 --particles 4 -o a.mid
    harmonize round.abc --seed 1 --particles 4 -o a.mid --json
    harmonize round.abc --style piano --seed 1 --end --report -o a.mid --json
    harmonize waltz.krn --style guitar --seed 2 --xml -o a.mid
    harmonize jig.abc --style strings --key D --strict-key --seed 3 -o a.musicxml
    harmonize chorale.abc --style pad --seed 4 -o a.mid
    harmonize jig.abc --style pad --seed 4 --lead-sheet -o a.mid
    harmonize round.abc --style polka
    accompany round.abc --style chorale.abc --seed 1 -o a.mid --json
    accompany waltz.krn --style round.mid --seed 2 -o a.mid
    accompany chorale.abc --style chorale.abc --parts bass:7 --chords "| C | F G |" --seed 3 -o a.mid --report
    accompany jig.abc --style polka
    accompany round.mid --style rock --intro --ending --drums drawn --seed 8 -o a.mid --json
    accompany round.mid --style rock --intro --parts drums --drums funk --seed 8 -o a.mid
    accompany round.mid --style rock --loosen 0.3 --seed 8 -o a.mid --json
    accompany chorale.abc --style rock --again bass:7 --seed 8 -o a.mid
    accompany chorale.abc --style rock --lock bass --seed 8 -o a.mid --json
    accompany chorale.abc --style rock --drop bass --parts drums --seed 8 -o a.mid
    accompany round.abc --style rock --drop bass
    accompany round.abc --style chorale.abc --seed 5 --key C --part 1 --wav --stems --soundfont small.sf2 -o a.mid
    accompany round.abc --style chorale.abc --seed 5 --plot --limit notes=99 -n 2 -o a.mid
    accompany round.mid jig.abc --style chorale.abc --seed 6 --out-dir out --no-history --jobs 1 --abc --lead-sheet
    accompany jig.abc --style chorale.abc --seed 7 --overwrite --xml --format abc
    accompany round.mid jig.abc --style country --play
    accompany round.mid --style country --sheet x.doc
    accompany round.mid --style country --preset nosuch
    drums --style funk --bars 2 --seed 5 --meter 3/4 --temperature 0.8 -n 2 --report --plot -o a.mid
    drums --style funk --bars 1 --seed 5 --wav --soundfont small.sf2 -o a.mid
    drums --bars 2 --seed 6 --xml --out-dir out --no-history --overwrite --format mid
    drums --bars 0 --play
    drums --bars 2 --sheet x.doc
    drums --bars 2 --seed 7 --abc
    drums --bars 2 --seed 8 --lead-sheet
    generate --style rock --bars 4 --key Am --seed 1 -o a.mid --json
    generate --style swing --bars 8 --parts drums --no-intro --seed 2 --wav --stems --soundfont small.sf2 -o a.mid
    generate --style jig --parts drums
    harmonize waltz.krn --voice bass --seed 2 --particles 4 -o a.mid --xml
    harmonize waltz.krn --instrument "church organ" --seed 3 --particles 4 -o a.mid
    render round.abc --rate 8000
    render round.abc --rate 8000 -o a.flac
    render round.mid --rate 8000 -o a.ogg --overwrite
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
    corpus tunes -o store --min-bars 2 --jobs 2
    corpus tunes -o store --jobs 0
    corpus tunes jig.abc round.abc -o s --min-bars 2 --grid 24 --velocity 90 --program 5
    corpus chorale.abc full.musicxml everything.mid -o s --min-bars 1 --drums --metre-changes
    corpus chorale.abc full.musicxml everything.mid -o s --min-bars 1 --parts melody
    tokens tunes -o t --tokenizer TSD --limit notes=5000 && tokens --back t -o m --overwrite
    evaluate tunes --reference store --split train --resamples 20 --no-classifiers --json
    train store -o run --hidden 16 --head 8 --epochs 1 --device cpu --seed 1
    train tunes -o r --net plain --hidden 8 --head 8 --layers 1 --dropout 0 --epochs 1 --device cpu --seed 2
    gan train store -o gan-run --minutes 0.1 --batch 4 --device cpu --seed 1 --validations 1
    gan sample -n 2 --bars 3 --seed 1 -o a.mid --json
    gan sample -n 1 --bars 2 --seed 5 --lead-sheet -o a.mid
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
    info full.musicxml --limit notes=10000 --json
    info daw.mid
    info zipped.mxl --json
    info tunes
    doctor
    doctor --json
    generate --bars 2 --seed 1 --wav --soundfont small.sf2 -o a.mid
    generate --bars 2 --seed 1 --soundfont small.sf2 -o a.mid
    generate --bars 2 --seed 1 --form AB --swing 0.75 --model piano -o a.mid --json
    generate --bars 4 --seed 2 --form AABB --style polka --end -o a.mid --json
    generate --bars 2 --seed 20 --key "F# minor" --strict-key --meter 6/8 -o a.mid --json
    generate --bars 2 --seed 21 --meter 5/4 -o a.mid
    generate --bars 3 --seed 22 --meter 9/8 --style "slip jig" -o a.mid
    generate --bars 2 --seed 23 --instrument 41 --range C3-G4 --model chamber --json -o a.mid
    generate --bars 2 --seed 24 --style mazurka --report -o a.musicxml
    generate --bars 3 --seed 25 --model chorale --form AAB --variation 0.1 -o a.mid --json
    generate --bars 2 --seed 26 --model chorale --range E2-G5 --tempo 72 --candidates 2 -n 2 -o a.mid
    generate --bars 2 --seed 27 --model piano --candidates 3 --period romantic -o a.mid --json
    generate --bars 2 --seed 28 --model chamber --candidates 3 -o a.mid --json
    generate --bars 3 --seed 29 --model chamber --max-polyphony 2 --strict-key --key "Bb minor" -o a.mid --json
    generate --bars 2 --seed 30 --model piano --density 6-12 --grid 1/16 -o a.mid --json
    generate --bars 2 --seed 31 --max-copy 12 --model chorale -o a.mid --json
    generate --bars 2 --seed 31 --model labelled --label mood=dark -o a.mid --json
    generate --bars 2 --seed 31 --model labelled --label mood=dork -o a.mid
    generate --bars 2 --seed 31 --label mood=dark -o a.mid
    continue jig.abc --bars 2 --seed 5 --model labelled --label mood=bright -o a.mid --report
    infill jig.abc --bars 3-4 --seed 1 --particles 2 --model labelled --label mood=dark -o a.mid
    vary jig.abc --seed 1 --model labelled --particles 2 --label mood=dark -o a.mid
    harmonize round.abc --seed 1 --particles 4 --label mood=dark -o a.mid
    info labelled --json
    styles --model labelled
    generate --bars 4 --seed 5 --chords "G Em7 C D/F#" --key G --xml --abc -o a.mid
    continue full.musicxml --bars 2 --seed 5 --chords "C G" --abc -o a.musicxml
    infill jig.abc --bars 3-4 --seed 1 --abc -o a.mid
    vary jig.abc --seed 1 --abc -o a.mid
    harmonize round.abc --seed 1 --particles 4 --abc -o a.mid
    transcribe sung.wav --abc -o a.mid
    sheet jig.abc -o a.txt --overwrite --limit notes=99 --out-dir out --jobs 1
    generate --bars 2 --seed 1 --model gan -o a.mid
    generate --bars 2 --seed 5 --count 5 --shard 2/2 --jobs 1 --report --style jig -o parts
    generate --bars 2 -n 5 --packed -o p && unpack p 1 3-4 -o out --xml --abc && unpack p -o q --format abc --overwrite
    generate --bars 2 --seed 1 -n 2 --packed --candidates 2 -o p && unpack p 2 --wav --soundfont small.sf2 -o out
    generate --bars 2 -n 5 --packed --wav -o parts
    generate --bars 2 -n 5 --shard 3/2 -o parts
    generate --bars 2 -n 5 --packed --scheduler 8786 -o parts
    unpack nothing
    generate --bars 2 --seed 1 -o a.pdf
    generate --bars 2 --seed 1 --density 9-3
    generate --bars 2 --seed 1 --wings
    generate --bars 2 --seed 1 -o jig.abc
    generate --bars 2 --seed 1 -o a.mid && generate --bars 2 --seed 1 -o a.mid
    generate --bars 2 --seed 1 && generate --bars 2 --seed 1
    continue round.mid --bars 4 --seed 20 --form AB --variation 0.3 --max-copy 10 -o a.mid --report
    continue jig.abc --bars 2 --seed 21 --key C --strict-key --range G3-G5 --density 3-6 -o a.mid --json
    continue round.mid --bars 2 --seed 22 --chords "G D" --strict-chords --swing 0.6 --tempo 100 -o a.mid --json
    continue round.mid --bars 2 --seed 23 --style reel --period classical --instrument violin --grid 1/8t -o a.mid
    continue round.mid --bars 2 --seed 24 --meter 3/4 --temperature 0.7 --top-p 0.8 --top-k 8 -o a.mid --json
    continue chorale.abc --bars 2 --seed 25 --instruments violin,violin,viola,cello --max-polyphony 4 -o a.mid
    continue chorale.abc --bars 2 --seed 26 --candidates 2 --model chorale --end -o a.mid --json
    continue chorale.abc --bars 2 --seed 27 --model chamber --candidates 2 -o a.mid
    continue round.mid --bars 2 --seed 28 --wav --soundfont small.sf2 --plot -n 2 -o a.mid --overwrite
    continue round.mid --bars 2 --seed 29 --limit notes=5
    continue round.mid --bars 2 --seed 29 --limit notes=1000
    continue daw.mid --bars 2 --seed 30 -o a.musicxml --json
    continue twelve.mid --bars 2 --seed 31 -o a.mid --json
    continue zipped.mxl --bars 2 --seed 32 -o a.mid
    continue waltz.krn --bars 2 --seed 33 --model run -o a.mid
    continue jig.abc --bars 2 --seed 34 --use-bars 5-9
    continue full.musicxml --bars 2 --seed 35 --part 7
    continue daw.mid --bars 2 --seed 36 --parts 1 -o a.mid --report
    continue daw.mid --bars 2 --seed 36 --parts tuba
    continue daw.mid --bars 2 --seed 36 --style-from round.mid -o a.mid
    continue jig.abc --bars 2 --seed 36 --style-from round.mid
    continue nothing.abc
    generate --preset loop --seed 41 -o a.mid --json
    continue round.mid --preset sad --bars 2 --seed 42 -o a.mid
    infill round.mid --bars 2-2 --preset happy --seed 43 --particles 4 -o a.mid
    vary round.mid --preset loop --seed 44 --particles 4 -o a.mid
    harmonize round.mid --preset lullaby --seed 45 --particles 3 -o a.mid --json
    generate --preset walz
    completion tcsh
    edit round.mid --transpose 2 --abc -o a.mid
    edit jig.abc --tempo 90 --lead-sheet -o b.mid
    gan sample -n 1 --bars 2 --seed 52 --abc -o a.mid
    generate --bars 2 --seed 46 --format musicxml
    continue round.mid --bars 2 --seed 47 --format mid
    infill round.mid --bars 2-2 --seed 48 --particles 2 --format musicxml
    vary round.mid --seed 49 --particles 2 --format musicxml
    harmonize round.mid --seed 50 --particles 2 --format musicxml
    edit round.mid --transpose 2 --format musicxml
    gan sample -n 1 --bars 2 --seed 51 --format musicxml
    transcribe sung.wav --format musicxml
    render round.mid --rate 8000 --format flac
    plot round.mid --format svg
    infill jig.abc --bars 2-2 --seed 20 --key D --strict-key --range D4-D6 --grid 1/16 --particles 4 -o a.mid --json
    infill round.mid --bars 2-3 --seed 21 --temperature 1.3 --top-p 0.9 --top-k 12 --model folk --particles 4 -o a.mid
    infill jig.abc --bars 0-1 --seed 22 --particles 4 -n 2 -o a.mid --xml --report --overwrite
    infill daw.mid --bars 2-2 --seed 23 --particles 4 --max-polyphony 3 -o a.mid
    infill round.mid --bars 1-1 --seed 24 --particles 2 --wav --soundfont small.sf2 --plot --limit notes=100 -o a.mid
    infill full.musicxml --bars 2-2 --seed 25 --particles 4 -o a.musicxml
    infill round.mid --bars 7-12 --seed 26
    vary round.mid --seed 20 --key G --strict-key --range D4-B5 --grid 1/8 --model folk --particles 4 -o a.mid --json
    vary round.mid --seed 21 --temperature 1.2 --top-p 0.95 --top-k 10 --max-polyphony 1 --particles 4 -o a.mid --xml
    vary full.musicxml --part 1 --seed 22 --particles 4 --report --overwrite -o a.musicxml
    vary round.mid --seed 23 --particles 2 --wav --soundfont small.sf2 --plot --limit notes=100 -o a.mid
    vary daw.mid --seed 24 --particles 4 -o a.mid --json
    vary round.mid --amount 2
    harmonize round.mid --seed 20 --key C --strict-key --range C2-G5 --grid 1/8 --particles 3 -o a.mid --json
    harmonize waltz.krn --seed 21 --temperature 1 --top-p 0.9 --top-k 9 --max-polyphony 4 --particles 3 -o a.mid
    harmonize chorale.abc --part 1 --seed 22 --model chorale --particles 3 --report --overwrite -o a.musicxml
    harmonize waltz.krn --seed 23 --particles 2 --wav --soundfont small.sf2 --plot --limit notes=99 -n 2 -o a.mid
    harmonize chorale.abc --part 4 --voice bass --seed 24 --particles 3 -o a.mid
    render round.mid --rate 8000 --soundfont small.sf2 --limit notes=99 -o a.flac
    render round.mid -o a.mp3
    render twelve.mid --rate 22050 -o a.wav
    render full.musicxml --rate 8000 --loop --stems
    render chorale.abc --rate 8000
    render nothing.mid
    render round.mid --pan left
    plot chorale.abc --limit notes=99 --overwrite
    plot full.musicxml -o a.png
    plot waltz.krn
    copies round.abc waltz.krn --model piano
    copies chorale.abc --model chamber --limit notes=999 --min-notes 10
    copies jig.abc --model run
    copies jig.abc round.abc --reference tunes
    corpus tunes jig.abc -o s --facts tunes=facts.json --where "tunes:title=.*[12]" --style jig=x --period tunes=modern
    corpus tunes jig.abc -o s --works "tunes=(.)..abc" --train-only jig --pickups tunes --licence tunes=CC0 --min-bars 1
    corpus tunes -o s --labels labels.csv --label-columns mood
    corpus jig.abc -o s --labels labels.csv
    corpus tunes -o s --hold-out test=tunes/00.abc --max-bars 8 --min-parts 1 --max-parts 1 --limit notes=500
    corpus repeats.abc round.abc -o s --repeats both --styles genres --overwrite
    corpus repeats.abc jig.abc -o s --styles dances
    corpus repeats.abc jig.abc -o s --repeats played && info s --json
    corpus chorale.abc -o s --voices 4 --min-bars 1
    corpus daw.mid twelve.mid played.mid zipped.mxl waltz.krn -o s --min-bars 1
    corpus nothing -o s
    corpus tunes -o s --shard 2/2 && corpus tunes -o s --shard 1/2 && corpus tunes -o s --keep-parts
    corpus tunes -o s --shard 3/2
    corpus tunes daw.mid twelve.mid -o s --performed --drums --min-bars 1 --jobs 1
    corpus tunes -o s --scheduler 8786
    evaluate tunes --reference tunes --resamples 20 --no-classifiers --seed 3 --overwrite -o e
    evaluate tunes --reference store --split train --model folk --resamples 10 --no-classifiers --json
    train store -o r --size small --epochs 1 --steps 16 --batch 4 --device cpu --seed 3 --no-copy
    train nothing -o r --dry-run
    train store -o r --size s --hidden 8 --head 8 --epochs 2 --folds 2 --device cpu --from none
    train store -o r --hidden 12 --head 8 --no-features --epochs 2 --rate 0.01 --weight-decay 0.1 --transpose 2 \
        --patience 2 --device cpu
    train store -o run --hidden 16 --head 8 --layers 1 --dropout 0.2 --batch 32 --steps 256 --rate 0.003 \
        --transpose 5 --weight-decay 0.01 --patience 8 --epochs 1 --device cpu --seed 1
    train store -o r --hidden 12 --head 8 --minutes 0.2 --validate-every 2 --save-every 1 --device cpu \
        --precision float32
    train store -o run --hidden 8 --head 8 --epochs 1 --device cpu --overwrite
    train store -o r --hidden 8 --head 8 --epochs 1 --device cpu --threads 1 --compile
    train store -o r --hidden 8 --head 8 --epochs 1 --device cpu && train store -o r --epochs 2 --device cpu --resume
    train store -o r --from run --epochs 1 --device cpu && finetune store -o r --epochs 2 --device cpu --resume
    finetune tunes -o r --from fulk
    finetune store -o r --from run --epochs 2 --minutes 0.2 --batch 2 --steps 64 --rate 0.001 --transpose 2 \
        --patience 2 --weight-decay 0.02 --validate-every 2 --folds 0 --save-every 1 --seed 4 --precision float32 \
        --threads 1 --dropout 0.2 --freeze gru --lora 2 --forget 0.2 --old store --device cpu --overwrite
    finetune store -o r --from run --epochs 1 --device cpu --compile
    train store -o r --from run --epochs 1 --device cpu --freeze input,heads --lora 2 --forget 0.5 --old store
    train store -o r --epochs 1 --device cpu --freeze heads
    finetune store -o r --freeze heads,ears
    train-transcriber store -o r --soundfont small.sf2 --val-soundfont small.sf2
    gan train store -o r --minutes 0.1 --batch 4 --device cpu --seed 2 --validations 1 --grid 12 --loss hinge-r1
    train store -o r --log tensorbord
    push folk folk
    runs nothing --json
    runs tunes
    compare run --json --overwrite -o a.html
    compare run nothing
    push nothing someone/tunes --private
    pull folk -o theirs --overwrite
    finetune store -o r --log nothing
    gan train store -o r --log csv,
    gan train store -o r --minutes 0.1 --batch 4 --device cpu --validations 1 --loss relativistic --critic-rate 0.002 \
        --rate 0.001 --noise 0.5 --mode-seeking 0.2 --own-share 0.5 --overwrite
    gan train store -o r --minutes 0.1 --device cpu --preset tutorial --seed 3
    gan train store -o r --minutes 0.05 --batch 4 --device cpu --validations 1 --loss wgan-gp --penalty 9 \
        --critic-steps 2 && gan train store -o r --minutes 0.1 --device cpu --resume
    lab train-baseline store -o r --epochs 1 --seed 2 --device cpu
    lab train-gan-tutorial store -o r --minutes 0.1 --seed 3 --device cpu
    gan sample -n 1 --bars 2 --seed 6 --prime full.musicxml --part 1 --limit notes=99 -o a.mid --xml --report
    gan sample -n 1 --bars 2 --seed 7 --wav --soundfont small.sf2 --plot --overwrite -o a.mid
    gan sample -n 1 --bars 3 --seed 8 --meter 6/8 --key "D dorian" -o a.mid --json
    gan sample -n 1 --bars 3 --seed 9 --prime jig.abc -o a.mid
    gan sample --bars 2 --seed 10 --meter 5/4
    gan augment store -n 2 --bars 4 --seed 2 --model gan-run --no-form --surer 0.5 --overwrite -o store2
    gan evaluate store -n 4 --bars 4 --split train --seed 1 --surer 0.5 --no-form --language-model folk -o e --overwrite
    gan evaluate store -n 4 --bars 4 --split train --model gan-run
    transcribe sung.wav --wav --soundfont small.sf2 --plot --overwrite -o a.mid
    transcribe sung.wav --model transcriber --limit seconds=3 --key "G major" -o a.mid --json
    transcribe sung.wav --limit seconds=60 --grid 1/8t --meter 3/4 --tempo 120 -o a.mid --json
    transcribe played.mid --tempo 140 --meter 3/4 --key D --grid 8 -o a.musicxml --json
    transcribe jig.abc
    transcribe sung.wav --tempo 120 --instrument 73 && continue sung-transcribed.mid --bars 2 --seed 1 -o a.mid
    transcribe counted.wav --count-in 3 -o a.mid
    transcribe nothing.wav
    gan train store -o r --loss best
    gan evaluate store --split best
    corpus tunes -o s --grid 7
    train nothing -o r
    train store -o r --net deep
    evaluate tunes --reference nothing
    evaluate tunes --reference tunes --resamples 20 --no-classifiers --jobs 2
    evaluate tunes --reference tunes --jobs 0
    copies nothing.mid
    plot nothing.mid
    info store --json
    info jig.abc round.abc
    edit round.mid --part 1 --bars 1-2 --transpose 2 --quantize 1/8 --tempo 90 --instrument oboe -o a.mid --json
    edit everything.mid --transpose -12 --tempo 80% --limit notes=9999 -o a.mid --json
    edit full.musicxml --transpose 3 -o a.musicxml --report --overwrite --no-history
    edit chorale.abc round.mid nothing.mid --quantize 1/16 --xml --out-dir out --jobs 1
    edit round.mid --wav --soundfont small.sf2 --plot -o a.mid
    edit round.mid jig.abc --play
    edit round.mid --transpose 100
    play nothing.mid --driver file --soundfont small.sf2 --limit notes=9
    play 2
    styles
    styles --model chorale --json
    history
    history -n 3 --json --clear
    again 3 --tempo 90
    generate --bars 2 --seed 32 --out-dir out --no-history -o x.mid
    generate --bars 0 --play
    continue round.mid jig.abc nothing.abc --bars 2 --seed 40 --out-dir out --no-history --jobs 2
    continue round.mid jig.abc --play
    infill round.mid jig.abc --bars 2-2 --seed 41 --particles 2 --out-dir out --no-history --jobs 1
    infill round.mid jig.abc --bars 2-2 --play
    vary round.mid jig.abc --seed 42 --particles 2 --out-dir out --no-history --jobs 1
    vary round.mid jig.abc --play
    harmonize round.mid jig.abc --seed 43 --particles 2 --out-dir out --no-history --jobs 1
    harmonize round.mid jig.abc --play
    transcribe sung.wav nothing.wav --out-dir out --no-history --jobs 1
    transcribe sung.wav counted.wav --play
    gan sample -n 1 --bars 2 --seed 12 --out-dir out --no-history
    gan sample -n 1 --bars 0 --play
    render round.mid jig.abc --rate 8000 --out-dir out --jobs 1
    plot round.mid jig.abc --out-dir out --jobs 1
    generate --bars 2 --seed 33 --sheet x.doc
    continue round.mid --seed 44 --sheet x.doc
    infill round.mid --bars 2-2 --sheet x.doc
    vary round.mid --sheet x.doc
    harmonize round.mid --sheet x.doc
    edit round.mid --sheet x.doc
    edit round.mid --transpose 2 --abc -o a.mid
    gan sample -n 1 --bars 2 --seed 13 --sheet x.doc
    gan sample -n 1 --bars 2 --seed 13 --abc -o a.mid
    gan
"""
COMMANDS = [
    line.strip() for line in _TABLE.replace("\\\n        ", "").splitlines() if line.strip()
]
_LISTENING = (
    "lab train-transcriber store -o r --soundfont small.sf2 --val-soundfont smaller.sf2 "
    "--hours 0.02 --device cpu"
)
LONG_COMMANDS = [
    f"{_LISTENING} --minutes 0.1 --seed 1",
    f"{_LISTENING} --minutes 0.05 --overwrite && {_LISTENING} --minutes 0.1 --resume",
]
CASES: dict[str, str | Callable[[], Any]] = {
    command: command for command in [*COMMANDS, *LONG_COMMANDS]
}
CASES |= {f"python: {name}": function for name, function in FUNCTIONS.items()}
