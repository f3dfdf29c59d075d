"""What a page may do to a session: the same as the keys of the dashboard, in the same words."""

import logging
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.markers import RATING
from fsrf_live.stream.page.guard.admission import Admission
from fsrf_live.stream.page.messages import Asked, answer_to, asked_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fsrf_live.stream.dashboard.state import Actions
    from fsrf_live.stream.flow.snapshot import Snapshot

_log = logging.getLogger(__name__)


class Controls:
    """Answers acts; every call returns at once, as the session's own do."""

    def __init__(
        self,
        snapshot_of: "Callable[[], Snapshot]",
        actions: "Actions",
        admission: Admission,
        clock: Clock,
    ) -> None:
        self._snapshot_of = snapshot_of
        self._actions = actions
        self._admission = admission
        self._clock = clock
        self._markers = 0

    def answer(self, message: str) -> str:
        """Do what a message asks for; the answer says what was done, or why nothing was."""
        asked = None
        try:
            asked = asked_of(message)
            return self._done(asked)
        except UsageError as error:
            return answer_to(asked.id if asked else None, refused=str(error))
        except Exception as error:  # noqa: BLE001 - the outermost edge: the session and the page go on
            _log.debug("an act of the page failed", exc_info=error)
            return answer_to(asked.id if asked else None, refused=f"that failed: {error}")

    def _done(self, asked: Asked) -> str:
        if asked.act == "mark":
            return answer_to(asked.id, self._mark(asked.name, asked.ago_s))
        if asked.rating is not None:
            return answer_to(asked.id, self._rate(asked.rating))
        if asked.act == "fault":
            return answer_to(asked.id, f"rehearsing {self._actions.next_fault()}")
        if asked.modality is not None:
            return answer_to(asked.id, self._switch(asked.modality, cut=asked.act == "cut"))
        address = self._admission.invite(overlay=True)
        return answer_to(asked.id, "this address works once", address=address)

    def _mark(self, name: str | None, ago_s: float) -> str:
        """The moment is that of the key or the click, before a name was typed."""
        time_ns = self._clock.now_ns() - round(ago_s * NS)
        if name is None:
            self._markers += 1
            name = f"marker {self._markers}"
        time_s = self._actions.mark(name, "page", time_ns, None)
        return f"{time_s:.1f} s is marked: {name}"

    def _rate(self, rating: float) -> str:
        time_s = self._actions.mark(RATING, "page", self._clock.now_ns(), rating)
        return f"{time_s:.1f} s is rated {rating:+.1f}".replace("-", "\N{MINUS SIGN}")

    def _switch(self, modality: Modality, *, cut: bool) -> str:
        if not any(view.modality == modality for view in self._snapshot_of().sources):
            raise UsageError(f"there is no source of {modality}")
        if cut:
            self._actions.cut(modality)
            return f"{modality} cut"
        self._actions.restore(modality)
        return f"{modality} restored"
