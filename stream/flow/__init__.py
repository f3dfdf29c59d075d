"""What flows through the path, and what carries it: items, records, clock, queues, threads, sinks."""
