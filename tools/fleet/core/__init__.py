"""What a worker of a fleet decides: messages and the time go in, actions come out. Pure logic."""
