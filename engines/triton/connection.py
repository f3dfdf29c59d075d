"""The connection of an engine to a Triton server, by `tritonclient`: the v2 protocol over HTTP.

`tritonclient` stands on gevent, whose sockets belong to the thread that opened them. So a connection has a
thread of its own, whoever asks; and every question has a deadline, however slowly a server answers.
"""

import importlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from fsrf_live.engines.triton.address import TritonAddress
from fsrf_live.fsrf.common.errors import EngineAwayError, EngineError

TOKEN = "FSRF_TRITON_TOKEN"
"""The environment's variable with a bearer token for a server that asks for one."""
_LONGEST = 200
"""Characters of a server's own words in a message."""

_Answer = TypeVar("_Answer")


def triton_library(module: str) -> Any:
    """A module of the extra; raises EngineError if it is missing."""
    try:
        return importlib.import_module(module)
    except (ImportError, RuntimeError) as error:  # the latter is how tritonclient says it
        raise EngineError(
            f"a server of Triton needs tritonclient ({error}): pip install 'fsrf-live[triton]'"
        ) from error


class Connection:
    """Opened with the first question, and again after a failure. Any one thread at a time may ask."""

    def __init__(self, address: TritonAddress) -> None:
        """Nothing is connected yet; raises EngineError without the library."""
        self.address = address
        self.http = triton_library("tritonclient.http")
        self._timeout = triton_library("gevent").Timeout
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="triton")
        self._client: Any = None

    def ask(self, question: Callable[[Any, dict[str, str]], _Answer], seconds: float) -> _Answer:
        """What a question to the client, given the headers to send, answers in that time.

        Raises EngineAwayError, with one line, whatever goes wrong.
        """
        return self._thread.submit(self._ask, question, seconds).result()

    def close(self) -> None:
        """Leave the server."""
        self._thread.submit(self._leave).result()
        self._thread.shutdown()

    def away(self, what: str) -> EngineAwayError:
        """The error of this server."""
        return EngineAwayError(f"{self.address} {what}")

    def _ask(self, question: Callable[[Any, dict[str, str]], _Answer], seconds: float) -> _Answer:
        try:
            with self._timeout(seconds):
                if self._client is None:
                    self._client = self._opened(seconds)
                return question(self._client, _headers())
        except EngineAwayError:
            raise
        except self._timeout as error:
            self._leave()
            raise self.away(f"does not answer within {seconds:g} s") from error
        except Exception as error:  # what tritonclient, gevent and a parser raise shares no base
            self._leave()
            raise self.away(self._reason(error)) from error

    def _opened(self, seconds: float) -> Any:
        secure = self.address.secure
        return self.http.InferenceServerClient(
            str(self.address.address),
            connection_timeout=2 * seconds,  # of a step each: the deadline is that of the whole
            network_timeout=2 * seconds,
            ssl=secure,
            ssl_context_factory=_trusting_the_system if secure else None,
        )

    def _leave(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _reason(self, error: Exception) -> str:
        said = " ".join(str(error).split())[:_LONGEST]
        if isinstance(error, self.http.InferenceServerException):
            return f"refuses: {said}"
        if isinstance(error, OSError):
            return f"cannot be reached ({error.strerror or said}): start it, or choose another --engine"
        return f"does not answer as a server of Triton does ({type(error).__name__}: {said})"


def _trusting_the_system(**ours: Any) -> Any:
    """The certificates of the system, or of ``SSL_CERT_FILE``, in place of those that the client brings."""
    return triton_library("gevent.ssl").create_default_context()


def _headers() -> dict[str, str]:
    token = os.environ.get(TOKEN)
    return {"Authorization": f"Bearer {token}"} if token else {}
