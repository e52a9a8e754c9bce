// Runs the real programs as the manifests start them, and the commands of deploy/README.md. Only paths and addresses are
// replaced.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { get as getHttp } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Cluster } from './cluster.mjs';
import { find, objectsOf, read } from './manifests.mjs';
import { declaredMetrics } from './metrics.mjs';

const objects = objectsOf('overlays/complete');
const cluster = new Cluster(objects);
const running = [];
after(() => {
  for (const child of running) child.kill('SIGKILL');
  cluster.remove();
});

// The shell block of deploy/README.md that begins with `firstLine`.
function blockOf(firstLine) {
  const [block] = [...read('deploy/README.md').matchAll(/^```sh\n([^]*?)^```$/gm)].map((match) => match[1])
    .filter((text) => text.startsWith(firstLine));
  assert.ok(block, firstLine);
  return block;
}

async function until(condition, running = []) {
  while (!await condition()) {
    for (const { child, log } of running) assert.equal(child.exitCode, null, log());
    await setTimeout(20);
  }
}

// Starts a server and waits until it serves. Returns its process, address and log.
async function start(name, ...more) {
  const [program, ...args] = cluster.commandOf(name);
  const addressFile = join(cluster.folder, `${name}.address`);
  rmSync(addressFile, { force: true });
  const child = spawn(program, [...args, `--address_file=${addressFile}`, ...more], { stdio: ['ignore', 'ignore', 'pipe'] });
  running.push(child);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
  const address = () => (existsSync(addressFile) ? readFileSync(addressFile, 'utf8') : '');
  await until(() => address().endsWith('\n'), [{ child, log: () => log }]);
  return { child, address: address().trim(), log: () => log };
}

async function stop({ child, log }) {
  // The second signal cuts the drain delay short.
  await until(() => !child.kill('SIGTERM') || child.exitCode !== null || child.signalCode !== null);
  assert.equal(child.exitCode, 0, log());
}

async function ask(method, path, headers, body = '') {
  const [host] = find(objects, 'Certificate', 'cimd-gateway').spec.dnsNames;
  const ca = readFileSync(cluster.secret('cimd-gateway-tls', 'ca.crt'));
  const sent = request(`https://${gateway.address}${path}`, { method, ca, servername: host, headers, agent: false });
  const [response] = await once(sent.end(body), 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

const get = (path, headers = {}) => ask('GET', path, headers);

async function metricsOf(program) {
  const port = /"serving_metrics".*"port":"(\d+)"/.exec(program.log())[1];
  // One connection for each request: a reused one may be about to be closed.
  const [response] = await once(getHttp(`http://127.0.0.1:${port}/metrics`, { agent: false }), 'response');
  return text(response);
}

const settings = '/api/v2/tenants/settings';
// These tokens are the platform's, which names the tenant that it means.
const bearer = (secret) => ({ authorization: `Bearer ${readFileSync(cluster.secret(secret, 'token'), 'utf8').trim()}`,
                              'x-cimd-tenant': 'default' });
const volume = (claim, ...path) => join(cluster.folder, 'claims', claim, ...path);

// The README's commands before the server starts, and after.
const [prepare, finish] = blockOf('docker build --file deploy/Dockerfile --tag registry').split(/(?<=^kubectl apply -k .*\n)/m);
cluster.run(prepare);
cluster.issueCertificates();
let server = await start('cimd-server');
cluster.serverAddress = server.address.replace('127.0.0.1', 'localhost');
cluster.run(finish);
const gateway = await start('cimd-gateway');

test('the server loads its flag file and serves what its monitor scrapes', async () => {
  const metrics = await metricsOf(server);
  const names = [...metrics.matchAll(/^(cimd_\w+)/gm)].map((match) => match[1]);
  assert.ok(names.includes('cimd_build_info'), metrics);
  assert.deepEqual(names.filter((name) => !declaredMetrics().has(name)), []);
});

test('the gateway serves what its monitor scrapes, by route and never by path', async () => {
  assert.equal(await get('/api/v2/clients/tpc_0123456789abcdefghijkl', bearer('cimd-bootstrap-token')), 404);
  assert.equal(await get('/no/such/path'), 404);
  assert.equal(await get(`/${'x'.repeat(10000)}`), 414);
  const metrics = await metricsOf(gateway);
  const names = [...metrics.matchAll(/^(cimd_\w+)/gm)].map((match) => match[1]);
  assert.ok(names.includes('cimd_gateway_build_info'), metrics);
  assert.deepEqual(names.filter((name) => !declaredMetrics().has(name)), []);
  for (const line of ['cimd_gateway_requests_total{method="GET",route="/api/v2/clients/{id}",status="4xx"} 1',
                      'cimd_gateway_requests_total{method="other",route="none",status="4xx"} 1',
                      'cimd_gateway_refused_total{status="414"} 1',
                      'cimd_gateway_rpc_calls_total{code="NOT_FOUND",method="cimd.v1.RegistrationService/GetClient"} 1',
                      'cimd_gateway_requests_under_way 0']) {
    assert.ok(metrics.includes(`\n${line}\n`), `${line}\n${metrics}`);
  }
  assert.ok(!metrics.includes('such'));
});

test('the server serves health for probes', () => {
  assert.match(server.log(), /"serving_health"/);
});

test('the server speaks TLS and nothing else', () => {
  assert.throws(() => cluster.exec('cimd-server', ['cimdctl', '--server=localhost:8470', 'tokens', 'list', '--platform',
                                                   '--token_file=/etc/cimd/bootstrap/token']), /UNAVAILABLE/);
});

test('the gateway loads its flag file and reaches the server', async () => {
  assert.equal(await get('/healthz'), 200);
  assert.equal(await get('/readyz'), 200);
});

test('the Secret\'s token is the first one, and the others may do what they are for', async () => {
  assert.equal(existsSync(volume('data-cimd-server-0', 'data', 'admin-token')), false);
  assert.equal(await get(settings, bearer('cimd-bootstrap-token')), 200);
  assert.equal(await get(settings, { authorization: 'Bearer other' }), 401);
  assert.equal(await get(settings, { authorization: bearer('cimd-bootstrap-token').authorization }), 400, 'no tenant is meant');
  assert.equal(await get('/.well-known/oauth-authorization-server'), 404, 'with no issuer there is no metadata');
  assert.equal(await get('/api/v2/clients', bearer('cimd-gateway-token')), 403);
  assert.equal(await get(settings, bearer('cimd-backup-token')), 403);
});

test('the backup job makes a backup, and has old ones removed', async () => {
  const backups = () => readdirSync(volume('backup-cimd-server-0')).filter((name) => name !== 'lost+found').sort();
  // A volume of its own has this directory.
  mkdirSync(volume('backup-cimd-server-0', 'lost+found'));
  cluster.runJob('cimd-backup');
  const [first] = backups();
  assert.match(first, /^\d{8}T\d{6}Z$/);
  const becomes = (days) => {
    const manifest = volume('backup-cimd-server-0', first, 'manifest.json');
    const made = new Date(Date.now() - days * 24 * 3600 * 1000).toISOString();
    writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), create_time: made }));
  };
  const runInAnotherSecond = async () => {
    await until(() => new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '') > backups().at(-1));
    cluster.runJob('cimd-backup');
  };
  becomes(13);
  await runInAnotherSecond();
  assert.equal(backups().length, 2);
  becomes(15);
  await runInAnotherSecond();
  assert.equal(backups().length, 2);
  assert.ok(!backups().includes(first));
  await until(() => server.log().includes(`"old_backup_removed","backup":"${first}"`), [server]);
});

test('decisions are counted with their reasons, and audit events when they are linked', async () => {
  const decision = { client_id: 'https://nobody.example/client.json', response_type: 'code' };
  const headers = { ...bearer('cimd-bootstrap-token'), 'content-type': 'application/json' };
  assert.equal(await ask('POST', '/decisions/authorize', headers, JSON.stringify(decision)), 200);
  const metrics = await metricsOf(server);
  assert.match(metrics, /^cimd_decisions_total\{outcome="denied",reason="[A-Z_]+"\} 1$/m);
  const linked = (now) => Number(/^cimd_audit_linked_events_total (\d+)$/m.exec(now)[1]);
  // Events: the first token and tenant, the tokens of the README, the backups.
  await until(async () => linked(await metricsOf(server)) > 5, [server]);
  await until(async () => /^cimd_audit_backlog_seconds 0$/m.test(await metricsOf(server)), [server]);
});

test('a new authority is trusted without a restart of the gateway, and the first token is not needed again', async () => {
  rmSync(cluster.secret('cimd-bootstrap-token', 'token'));
  cluster.issueCertificates('cimd-server-tls');
  await stop(server);
  server = await start('cimd-server', `--listen=${server.address}`);
  await until(async () => await get('/readyz') === 200, [server, gateway]);
});

test('a restored backup takes the place of the data', async () => {
  const name = readdirSync(volume('backup-cimd-server-0')).sort()[0];
  await stop(server);
  const [scaleDown, ...rest] = blockOf('kubectl -n cimd scale --replicas=0').replace('20261123T031700Z', name).split('\n');
  assert.match(scaleDown, /--replicas=0/);
  cluster.run(rest.join('\n'));
  const [old] = readdirSync(volume('data-cimd-server-0')).filter((entry) => entry !== 'data');
  assert.match(old, /^data-until-\d{8}T\d{6}Z$/);
  assert.notDeepEqual(readdirSync(volume('data-cimd-server-0', 'data', 'db')), []);
  server = await start('cimd-server', `--listen=${server.address}`);
  assert.doesNotMatch(server.log(), /"bootstrapped"/);
  await until(async () => await get('/readyz') === 200, [server, gateway]);
  assert.equal(await get('/api/v2/clients', bearer('cimd-gateway-token')), 403, 'a token that the backup knows');
  // A second restore is refused, and a backup that does not exist changes nothing.
  assert.throws(() => cluster.runJob('cimd-restore'), /names no backup/);
  assert.throws(() => cluster.runJob('cimd-restore', { BACKUP: 'nothing' }), /is no backup/);
  assert.deepEqual(readdirSync(volume('data-cimd-server-0')).sort(), ['data', old]);
});

test('both say that they are about to stop, and stop', async () => {
  gateway.child.kill('SIGTERM');
  await until(async () => await get('/readyz') === 503, [gateway]);
  assert.equal(await get('/healthz'), 200);
  await stop(gateway);
  await stop(server);
});
