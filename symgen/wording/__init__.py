"""What a piece is to be like, said in words: sentences and moods become controls."""
