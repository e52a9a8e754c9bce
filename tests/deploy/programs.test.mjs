// The real programs, started as the manifests start them: the same arguments and flag files, with only the places of
// files and addresses moved.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { build, find, objectsOf, optionsIn, workloadsOf } from './manifests.mjs';
import { declaredMetrics } from './metrics.mjs';

const objects = objectsOf('overlays/complete');
const work = mkdtempSync(join(tmpdir(), 'cimd-programs-'));
const running = [];
after(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(work, { recursive: true });
});

const token = `cimd_${randomBytes(24).toString('hex')}`;
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
                         '-subj', '/CN=cimd-server', '-addext', 'subjectAltName=DNS:cimd-server,IP:127.0.0.1',
                         '-keyout', join(work, 'tls.key'), '-out', join(work, 'tls.crt')], { stdio: 'pipe' });
writeFileSync(join(work, 'token'), `${token}\n`);
mkdirSync(join(work, 'data'));
mkdirSync(join(work, 'backup'));

// What the pods' volumes hold at these paths.
const places = {
  '/etc/cimd/tls/tls.crt': 'tls.crt',
  '/etc/cimd/tls/tls.key': 'tls.key',
  '/etc/cimd/server-ca/ca.crt': 'tls.crt',
  '/etc/cimd/bootstrap/token': 'token',
  '/etc/cimd/token/token': 'token',
  '/var/lib/cimd': 'data',
  '/var/lib/cimd-backup': 'backup',
};
const executables = { 'cimd-server': 'server/cimd-server', 'cimd-gateway': 'server/gateway/cimd-gateway', cimdctl: 'client/cli/cimdctl' };

// An option of a manifest, moved; undefined if it can stay as it is.
function moved([name, value], server) {
  if (name === 'server') return `--${name}=${server}`;
  if (/^0\.0\.0\.0:\d+$/.test(value)) return `--${name}=127.0.0.1:0`;
  if (!value?.startsWith('/')) return undefined;
  assert.ok(value in places, `${name}: what is at ${value}?`);
  return `--${name}=${join(work, places[value])}`;
}

// The command of a workload's container, and for a flag file a copy of what its ConfigMap holds.
function commandOf(workload, server) {
  const [{ command, args }] = workload.pod.spec.containers;
  const result = [];
  for (const argument of args) {
    const [, name, value] = /^--(\w+)=(.*)$/.exec(argument) ?? [];
    if (name !== 'flagfile') {
      result.push(moved([name, value], server) ?? argument);
      continue;
    }
    const { configMap } = workload.pod.spec.volumes.find((volume) => volume.name === 'flags');
    const flags = find(objects, 'ConfigMap', configMap.name).data[value.replace('/etc/cimd/flags/', '')];
    const file = join(work, `${command[0]}.flags`);
    writeFileSync(file, flags);
    result.push(`--flagfile=${file}`, ...optionsIn(flags).flatMap((option) => moved(option, server) ?? []));
  }
  return [join(build, executables[command[0]]), ...result];
}

function workload(name) {
  return workloadsOf(objects).find(({ object }) => object.metadata.name === name);
}

// Starts a server; its process, address and log once it serves.
async function start(name, server) {
  const [program, ...args] = commandOf(workload(name), server);
  const addressFile = join(work, `${name}.address`);
  const child = spawn(program, [...args, `--address_file=${addressFile}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  running.push(child);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
  while (!existsSync(addressFile) || !readFileSync(addressFile, 'utf8').endsWith('\n')) {
    assert.equal(child.exitCode, null, log);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  return { child, address: readFileSync(addressFile, 'utf8').trim(), log: () => log };
}

async function get(address, path, headers = {}) {
  const [response] = await once(request(`https://${address}${path}`, { ca: readFileSync(join(work, 'tls.crt')), headers }).end(), 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

const server = await start('cimd-server');
const gateway = await start('cimd-gateway', server.address);

test('the server loads its flag file and serves what its monitor scrapes', async () => {
  const port = /"serving_metrics".*"port":"(\d+)"/.exec(server.log())[1];
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const names = [...text.matchAll(/^(cimd_\w+)/gm)].map((match) => match[1]);
  assert.ok(names.includes('cimd_build_info'), text);
  assert.deepEqual(names.filter((name) => !declaredMetrics().has(name)), []);
});

test('the server serves health for probes', () => {
  assert.match(server.log(), /"serving_health"/);
});

test('the gateway loads its flag file and reaches the server', async () => {
  assert.equal(await get(gateway.address, '/healthz'), 200);
  assert.equal(await get(gateway.address, '/readyz'), 200);
});

test('the Secret\'s token is the first one', async () => {
  assert.equal(existsSync(join(work, 'data', 'admin-token')), false);
  assert.equal(await get(gateway.address, '/api/v2/tenants/settings', { authorization: `Bearer ${token}` }), 200);
  assert.equal(await get(gateway.address, '/api/v2/tenants/settings', { authorization: 'Bearer other' }), 401);
});

test('the backup job makes a backup', () => {
  const [program, ...args] = commandOf(workload('cimd-backup'), server.address);
  execFileSync(program, args, { stdio: 'pipe' });
  assert.notDeepEqual(execFileSync('ls', ['-A', join(work, 'backup')], { encoding: 'utf8' }), '');
});

test('both say that they are about to stop, and stop', async () => {
  gateway.child.kill('SIGTERM');
  while (await get(gateway.address, '/readyz') !== 503) assert.equal(gateway.child.exitCode, null);
  assert.equal(await get(gateway.address, '/healthz'), 200);
  for (const { child, log } of [gateway, server]) {
    child.kill('SIGTERM');
    if (child === server.child) child.kill('SIGTERM');
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
    assert.equal(code, 0, log());
  }
});
