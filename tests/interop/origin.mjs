// An HTTPS host that serves what a file says: {"/path": {...document...}}. Read anew for every request.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [, , host, certificate, key, documents, portFile] = process.argv;
const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  let document;
  try {
    document = JSON.parse(readFileSync(documents, 'utf8'))[request.url];
  } catch {
    document = undefined;
  }
  response.writeHead(document === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
  response.end(document === undefined ? '{}' : JSON.stringify(document));
});
server.listen(0, '127.0.0.1', () => writeFileSync(portFile, `${server.address().port}\n`));
process.title = `origin of ${host}`;
