"""What the rooms share: it reads programs and run folders, tells of them in words, and has the styles. It imports none of the rooms."""
