"""Find the beat of performed notes: tempo, drift, meter, bar lines and pickup."""
