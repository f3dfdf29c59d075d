"""What tests start or make: a sound server, a camera on the network, media files, conditions to wait for."""
