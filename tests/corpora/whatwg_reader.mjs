// Reads every URL that our rules accepted as browsers do (https://url.spec.whatwg.org/), and finds the same host. A
// browser may refuse a host with a malformed A-label, which leads nowhere else.
import {readFileSync} from 'node:fs';

function read(text) {
  if (!URL.canParse(text)) return {refused: true};
  const url = new URL(text);
  const port = url.port === '' ? {'https:': 443, 'http:': 80}[url.protocol] : Number(url.port);
  return {host: url.hostname, port, user: url.username + url.password};
}

const lines = readFileSync(process.argv[2], 'utf8').trimEnd().split('\n');
let wrong = 0;
for (const line of lines) {
  const {url, host, port} = JSON.parse(line);
  const theirs = read(url);
  if (theirs.refused && host.split('.').some((label) => label.startsWith('xn--'))) continue;
  // An IPv6 address has several spellings.
  const ours = host.startsWith('[') ? read(`https://${host}/`).host : host;
  if (theirs.host === ours && theirs.port === port && theirs.user === '') continue;
  wrong += 1;
  console.error(`${JSON.stringify(url)}: we read ${host} ${port}, a browser ${JSON.stringify(theirs)}`);
}
console.log(`${lines.length} accepted URLs, ${wrong} of them read in another way`);
process.exit(lines.length > 1000 && wrong === 0 ? 0 : 1);
