"""``osc://HOST:PORT``: Open Sound Control, for music, light and projections."""

from fsrf_live.fsrf.common.address import Address
from fsrf_live.fsrf.common.errors import SinkError
from fsrf_live.stream.flow.records import LABELS, Event, Marker, Reading, Record
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.stream.sinks.address import address_of
from fsrf_live.stream.sinks.library import library_of

MOST_OSC_LETTERS = 500
"""Of the words of a reading, the newest; a datagram that must be cut in pieces is lost with any of them."""

OscValues = tuple[float | str, ...]


class OscMessages:
    """Sends each reading as one bundle; what nobody receives is lost, as is usual for OSC."""

    closed = False

    def __init__(self, address: Address) -> None:
        """Raises UsageError without python-osc, and OSError if there is no such host."""
        self._bundles = library_of("osc", "pythonosc.osc_bundle_builder")
        self._messages = library_of("osc", "pythonosc.osc_message_builder")
        self._client = library_of("osc", "pythonosc.udp_client").UDPClient(address.host, address.port)
        self._address = address

    def emit(self, record: Record) -> None:
        """Send one bundle; raises SinkError if this machine cannot send it."""
        # "Immediately", not the time of capture: a receiver may take a bundle of the past for one too late.
        bundle = self._bundles.OscBundleBuilder(self._bundles.IMMEDIATELY)
        for name, values in messages_of(record).items():
            bundle.add_content(self._messages.build_msg(f"/fsrf/{name}", values))
        try:
            self._client.send(bundle.build())
        except OSError as error:
            raise SinkError(f"sink osc://{self._address} cannot be sent to ({error.strerror})") from error

    def close(self) -> None:
        """Release the socket."""
        self._client._sock.close()  # the client has no door for it


def open_osc(target: str) -> Sink:
    """The sink ``osc://HOST:PORT``; raises UsageError and OSError."""
    return OscMessages(address_of("osc", target))


def messages_of(record: Record) -> dict[str, OscValues]:
    """The messages of a record by their addresses below ``/fsrf``; none for a summary."""
    told: dict[str, OscValues] = {} if record.time is None else {"time": (str(record.time),)}
    if isinstance(record, Event):
        return {**told, "source": (record.source, record.state.value, record.reason or "")}
    if isinstance(record, Marker):
        rated: dict[str, OscValues] = {} if record.rating is None else {"rating": (record.rating,)}
        return {**told, "marker": (record.name, record.source), **rated}
    return {**told, **_of_reading(record)} if isinstance(record, Reading) else {}


def _of_reading(reading: Reading) -> dict[str, OscValues]:
    parts, trend = reading.modalities, reading.trend
    return {
        "score": (reading.score,),
        "interval": (reading.low, reading.high),
        "label": (reading.label,),
        **({} if trend is None else {"trend": (trend.score, trend.low, trend.high)}),
        **({} if reading.unsure is None else {"unsure": (int(reading.unsure),)}),
        "probabilities": tuple(reading.probabilities[label] for label in LABELS),
        **{f"{m}/contribution": (part.contribution,) for m, part in parts.items()},
        **{f"{m}/coverage": (part.coverage,) for m, part in parts.items()},
        "words": (reading.text[-MOST_OSC_LETTERS:],),
        "final": (int(reading.final),),
    }
