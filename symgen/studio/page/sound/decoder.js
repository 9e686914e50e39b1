/** A thread that decodes samples: it is sent `{id, bytes}`, and answers `{id, frames}`. */
import { decode } from "../vendor/stb_vorbis.js";

addEventListener("message", ({ data: { id, bytes } }) => {
  try {
    const frames = decode(new Uint8Array(bytes)).channels[0];
    postMessage({ id, frames }, [frames.buffer]);
  } catch (error) {
    postMessage({ id, error: String(error) });
  }
});
