// Writes a .gz beside every text asset, so that the server sends them as they
// are and spends no time on compressing what never changes.
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";

const dist = new URL("../dist", import.meta.url).pathname;
const text = /\.(html|js|css|svg|json|txt)$/;

let files = 0;
for (const name of await readdir(dist, { recursive: true })) {
  const path = join(dist, name);
  if (!text.test(name) || !(await stat(path)).isFile()) continue;
  const plain = await readFile(path);
  const packed = gzipSync(plain, { level: constants.Z_BEST_COMPRESSION });
  // A tiny file grows when packed; then the plain one is the better answer.
  if (packed.length >= plain.length) continue;
  await writeFile(`${path}.gz`, packed);
  files += 1;
}
console.log(`precompressed ${files} files`);
