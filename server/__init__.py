"""The scoring service: FastAPI in front, onnxruntime behind, the case queue beside. Never imports torch or the trainer."""
