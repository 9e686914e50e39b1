// Reads cases of a document and changes, one JSON line each, and says what the page makes of them.
import { createInterface } from "node:readline";

const { applyOps } = await import(process.argv[2]);

for await (const line of createInterface({ input: process.stdin })) {
  const { document, ops } = JSON.parse(line);
  console.log(JSON.stringify(applyOps(document, ops)));
}
