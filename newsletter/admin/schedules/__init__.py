"""What goes out by itself, in the admin: the rules, the calendar, and the button that pauses everything."""
