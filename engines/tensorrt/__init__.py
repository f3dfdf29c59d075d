"""The network on TensorRT: library, plans, kernels, runner."""
