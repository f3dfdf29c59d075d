"""Turns an fp32 ONNX model into a strongly typed mixed one: products in fp16, all else in fp32.

Matrix products and convolutions carry the weights and the work; softmax, LayerNorm, masks, sums and the score
bins stay in fp32, so that no large mask bias, variance or probability is rounded to half precision. Inputs
and outputs keep their types. The casts are part of the graph, so no builder has to choose a precision.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PRODUCTS = ("MatMul", "Gemm", "Conv")
_LARGEST = float(np.finfo(np.float16).max)


def to_half(model: bytes) -> bytes:
    """The same network with its products in fp16."""
    proto = onnx.load_from_string(model)
    graph = proto.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    halved: dict[str, str] = {}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type not in PRODUCTS:
            nodes.append(node)
            continue
        nodes += _cast_inputs(node, weights, halved, graph)
        output = node.output[0]
        node.output[0] = f"{output}_half"
        nodes += [node, helper.make_node("Cast", [node.output[0]], [output], to=TensorProto.FLOAT)]
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]  # its types are those of before the casts
    _drop_unused_weights(graph)
    onnx.checker.check_model(proto, full_check=True)
    content: bytes = proto.SerializeToString()
    return content


def _cast_inputs(
    node: onnx.NodeProto, weights: dict[str, TensorProto], halved: dict[str, str], graph: onnx.GraphProto
) -> list[onnx.NodeProto]:
    """Point a product at fp16 inputs; returns the Cast nodes that are new."""
    casts: list[onnx.NodeProto] = []
    for place, name in enumerate(node.input):
        if not name:
            continue
        if name not in halved:  # a tensor that feeds several products is cast once
            halved[name] = f"{name}_half_in"
            if name in weights:
                graph.initializer.append(_half(weights[name], halved[name]))
            else:
                casts.append(helper.make_node("Cast", [name], [halved[name]], to=TensorProto.FLOAT16))
        node.input[place] = halved[name]
    return casts


def _half(tensor: TensorProto, name: str) -> TensorProto:
    # Clipped: a weight beyond the range of fp16 would become infinite.
    values = numpy_helper.to_array(tensor).clip(-_LARGEST, _LARGEST).astype(np.float16)
    return numpy_helper.from_array(values, name)


def _drop_unused_weights(graph: onnx.GraphProto) -> None:
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
