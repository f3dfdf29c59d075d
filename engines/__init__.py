"""Engines run a trained FSRF checkpoint: torch (the reference), ONNX Runtime, TensorRT.

Every engine takes and returns the same arrays (`engines.common.contract`); code outside this room need not
know which one is running.
"""
