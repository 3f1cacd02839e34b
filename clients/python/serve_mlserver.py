"""MLServer with a logistic regression that it is given in DIR, trained here on made-up data; REST and gRPC on 127.0.0.1.

    serve_mlserver.py DIR HTTP_PORT GRPC_PORT METRICS_PORT
"""

import json
import os
import pathlib
import sys
import threading

import joblib
import numpy
from mlserver.cli import main
from sklearn.linear_model import LogisticRegression

from ready import until_stdin_ends

directory = pathlib.Path(sys.argv[1])
http, grpc, metrics = (int(port) for port in sys.argv[2:])
model = directory / "credit"
model.mkdir()
random = numpy.random.default_rng(1)
rows = random.normal(size=(400, 3))
paid_back = (rows @ [1.0, -2.0, 0.5] > 0).astype(int)
joblib.dump(LogisticRegression().fit(rows, paid_back), model / "model.joblib")
(model / "model-settings.json").write_text(
    json.dumps(
        {
            "name": "credit",
            "implementation": "mlserver_sklearn.SKLearnModel",
            "parameters": {"uri": "./model.joblib", "version": "7"},
        }
    )
)
(directory / "settings.json").write_text(
    json.dumps(
        {
            "host": "127.0.0.1",
            "http_port": http,
            "grpc_port": grpc,
            "metrics_port": metrics,
            "parallel_workers": 0,
        }
    )
)


def end_with_the_test() -> None:
    until_stdin_ends({"http": f"http://127.0.0.1:{http}", "grpc": f"127.0.0.1:{grpc}"})
    os._exit(0)


threading.Thread(target=end_with_the_test, daemon=True).start()
sys.argv = ["mlserver", "start", str(directory)]
main()
