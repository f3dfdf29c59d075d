"""The network: encoders, factorization, recovery, fusion; loading it and asking it."""
