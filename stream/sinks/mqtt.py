"""``mqtt://HOST[:PORT]``: an MQTT broker, and Home Assistant behind it, which finds the sensors by itself.

A name and a password come from the environment: `FSRF_MQTT_USER`, `FSRF_MQTT_PASSWORD`.
"""

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from fsrf_live.fsrf.common.address import Address
from fsrf_live.fsrf.common.errors import SinkError
from fsrf_live.stream.flow.records import SHOWN_AS, Event, Record, encode, values_of
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.stream.sinks.address import address_of
from fsrf_live.stream.sinks.library import library_of

USUAL_PORT = 1883
USER, PASSWORD = "FSRF_MQTT_USER", "FSRF_MQTT_PASSWORD"
BROKER_ANSWERS_S = 2.0
"""For an answer of the broker: less than a session waits for its sinks at the end."""
KEEPALIVE_S = 15
"""After one and a half of it the broker tells others that a session which has crashed is offline."""
AT_LEAST_ONCE = 1
_KEPT = True
"""A retained message: whoever subscribes later gets the last one."""


class MqttBroker:
    """Publishes each record and waits until the broker has it: what it has not got is brought again."""

    closed = False

    def __init__(self, address: Address) -> None:
        """Nothing is connected before the first record; raises UsageError without paho-mqtt."""
        self._mqtt = library_of("mqtt", "paho.mqtt.client")
        self._address = address
        self._root = f"fsrf/{node()}"
        self._client: Any = None

    def emit(self, record: Record) -> None:
        """Publish a record, connecting first if need be; raises SinkError."""
        try:
            if self._client is None:
                self._client = self._connected()
                self._introduce()
            self._publish(f"{self._root}/{topic_of(record)}", encode(record), kept=isinstance(record, Event))
        except SinkError:
            self._leave()
            raise

    def close(self) -> None:
        """Say that the session is over, and leave."""
        if self._client is not None:
            with suppress(SinkError):
                self._publish(f"{self._root}/status", "offline", kept=_KEPT)
        self._leave()

    def _connected(self) -> Any:
        """A client that the broker has accepted."""
        client, answers = self._unconnected(), SimpleQueue[Any]()
        client.on_connect = lambda _client, _data, _flags, answer, _properties: answers.put(answer)
        try:
            client.connect(self._address.host, self._address.port, KEEPALIVE_S)
        except OSError as error:
            raise self._problem(f"cannot be reached ({error.strerror or error})") from error
        client.loop_start()
        try:
            answer = answers.get(timeout=BROKER_ANSWERS_S)
            if not answer.is_failure:
                return client
            problem = self._problem(f"refuses ({answer}): set {USER} and {PASSWORD}")
        except Empty:
            problem = self._problem("does not answer")
        client.loop_stop()
        raise problem

    def _unconnected(self) -> Any:
        client = self._mqtt.Client(self._mqtt.CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        client.connect_timeout = BROKER_ANSWERS_S
        client.will_set(f"{self._root}/status", "offline", AT_LEAST_ONCE, retain=_KEPT)
        if USER in os.environ:
            client.username_pw_set(os.environ[USER], os.environ.get(PASSWORD))
        return client

    def _introduce(self) -> None:
        self._publish(f"{self._root}/status", "online", kept=_KEPT)
        for topic, values in sensors(self._root):
            self._publish(topic, json.dumps(values), kept=_KEPT)

    def _publish(self, topic: str, payload: str, *, kept: bool) -> None:
        message = self._client.publish(topic, payload, AT_LEAST_ONCE, retain=kept)
        with suppress(RuntimeError):  # it is not connected; that it is not published says the same
            message.wait_for_publish(BROKER_ANSWERS_S)
        if message.rc != self._mqtt.MQTT_ERR_SUCCESS or not message.is_published():
            raise self._problem("is gone")

    def _leave(self) -> None:
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def _problem(self, what: str) -> SinkError:
        return SinkError(f"sink mqtt://{self._address} {what}")


def open_mqtt(target: str) -> Sink:
    """The sink ``mqtt://HOST[:PORT]``; raises UsageError."""
    return MqttBroker(address_of("mqtt", target, USUAL_PORT))


def node() -> str:
    """The name of this machine as a level of a topic."""
    return re.sub(r"[^\w-]", "_", socket.gethostname()) or "here"


def topic_of(record: Record) -> str:
    """Where a record is published, below ``fsrf/NODE``."""
    if isinstance(record, Event):
        return f"source/{record.source}"
    return str(values_of(record)["type"])


def sensors(root: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Topic and payload of each sensor for Home Assistant: https://www.home-assistant.io/integrations/mqtt."""
    machine = node()
    values = {"score": "value_json.score", "label": "value_json.label"}
    for m, shown in SHOWN_AS.items():
        part = f"value_json.modalities.{m}"
        values[shown] = f"{part}.reason or {part}.state"
    for name, value in values.items():
        identity = f"fsrf_{machine}_{name}"
        yield (
            f"homeassistant/sensor/fsrf_{machine}/{name}/config",
            {
                "name": name,
                "unique_id": identity,
                "state_topic": f"{root}/reading",
                "value_template": f"{{{{ {value} }}}}",
                **({"state_class": "measurement"} if name == "score" else {}),
                "availability_topic": f"{root}/status",
                "device": {"identifiers": [f"fsrf_{machine}"], "name": f"FSRF {machine}"},
            },
        )
