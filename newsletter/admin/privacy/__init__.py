"""What is kept how long, who handles it, and which keys are needed: one page for the owner."""
