"""FSRF Live: live multimodal sentiment that goes on when an input does not."""
