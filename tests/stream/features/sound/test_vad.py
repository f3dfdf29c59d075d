import shutil
import subprocess
import sys
import wave

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.stream.features.sound.vad import CHUNK, SileroVad
from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor
from fsrf_live.stream.flow.items import Samples
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.float32]:
    """A sentence by espeak-ng at 16 kHz, with half a second of nothing before it and a second after it."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    path = tmp_path_factory.mktemp("speech") / "hello.wav"
    subprocess.run(["espeak-ng", "-w", str(path), "Hello there, this is a test of speech."], check=True)
    with wave.open(str(path)) as file:
        rate, data = file.getframerate(), file.readframes(file.getnframes())
    spoken = np.frombuffer(data, np.int16).astype(np.float32) / 32768
    places = np.arange(int(len(spoken) * 16_000 / rate)) * rate / 16_000
    resampled = np.interp(places, np.arange(len(spoken)), spoken)
    return np.asarray(np.concatenate([np.zeros(8_000), resampled, np.zeros(16_000)]), np.float32)


def probabilities(vad: SileroVad, samples: NDArray[np.float32]) -> list[float]:
    return [vad.probability(samples[at : at + CHUNK]) for at in range(0, len(samples) - CHUNK + 1, CHUNK)]


def test_speech_is_told_from_silence(speech: NDArray[np.float32]) -> None:
    found = np.array(probabilities(SileroVad(), speech))
    assert found[: 7_000 // CHUNK].max() < 0.5
    assert found.max() > 0.9
    assert (found[8_000 // CHUNK : -16_000 // CHUNK] > 0.5).mean() > 0.6
    assert found[-5:].max() < 0.5


def test_noise_is_no_speech() -> None:
    noise = np.random.default_rng(0).normal(0, 0.05, 16_000).astype(np.float32)
    assert max(probabilities(SileroVad(), noise)) < 0.5


def test_a_reset_forgets_everything(speech: NDArray[np.float32]) -> None:
    vad = SileroVad()
    first = probabilities(vad, speech[:24_000])
    assert probabilities(vad, speech[:24_000]) != first
    vad.reset()
    assert probabilities(vad, speech[:24_000]) == first


def test_the_extractor_hears_the_sentence(speech: NDArray[np.float32]) -> None:
    hops = ProsodyVoiceExtractor().push(Samples(0, speech))
    spoken = [hop for hop in hops if hop.speech > 0.5]
    assert len(hops) == len(speech) // 640
    assert np.mean([hop.vector[41] > 0 for hop in spoken]) > 0.5
    assert spoken[0].time_ns >= 400_000_000
    assert spoken[-1].time_ns < hops[-1].time_ns - 600_000_000


def test_torch_is_not_imported(speech: NDArray[np.float32]) -> None:
    code = "from stream.features.sound.vad import SileroVad; SileroVad()"
    program = f"import sys; {code}; sys.exit('torch' in sys.modules)"
    root = REPOSITORY
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
