"""What is done at a service that sends whole campaigns: tasks as rows, and campaigns kept as they should be there."""
