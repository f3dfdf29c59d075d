"""The voice (espeak-ng), its loudness frame by frame, and the captions."""

import io
import subprocess
import wave
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fsrf_live.tools.make.clip.script import DURATION_S, FPS, SCRIPT, Line

SPEECH_HZ = 22_050
ROOM_NOISE = 0.0008
_VOICE = "en-us+f3"


@dataclass(frozen=True, slots=True)
class Speech:
    """The whole sound track ``[n] float32`` in [-1, 1], and when each line ends, in seconds."""

    samples: NDArray[np.float32]
    ends_s: tuple[float, ...]


def speak() -> Speech:
    """Say the script on a floor of faint noise, as every real microphone has one."""
    noise = np.random.default_rng(2)
    track = (ROOM_NOISE * noise.standard_normal(round(DURATION_S * SPEECH_HZ))).astype(np.float32)
    ends: list[float] = []
    for spoken in SCRIPT:
        voice = _say(spoken)
        first = round(spoken.start_s * SPEECH_HZ)
        track[first : first + len(voice)] += voice
        ends.append(spoken.start_s + len(voice) / SPEECH_HZ)
    return Speech(np.clip(track, -1, 1), tuple(ends))


def _say(spoken: Line) -> NDArray[np.float32]:
    command = ["espeak-ng", "-v", _VOICE, "-s", str(spoken.speed), "-p", str(spoken.pitch), "-a", "90"]
    done = subprocess.run([*command, "--stdout", spoken.text], check=True, capture_output=True)
    with wave.open(io.BytesIO(done.stdout)) as sound:
        if sound.getframerate() != SPEECH_HZ:
            raise ValueError(
                f"espeak-ng gave {sound.getframerate()} Hz, not {SPEECH_HZ}: use its formant voices"
            )
        voice = np.frombuffer(sound.readframes(sound.getnframes()), np.int16).astype(np.float32) / 32768
    loud = np.flatnonzero(np.abs(voice) > 0.01)
    return np.asarray(voice[loud[0] : loud[-1] + 1] if len(loud) else voice, np.float32)


def loudness(speech: Speech) -> NDArray[np.float32]:
    """Loudness ``[frames] float32`` in [0, 1], one value a video frame, smoothed as a jaw would."""
    hop = SPEECH_HZ // FPS
    frames = len(speech.samples) // hop
    power = np.square(speech.samples[: frames * hop].reshape(frames, hop)).mean(axis=1)
    level = np.sqrt(power)
    level = np.where(level < 4 * ROOM_NOISE, 0.0, level) / np.quantile(level, 0.95)
    jaw = np.convolve(np.sqrt(np.clip(level, 0, 1.2)), (0.2, 0.6, 0.2), mode="same")
    return jaw.astype(np.float32)


def captions(speech: Speech) -> str:
    """The script as WebVTT."""
    cues = [
        f"{_stamp(spoken.start_s)} --> {_stamp(end_s)}\n{spoken.text}\n"
        for spoken, end_s in zip(SCRIPT, speech.ends_s, strict=True)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _stamp(time_s: float) -> str:
    thousandths = round(time_s * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"00:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
