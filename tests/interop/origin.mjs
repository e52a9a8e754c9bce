// An HTTPS host that serves the files of a directory, each under the path that its name encodes. Read anew for every
// request.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';

const [, , host, certificate, key, documents, portFile] = process.argv;
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  let document;
  try {
    document = readFileSync(join(documents, encodeURIComponent(request.url)), 'utf8');
  } catch {
    document = undefined;
  }
  response.writeHead(document === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
  response.end(document ?? '{}');
});
server.listen(0, '127.0.0.1', () => writeFileSync(portFile, `${server.address().port}\n`));
process.title = `origin of ${host}`;
