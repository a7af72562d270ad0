"""Exit with 0 if the retrain worker in this container can reach its queue. A worker that dies is started again by the engine."""

import os
import sys

from redis import Redis, RedisError

try:
    Redis.from_url(os.environ["REDIS_URL"], socket_timeout=4).ping()
except RedisError as error:
    sys.exit(f"no queue: {error}")
