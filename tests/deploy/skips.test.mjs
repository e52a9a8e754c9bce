// .ci/skips, on what ctest writes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { root } from './manifests.mjs';

const work = mkdtempSync(join(tmpdir(), 'cimd-skips-'));
after(() => rmSync(work, { recursive: true }));

// The result for tests { name: status }.
function skips(tests, env = {}) {
  const file = join(work, 'tests.xml');
  const cases = Object.entries(tests).map(([name, status]) =>
    `\t<testcase name="${name}" classname="${name}" time="0.01" status="${status}">\n\t</testcase>`);
  writeFileSync(file, `<?xml version="1.0"?>\n<testsuite name="Linux-c++">\n${cases.join('\n')}\n</testsuite>\n`);
  const { CIMD_WYCHEPROOF_DIR: _, ...inherited } = process.env;
  return spawnSync(join(root, '.ci/skips'), [file], { encoding: 'utf8', env: { ...inherited, ...env } });
}

test('tests that ran, and skips that are expected, pass', () => {
  assert.equal(skips({ 'A.B': 'run', 'A.C': 'fail' }).status, 0);
  assert.equal(skips({ 'A.B': 'run', 'JsonSuiteTest.AcceptsAndRefusesWhatItHasTo': 'notrun', 'WycheproofTest.Ed25519': 'notrun' }).status, 0);
});

test('other skips fail, by name', () => {
  const { status, stderr } = skips({ 'A.B': 'run', interop: 'notrun' });
  assert.equal(status, 1);
  assert.match(stderr, /^ {2}interop$/m);
  assert.equal(skips({ 'WycheproofTest.Ed25519': 'notrun' }, { CIMD_WYCHEPROOF_DIR: '/vectors' }).status, 1);
});
