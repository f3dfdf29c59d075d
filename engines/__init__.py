"""Engines run a trained FSRF checkpoint: torch (the reference), ONNX Runtime, TensorRT.

Every engine takes the same arrays and gives the same arrays (`engines.common.contract`); nobody outside this
room needs to know which one is running.
"""
