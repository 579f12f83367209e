"""What is shown to a class: a page to step through runs, and a handout."""
