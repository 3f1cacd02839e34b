"""Triton with one model on its Python backend, on 127.0.0.1.

    serve_triton.py DIR HTTP_PORT GRPC_PORT METRICS_PORT
"""

import os
import sys
import sysconfig

import numpy
from pytriton.decorators import batch
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

from ready import until_stdin_ends

http, grpc, metrics = (int(port) for port in sys.argv[2:])
# Its backend wants the library of the very Python that runs this, and finds that of the system where there are two.
os.environ["LD_LIBRARY_PATH"] = sysconfig.get_config_var("LIBDIR")
weights = numpy.array([[1.0], [-2.0], [0.5]])


@batch
def infer(rows: numpy.ndarray) -> dict[str, numpy.ndarray]:
    """A score for every row, and a text beside it as careless models write them."""
    note = "customer 536-22-8726, card 4111 1111 1111 1111".encode()
    return {"score": rows @ weights, "note": numpy.full((len(rows), 1), note, dtype=object)}


with Triton(
    config=TritonConfig(
        http_address="127.0.0.1",
        http_port=http,
        grpc_address="127.0.0.1",
        grpc_port=grpc,
        metrics_address="127.0.0.1",
        metrics_port=metrics,
    )
) as triton:
    triton.bind(
        "credit",
        infer,
        [Tensor(name="rows", dtype=numpy.float64, shape=(3,))],
        [Tensor(name="score", dtype=numpy.float64, shape=(1,)), Tensor(name="note", dtype=bytes, shape=(1,))],
        config=ModelConfig(max_batch_size=1000),
    )
    triton.run()
    until_stdin_ends({"http": f"http://127.0.0.1:{http}", "grpc": f"127.0.0.1:{grpc}"})
