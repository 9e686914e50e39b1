import { BLOCK, Engine } from "./engine.js";

/** What is said after a block is heard when that block has ended, and the limiter is one behind. */
const LATE = (2 * BLOCK) / sampleRate;

/** The engine as a node of the Web Audio API. */
class EngineProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.engine = new Engine(sampleRate, (message, transfer) => {
      this.port.postMessage({ ...message, time: currentTime + LATE }, transfer ?? []);
    });
    this.port.onmessage = ({ data }) => {
      try {
        this.engine.receive(data);
      } catch (error) {
        this.port.postMessage({ type: "failed", error: String(error) });
      }
    };
  }

  process(_inputs, [sides]) {
    this.engine.render(sides);
    return true;
  }
}

registerProcessor("symgen-engine", EngineProcessor);
