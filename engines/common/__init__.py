"""What every engine shares: the contract, arrays, parity with the reference, the cache of plans."""
