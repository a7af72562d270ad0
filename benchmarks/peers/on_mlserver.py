"""The graphs behind MLServer: `python -m benchmarks.peers.on_mlserver`, in its environment."""

from __future__ import annotations

import asyncio

from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput

from benchmarks.peers.scoring import Given, Scorer, decode, encode


class Scoring(MLModel):
    """One element of the input `case` is one case as JSON; MLServer merges the requests of a batch into one."""

    async def load(self) -> bool:
        self._score = Scorer()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """In a thread: MLServer runs several batches at once, and the loop that feeds them must go on."""
        bodies = payload.inputs[0].data.root
        answers = await asyncio.to_thread(lambda: [encode(a).decode() for a in self._score([decode(body) for body in bodies])])
        return InferenceResponse(
            model_name=self.name,
            outputs=[ResponseOutput(name="answer", shape=[len(answers)], datatype="BYTES", data=answers)],
        )


async def main() -> None:
    given = Given.read()
    settings = given.settings
    server = MLServer(
        Settings(
            debug=False,
            host="127.0.0.1",
            http_port=given.port,
            grpc_port=given.port + 1,
            metrics_endpoint=None,
            gzip_enabled=False,
            parallel_workers=settings["parallel_workers"],
        )
    )
    model = ModelSettings(
        name="gatling",
        implementation="benchmarks.peers.on_mlserver.Scoring",
        max_batch_size=settings["max_batch_size"],
        max_batch_time=settings["max_batch_time"],
    )
    await server.start([model])


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
