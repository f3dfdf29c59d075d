"""The network: encoders, factorization, recovery, fusion; loading and running it."""
