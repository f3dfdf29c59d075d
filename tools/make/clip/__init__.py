"""Makes the demo clip: a portrait in the public domain that talks, smiles, frowns, leaves and comes back."""
