// In the thread of the sound: blocks of 20 ms, the channels averaged, each with the number of its first sample.

class Microphone extends AudioWorkletProcessor {
  #block = new Float32Array(Math.round(sampleRate / 50)); #filled = 0; #first = 0;

  process([channels]) {
    const length = channels[0]?.length ?? 0;
    for (let at = 0; at < length; at++) {
      if (this.#filled === 0) this.#first = currentFrame + at;
      let sum = 0;
      for (const channel of channels) sum += channel[at];
      this.#block[this.#filled++] = sum / channels.length;
      if (this.#filled === this.#block.length) this.#hand();
    }
    return true;
  }

  #hand() {
    this.port.postMessage({ first: this.#first, block: this.#block }, [this.#block.buffer]);
    this.#block = new Float32Array(Math.round(sampleRate / 50));
    this.#filled = 0;
  }
}

registerProcessor("microphone", Microphone);
