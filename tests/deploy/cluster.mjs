// Stands for a cluster, in a folder: keeps Secrets and volumes, and runs the commands of containers with their paths and
// addresses replaced by those in the folder.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, find, root, workloadsOf } from './manifests.mjs';

const programs = { 'cimd-server': 'server', 'cimd-gateway': 'server/gateway', cimdctl: 'client/cli' };

export class Cluster {
  // For commands that a Cluster runs: the Cluster that runs them.
  static ofCommands() {
    const { CIMD_CLUSTER: folder, CIMD_CLUSTER_SERVER: serverAddress } = process.env;
    return new Cluster(JSON.parse(readFileSync(join(folder, 'objects.json'), 'utf8')), folder, serverAddress);
  }

  // Makes a new folder, or uses an existing one. `serverAddress` is the address of the running server.
  constructor(objects, folder, serverAddress) {
    this.objects = objects;
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'cimd-cluster-'));
    this.serverAddress = serverAddress;
    if (folder !== undefined) return;
    writeFileSync(join(this.folder, 'objects.json'), JSON.stringify(objects));
    mkdirSync(join(this.folder, 'bin'));
    for (const [program, place] of Object.entries(programs)) {
      symlinkSync(join(build, place, program), join(this.folder, 'bin', program));
    }
    const tools = fileURLToPath(new URL('tools.mjs', import.meta.url));
    for (const tool of ['docker', 'kubectl']) {
      const script = `#!/bin/sh\nexec "${process.execPath}" "${tools}" ${tool} "$@"\n`;
      writeFileSync(join(this.folder, 'bin', tool), script, { mode: 0o755 });
    }
  }

  remove() {
    rmSync(this.folder, { recursive: true });
  }

  get environment() {
    const { PATH, CIMD_ROOT, CIMD_BUILD } = process.env;
    return { PATH: `${join(this.folder, 'bin')}:${PATH}`, CIMD_ROOT, CIMD_BUILD, CIMD_CLUSTER: this.folder,
             CIMD_CLUSTER_SERVER: this.serverAddress ?? '' };
  }

  // Runs commands of a user in a shell.
  run(script) {
    execFileSync('bash', ['-euo', 'pipefail', '-c', script], { cwd: root, env: this.environment, stdio: 'pipe' });
  }

  // The file of a Secret's key.
  secret(name, key) {
    const folder = join(this.folder, 'secrets', name);
    mkdirSync(folder, { recursive: true });
    return join(folder, key);
  }

  // Fills the Secrets of Certificates, each signed by a new authority. Without a name: of all Certificates.
  issueCertificates(name) {
    for (const { kind, spec } of this.objects) {
      if (kind !== 'Certificate' || spec.isCA || (name ?? spec.secretName) !== spec.secretName) continue;
      const file = (key) => this.secret(spec.secretName, key);
      const openssl = (...args) => execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' });
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
      const names = [...(spec.dnsNames ?? []).map((host) => `DNS:${host}`), ...(spec.uris ?? []).map((uri) => `URI:${uri}`)];
      writeFileSync(join(this.folder, 'extensions'), `subjectAltName=${names.join(',')}\n`);
      openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', file('ca.crt'));
      openssl('req', ...key, '-subj', '/CN=server', '-keyout', file('tls.key'), '-out', 'request');
      openssl('x509', '-req', '-in', 'request', '-CA', file('ca.crt'), '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2',
              '-extfile', 'extensions', '-out', file('tls.crt'));
    }
  }

  #workload(name) {
    return workloadsOf(this.objects).find(({ object }) => object.metadata.name === name);
  }

  // The folder of a volume that a container mounts.
  #volume({ object, pod }, name) {
    const place = (...path) => {
      const folder = join(this.folder, ...path);
      mkdirSync(folder, { recursive: true });
      return folder;
    };
    const source = pod.spec.volumes.find((volume) => volume.name === name);
    if (source === undefined) return place('claims', `${name}-${object.metadata.name}-0`);
    if (source.persistentVolumeClaim) return place('claims', source.persistentVolumeClaim.claimName);
    if (source.configMap) return place('configmaps', source.configMap.name);
    // The pod sees only the items that it names.
    return source.secret.items
      ? source.secret.items.map(({ key, path }) => [path, this.secret(source.secret.secretName, key)])
      : place('secrets', source.secret.secretName);
  }

  // A text of a container, with its paths and addresses replaced.
  #moved(workload, text) {
    const [{ volumeMounts }] = workload.pod.spec.containers;
    const withPaths = text.replaceAll(/(?<![\w.$/-])(?:\/[\w.-]+)+/g, (path) => {
      const mount = volumeMounts.find(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`));
      assert.ok(mount, `what is at ${path}?`);
      const rest = path.slice(mount.mountPath.length + 1);
      const volume = this.#volume(workload, mount.name);
      if (typeof volume === 'string') return join(volume, rest);
      const item = volume.find(([name]) => name === rest);
      assert.ok(item, `what is at ${path}?`);
      return item[1];
    });
    return withPaths.replaceAll(/0\.0\.0\.0:\d+/g, '127.0.0.1:0')
      .replaceAll(/\b(cimd-server|localhost):8470\b/g, () => this.serverAddress);
  }

  // The command line of a workload's container, with flag files as its ConfigMap holds them.
  commandOf(name) {
    const workload = this.#workload(name);
    for (const { name: volume, configMap } of workload.pod.spec.volumes) {
      if (!configMap) continue;
      for (const [file, content] of Object.entries(find(this.objects, 'ConfigMap', configMap.name).data)) {
        writeFileSync(join(this.#volume(workload, volume), file), this.#moved(workload, content));
      }
    }
    const [{ command, args }] = workload.pod.spec.containers;
    const [program, ...rest] = [...command, ...args].map((text) => this.#moved(workload, text));
    return [program in programs ? join(this.folder, 'bin', program) : program, ...rest];
  }

  #execute([program, ...args], env) {
    return execFileSync(program, args, { encoding: 'utf8', env: { ...this.environment, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  // Runs a command in a container of a workload, and returns what it prints.
  exec(name, command) {
    return this.#execute(command.map((text) => this.#moved(this.#workload(name), text)));
  }

  // Runs a job of a CronJob to its end. If it fails, the error has what it printed to stderr.
  runJob(name, env = {}) {
    return this.#execute(this.commandOf(name), env);
  }
}
