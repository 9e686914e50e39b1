"""What everything else stands on: errors, files, child processes, packaged resources."""
