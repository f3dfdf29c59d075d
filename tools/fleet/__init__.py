"""Many workers on one bus, which share live streams out among them and go on when one of them dies."""
