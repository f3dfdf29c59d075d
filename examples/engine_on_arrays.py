"""Runs the network on arrays of features: here two windows of a voice alone, made of noise."""

import numpy as np

import fsrf_live
from fsrf_live.engines.common.contract import MODALITIES, Inputs, subset_index

engine = fsrf_live.load_engine("onnx", batch=2)
shapes = {m: (2, engine.config.modality(m).length, engine.config.modality(m).width) for m in MODALITIES}
noise = np.random.default_rng(0)
features = {m: noise.standard_normal(shape).astype(np.float32) for m, shape in shapes.items()}
masks = {m: np.full(shape[:2], m == "audio") for m, shape in shapes.items()}
outputs = engine.run(Inputs(features, masks))
heard = subset_index({"audio"})
for score, (low, high) in zip(outputs.score[:, heard], outputs.interval[:, heard], strict=True):
    print(f"{score:+.2f} [{low:+.2f}, {high:+.2f}]")
