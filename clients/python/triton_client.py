"""What a user of `tritonclient` would write, over HTTP and over gRPC, one function per scenario."""

import queue

import numpy
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

from scenario import main


def authorization(given: dict) -> dict[str, str]:
    return {"authorization": f"Bearer {given['token']}"}


def rows_of(given: dict) -> numpy.ndarray:
    return numpy.full((given["rows"], 3), 0.5)


def shown(result: object, given: dict) -> dict:
    """The first output as numbers; the text beside it, where the model writes one."""
    score = result.as_numpy(given["output"])
    shown = {"scores": len(score), "first": float(score.reshape(-1)[0])}
    if "note" in given.get("outputs", []):
        note = result.as_numpy("note").reshape(-1)[0]
        shown["note"] = note.decode() if isinstance(note, bytes) else note
    return shown


def http_infer(given: dict) -> dict:
    """`binary` is the default of this client: raw bytes behind the JSON. `coding` compresses both ways."""
    with tritonclient.http.InferenceServerClient(given["http"]) as client:
        rows = tritonclient.http.InferInput("rows", [given["rows"], 3], "FP64")
        rows.set_data_from_numpy(rows_of(given), binary_data=given["binary"])
        names = given.get("outputs", [given["output"]])
        outputs = [tritonclient.http.InferRequestedOutput(name, binary_data=given["binary"]) for name in names]
        result = client.infer(
            "credit",
            [rows],
            outputs=outputs,
            headers=authorization(given),
            request_compression_algorithm=given.get("coding"),
            response_compression_algorithm=given.get("coding"),
        )
        return shown(result, given)


def http_health(given: dict) -> dict:
    with tritonclient.http.InferenceServerClient(given["http"]) as client:
        headers = authorization(given)
        return {
            "live": client.is_server_live(headers=headers),
            "ready": client.is_server_ready(headers=headers),
            "model_ready": client.is_model_ready("credit", headers=headers),
            "server": client.get_server_metadata(headers=headers)["name"],
            "model": client.get_model_metadata("credit", headers=headers)["name"],
        }


def grpc_infer(given: dict) -> dict:
    with tritonclient.grpc.InferenceServerClient(given["grpc"]) as client:
        rows = tritonclient.grpc.InferInput("rows", [given["rows"], 3], "FP64")
        rows.set_data_from_numpy(rows_of(given))
        result = client.infer(given.get("model", "credit"), [rows], headers=authorization(given))
        return shown(result, given)


def grpc_stream(given: dict) -> dict:
    """Several inferences over one bidirectional stream."""
    answers: queue.Queue = queue.Queue()
    with tritonclient.grpc.InferenceServerClient(given["grpc"]) as client:
        client.start_stream(lambda result, error: answers.put((result, error)), headers=authorization(given))
        for _ in range(given["count"]):
            rows = tritonclient.grpc.InferInput("rows", [given["rows"], 3], "FP64")
            rows.set_data_from_numpy(rows_of(given))
            client.async_stream_infer("credit", [rows])
        received = [answers.get(timeout=30) for _ in range(given["count"])]
        client.stop_stream()
    for _, error in received:
        if error is not None:
            raise error
    return {"answers": [shown(result, given) for result, _ in received]}


def grpc_health(given: dict) -> dict:
    with tritonclient.grpc.InferenceServerClient(given["grpc"]) as client:
        headers = authorization(given)
        return {
            "live": client.is_server_live(headers=headers),
            "ready": client.is_server_ready(headers=headers),
            "model_ready": client.is_model_ready("credit", headers=headers),
            "server": client.get_server_metadata(headers=headers).name,
            "model": client.get_model_metadata("credit", headers=headers).name,
        }


def failing(given: dict) -> dict:
    """Any scenario that is to fail: what a program knows of it."""
    by_name = {"http_infer": http_infer, "grpc_infer": grpc_infer, "grpc_stream": grpc_stream}
    try:
        return {"message": None, "answered": by_name[given["call"]](given)}
    except InferenceServerException as error:
        return {"message": error.message(), "status": error.status()}


if __name__ == "__main__":
    main(http_infer, http_health, grpc_infer, grpc_stream, grpc_health, failing)
