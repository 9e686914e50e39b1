"""Find the beat of performed notes: tempo, drift, metre, bar lines and pickup."""
