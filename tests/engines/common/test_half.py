from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from fsrf_live.engines.common.half import PRODUCTS, to_half
from fsrf_live.engines.common.parity import BOUNDS, difference
from fsrf_live.engines.network.onnx_engine import OnnxEngine
from fsrf_live.engines.network.torch_engine import TorchEngine
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from tests.engines.conftest import random_windows


def types_of(model: onnx.ModelProto) -> dict[str, int]:
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    values = [*inferred.value_info, *inferred.input, *inferred.output]
    found = {value.name: value.type.tensor_type.elem_type for value in values}
    return {**found, **{tensor.name: tensor.data_type for tensor in inferred.initializer}}


def test_products_are_half_and_everything_else_is_not(exported: bytes) -> None:
    model = onnx.load_from_string(to_half(exported))
    types = types_of(model)
    kinds = {node.op_type for node in model.graph.node}
    assert {"LayerNormalization", "Softmax", "MatMul"} <= kinds
    for node in model.graph.node:
        if node.op_type != "Cast":
            wanted = TensorProto.FLOAT16 if node.op_type in PRODUCTS else TensorProto.FLOAT
            given = {types[name] for name in node.input if name} & {TensorProto.FLOAT16, TensorProto.FLOAT}
            assert given <= {wanted}, node.name


def test_inputs_and_outputs_keep_their_names_types_and_shapes(exported: bytes) -> None:
    before, after = onnx.load_from_string(exported).graph, onnx.load_from_string(to_half(exported)).graph
    assert [(v.name, v.type) for v in before.input] == [(v.name, v.type) for v in after.input]
    assert [(v.name, v.type) for v in before.output] == [(v.name, v.type) for v in after.output]


def test_answers_stay_within_the_bound_of_half_precision(
    tiny: Path, stored: Checkpoint, exported: bytes
) -> None:
    windows = random_windows(6, seed=2)
    half = OnnxEngine(to_half(exported), stored).run(windows)
    differs = difference(half, TorchEngine(tiny, stored).run(windows))
    assert 0 < differs < BOUNDS["fp16"]


def test_weights_beyond_half_precision_are_limited_not_infinite() -> None:
    weight = numpy_helper.from_array(np.array([[1e6], [-1e6]], np.float32), "w")
    values = [
        onnx.helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in (("x", [1, 2]), ("y", [1, 1]))
    ]
    node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
    graph = onnx.helper.make_graph([node], "product", values[:1], values[1:], [weight])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)
    halved = onnx.load_from_string(to_half(model.SerializeToString()))
    assert [t.name for t in halved.graph.initializer] == ["w_half_in"]
    np.testing.assert_array_equal(numpy_helper.to_array(halved.graph.initializer[0]), [[65504], [-65504]])
