"""The network on torch and ONNX Runtime, and its export."""
