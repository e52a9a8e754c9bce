// Options, metrics, reasons, links and tests that the guides of deploy/ name exist; all options and metrics are in the guides.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { build, read, root } from './manifests.mjs';
import { declaredMetrics } from './metrics.mjs';

const guides = [...readdirSync(join(root, 'deploy')), 'proxy/README.md'].filter((name) => name.endsWith('.md'))
  .map((name) => `deploy/${name}`);
const operating = read('deploy/operating.md');

// A section of a guide: from its heading to the next one of its level or above.
function sectionOf(text, heading) {
  const level = /^#+/.exec(heading)[0].length;
  const [, after] = text.split(`\n${heading}\n`);
  assert.ok(after, heading);
  return after.split(new RegExp(`^#{1,${level}} `, 'm'))[0];
}

for (const [program, place] of [['cimd-server', 'server'], ['cimd-gateway', 'server/gateway']]) {
  test(`the guide to operating has each option of ${program}, and no other`, () => {
    const help = execFileSync(join(build, place, program), ['--help'], { encoding: 'utf8' });
    const options = [...help.matchAll(/^ +(?:-\w,)?--(\w+)/gm)].map(([, name]) => name);
    const rows = [...sectionOf(operating, `### ${program}`).matchAll(/^\| (`--.*?) \|/gm)];
    const documented = rows.flatMap(([, names]) => [...names.matchAll(/--(\w+)/g)].map(([, name]) => name));
    assert.ok(options.length > 10, help);
    assert.deepEqual(documented.sort(), options.filter((name) => !['help', 'version'].includes(name)).sort());
  });
}

test('the guide to operating has each metric, and no other', () => {
  const named = new Set(operating.match(/\bcimd_\w+/g));
  const declared = new Set([...declaredMetrics().keys()].map((series) => series.replace(/_(bucket|sum|count)$/, '')));
  assert.deepEqual([...named].sort(), [...declared].sort());
});

test('reasons that the guides name exist', () => {
  const declared = new Set();
  for (const proto of readdirSync(join(root, 'proto/cimd/v1'))) {
    for (const [, name] of read(`proto/cimd/v1/${proto}`).matchAll(/^\s+([A-Z][A-Z0-9_]+) = \d+;/gm)) declared.add(name);
  }
  const reasons = read('deploy/troubleshooting.md').match(/`[A-Z][A-Z_]+`/g).map((name) => name.slice(1, -1));
  assert.ok(reasons.length > 10);
  const exists = (reason) => [...declared].some((name) => name === reason || name.endsWith(`_REASON_${reason}`) ||
                                                         name.endsWith(`_KIND_${reason}`));
  assert.deepEqual(reasons.filter((reason) => !exists(reason)), []);
});

// The anchors of headings, as GitHub makes them.
function anchorsOf(text) {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title.toLowerCase().replaceAll(/[^\w -]/g, '').replaceAll(' ', '-'));
}

for (const guide of guides) {
  test(`${guide}: links lead somewhere`, () => {
    for (const [, target] of read(guide).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path, anchor] = target.split('#');
      const file = path === '' ? guide : join(dirname(guide), path);
      assert.ok(existsSync(join(root, file)), target);
      if (anchor) assert.ok(anchorsOf(read(file)).includes(anchor), target);
    }
  });
}

test('the tests that the guide to security names exist', () => {
  const named = [...read('deploy/security.md').matchAll(/^\|.*\| ((?:`[\w/-]+` ?)+)\|$/gm)]
    .flatMap(([, cell]) => cell.match(/[\w/-]+/g));
  assert.ok(named.length > 20);
  const exists = (name) => existsSync(join(root, 'tests', name)) || existsSync(join(root, 'tests', `${name}.cc`));
  assert.deepEqual(named.filter((name) => !exists(name)), []);
});
