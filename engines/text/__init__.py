"""The text encoder: reference, export, ONNX Runtime, TensorRT."""
