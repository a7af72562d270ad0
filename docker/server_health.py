"""Exit with 0 if the scoring service in this container is ready to score."""

import os
import sys
from urllib.error import URLError
from urllib.request import urlopen

try:
    with urlopen(f"http://127.0.0.1:{os.environ['GATLING_PORT']}/readyz", timeout=4) as answer:
        print(answer.read().decode())
except URLError as error:
    sys.exit(f"not ready: {error}")
