// The parts of docker and kubectl that the commands of deploy/README.md use, for the folder that stands for a cluster.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from './cluster.mjs';
import { find, root } from './manifests.mjs';

const cluster = Cluster.ofCommands();
const input = () => readFileSync(0, 'utf8');
const exists = (kind, name) => find(cluster.objects, { deployment: 'Deployment', statefulset: 'StatefulSet' }[kind], name);

const commands = [
  [/^docker (build --file (\S+)|push \S+)/, ([, , file]) => assert.ok(!file || existsSync(join(root, file)))],
  [/^kubectl apply -[fk] (\S+\/\S+)$/, ([, path]) => assert.ok(existsSync(join(root, path)), path)],
  [/^kubectl -n cimd (?:rollout status|scale --replicas=[01]) (\w+)\/(\S+)$/, ([, kind, name]) => { exists(kind, name); }],
  [/^kubectl -n cimd wait --for=(delete pod\/cimd-server-0|condition=complete job\/cimd-restore) --timeout=\w+$/, () => {}],
  [/^kubectl -n cimd create secret generic (\S+) --from-file=token=\/dev\/stdin$/,
   ([, name]) => writeFileSync(cluster.secret(name, 'token'), input())],
  [/^kubectl -n cimd exec cimd-server-0 -- (.*)$/,
   () => process.stdout.write(cluster.exec('cimd-server', process.argv.slice(process.argv.indexOf('--') + 1)))],
  [/^kubectl -n cimd delete job cimd-restore --ignore-not-found$/, () => {}],
  // Instead of YAML, one line: the job's template and the variable that is set.
  [/^kubectl -n cimd create job \S+ --from=cronjob\/(\S+) --dry-run=client -o yaml$/, ([, name]) => console.log(name)],
  [/^kubectl set env --local -f - (\S+) -o yaml$/, ([, variable]) => console.log(`${input().trim()} ${variable}`)],
  [/^kubectl apply -f -$/, () => {
    const [name, key, value] = input().trim().split(/[ =]/);
    cluster.runJob(name, { [key]: value });
  }],
];

const line = process.argv.slice(2).join(' ');
const [pattern, run] = commands.find(([each]) => each.test(line)) ?? [];
assert.ok(pattern, `not a command of the README: ${line}`);
run(pattern.exec(line));
