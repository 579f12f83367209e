"""What reads programs and run folders and never links the library, in rooms: `base` (programs, run folders, times, words, styles),
`figures`, `sweep` and `experiments`."""
