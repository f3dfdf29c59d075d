from benchmarks.gpu.page import Rows, page_of

FACTS = [
    {"fact": "GPU", "value": "NVIDIA H200, compute capability 9.0"},
    {"fact": "Commit", "value": "abc1234"},
]
STEPS = [
    ("latency", "one window", "done", 12.3, ""),
    ("tests", "the tests", "failed", 2.0, "1 failed | 2 passed\n"),
]


def test_a_way_that_was_refused_is_no_row_but_a_reason() -> None:
    rows: dict[str, Rows] = {
        "facts": FACTS,
        "latency": [
            {"way": "TensorRT fp32, CUDA graph", "card": True, "refused": "SM90 is not\nsupported"},
            {
                "way": "torch eager, GPU",
                "card": True,
                "runs": 500,
                "wall p50": "1.201",
                "device p50": "0.910",
            },
            {"way": "ONNX Runtime, CPU", "card": False, "runs": 400, "wall p50": "2.760"},
        ],
    }
    page = page_of(STEPS, rows, [])
    assert "- GPU: NVIDIA H200, compute capability 9.0" in page
    assert "| torch eager, GPU | 500 | 1.201 | - | - | 0.910 | - | - |" in page
    assert "| TensorRT" not in page
    assert "- latency, TensorRT fp32, CUDA graph: SM90 is not supported" in page
    assert "Nothing has run on a GPU" not in page
    assert "## Throughput" not in page


def test_without_a_card_it_says_so_first() -> None:
    rows: dict[str, Rows] = {
        "latency": [{"way": "ONNX Runtime, CPU", "card": False, "runs": 9, "wall p50": "2.760"}]
    }
    page = page_of(STEPS, rows, ["onnx was not packed"])
    assert page.index("**Nothing has run on a GPU here.**") < page.index("## Latency")
    assert "- onnx was not packed" in page


def test_what_programs_print_breaks_no_table() -> None:
    page = page_of(STEPS, {}, [])
    assert "- tests: 1 failed / 2 passed" in page
    assert "| tests | the tests | failed | 2 |" in page
