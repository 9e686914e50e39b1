"""Play a score: how loud, when and how long each note sounds, how the tempo bends, when the pedal is down."""
