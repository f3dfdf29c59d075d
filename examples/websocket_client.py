"""Follow a session from another program: ``python examples/websocket_client.py 8765``.

The session: ``fsrf live --sink ws:8765``.
"""

import json
import sys

from websockets.sync.client import connect

with connect(f"ws://127.0.0.1:{sys.argv[1]}") as session:
    for line in session:
        record = json.loads(line)
        if record["type"] == "reading":
            print(record.get("time"), record["label"], record["score"])
