"""What stands in the folder of a run that is over: samples, what they copy, the card, the report."""
