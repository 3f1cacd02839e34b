"""The server of llama.cpp with a tiny model, on a free port of 127.0.0.1. DIR is a folder for the model.

    serve_llama.py DIR
"""

import os
import pathlib
import sys

import xllamacpp

import tiny_model
from ready import until_stdin_ends

slots = 24

path = pathlib.Path(sys.argv[1]) / "tiny.gguf"
tiny_model.write(str(path))
parameters = xllamacpp.CommonParams()
parameters.model.path = str(path)
parameters.model_alias = {"tiny"}
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0
parameters.n_parallel = slots
parameters.n_ctx = slots * 16_384
parameters.cpuparams.n_threads = 1
parameters.use_jinja = True
parameters.warmup = False
server = xllamacpp.Server(parameters)
until_stdin_ends({"http": server.listening_address})
# Its threads would wait for connections that clients keep open.
os._exit(0)
